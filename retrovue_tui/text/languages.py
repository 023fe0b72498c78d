"""Compares language codes: ISO 639-1 (de), 639-2/B (ger) and 639-2/T (deu) name the same language."""

from __future__ import annotations

from functools import lru_cache


def is_language(code: str) -> bool:
    """Return whether a code like `en`, `eng` or `pt-BR` names an existing language."""
    import langcodes  # imported here, because the import takes 0.1 s and most commands do not need it

    return langcodes.tag_is_valid(code) and _base(code) is not None


def same_language(wanted: str, spoken: str) -> bool:
    """Return whether the language of an audio stream is the wanted one. A region or a script counts only if `wanted`
    names one."""
    base = _base(wanted)
    if base is None or base != _base(spoken):
        return False
    return "-" not in wanted or wanted.lower() == spoken.replace("_", "-").lower()


@lru_cache(maxsize=1024)
def _base(code: str) -> str | None:
    """Return the shortest code of the language, without region and script; None if the code names no language."""
    import langcodes

    try:
        found = langcodes.Language.get(code.replace("_", "-"))
    except ValueError:
        return None
    return found.prefer_macrolanguage().language
