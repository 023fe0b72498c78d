"""The names of Textual that the control room uses though Textual does not promise to keep them.

This list is the reason for the upper bound of `textual` in pyproject.toml: before it is raised, each name must still
mean what is said here.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import pkgutil
from typing import TYPE_CHECKING, Final

import pytest
from textual.app import App
from textual.dom import DOMNode
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widgets import Input

import retrovue_tui.tui
from tests import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

METHODS: Final = {
    "_close_messages_no_wait": App,  # closes the app from where nothing can be awaited
    "_handle_exception": App,  # replaced: what a dialog misses while the app closes is no fault
    "_fatal_error": App,  # replaced: it prints a traceback with all local variables
    "_on_key": Input,  # replaced: it passes keys on before it looks for its bindings
    "_parse_action": App,  # the target and the parameters of an action, before it runs
}
ATTRIBUTES: Final = {
    "_bindings": DOMNode,  # the keys of one widget, in their order
    "_closed": App,  # these four: whether the app still takes input
    "_closing": App,
    "_exception": App,
    "_exit": App,
    "_driver": App,  # whether the terminal can be suspended
}


async def test_the_driver_of_a_terminal_has_a_queue_of_its_output() -> None:
    """`output_waits` reads both: whether the terminal has not taken all that was written."""
    assert LinuxDriver(App())._writer_thread is None
    assert WriterThread(io.StringIO())._queue.empty()


@pytest.mark.parametrize("name", METHODS)
def test_textual_has_the_method(name: str) -> None:
    assert callable(getattr(METHODS[name], name))


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_textual_has_the_attribute(name: str) -> None:
    node = DOMNode() if ATTRIBUTES[name] is DOMNode else App()
    assert hasattr(node, name)


def private_names(kind: type) -> set[str]:
    return {name for name in (*dir(kind), *vars(kind())) if name.startswith("_") and not name.startswith("__")}


def subclasses(kind: type) -> Iterator[type]:
    children: list[type] = kind.__subclasses__()
    for each in children:
        yield each
        yield from subclasses(each)


def test_the_control_room_reads_no_others() -> None:
    read: set[str] = set()
    ours: set[str] = set()
    for path in (CHECKOUT / "retrovue_tui" / "tui").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                (read if isinstance(node.ctx, ast.Load) else ours).add(node.attr)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                ours.add(node.name)
    private = private_names(App) | private_names(Screen) | private_names(Input)
    assert (read & private) - ours <= {*METHODS, *ATTRIBUTES}


def test_the_control_room_replaces_no_others() -> None:
    for module in pkgutil.walk_packages(retrovue_tui.tui.__path__, "retrovue_tui.tui."):
        importlib.import_module(module.name)
    replaced = {
        name
        for kind in subclasses(MessagePump)
        if kind.__module__.startswith("retrovue_tui.")
        for name, value in vars(kind).items()
        if name.startswith("_") and not name.startswith("__") and inspect.isfunction(value)
        for base in kind.__mro__
        if base.__module__.startswith("textual.") and name in vars(base)
    }
    assert replaced <= {*METHODS}
