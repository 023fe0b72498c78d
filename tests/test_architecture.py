"""The map of the modules is true, and so are the rules that the import contracts cannot say."""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import TYPE_CHECKING

from tests import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = CHECKOUT / "retrovue_tui"
MAP = CHECKOUT / ".github" / "ARCHITECTURE.md"


def modules() -> list[Path]:
    return sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def test_the_module_map_lists_every_file_and_no_other() -> None:
    listed = re.findall(r"^- `([\w/]+\.py)`: \S", MAP.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == [path.as_posix() for path in modules()]


def test_files_and_folders_are_of_a_size_that_a_reader_takes_in() -> None:
    lengths = {path: len((PACKAGE / path).read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {path: lines for path, lines in lengths.items() if lines > 400} == {}
    folders = Counter(path.parent for path in modules())
    assert {folder: files for folder, files in folders.items() if files > 15} == {}


def test_only_the_server_imports_the_web_server() -> None:
    found = set()
    for path in modules():
        text = (PACKAGE / path).read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "aiohttp" in text else ():
            names = [alias.name for alias in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if "aiohttp.web" in names or module.startswith("aiohttp.web") or (module == "aiohttp" and "web" in names):
                found.add(path.parts[0])
    assert found == {"server"}
