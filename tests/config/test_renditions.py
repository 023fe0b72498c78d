"""`renditions` of a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrovue_tui.config.config_file import read_config

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, renditions: str, profile: str = "720p") -> tuple[tuple[str, ...], str]:
    """The channel's lower qualities, and the first problem."""
    text = f'[house]\nprofile = "{profile}"\n[[channel]]\nid = "1"\nrenditions = {renditions}\n'
    (folder / "retrovue.toml").write_text(text)
    config, problems = read_config(folder)
    return config.channels[0].renditions if config else (), problems[0].message if problems else ""


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ('["720p", "480p", "360p"]', ("480p", "360p")),
        ('["360p", "480p"]', ("480p", "360p")),
        ('"240p"', ("240p",)),
        ("[]", ()),
    ],
)
def test_qualities_the_best_first(tmp_path: Path, written: str, found: tuple[str, ...]) -> None:
    assert read(tmp_path, written) == (found, "")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('["470p"]', "there is no profile '470p'"),
        ('["1080p"]', "1080p is not lower than 720p"),
        ("[480]", "list of texts"),
    ],
)
def test_a_wrong_quality_is_named_with_what_to_do(tmp_path: Path, written: str, said: str) -> None:
    assert said in read(tmp_path, written)[1]
