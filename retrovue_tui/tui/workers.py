"""Starts Textual workers from functions, so that a worker cancelled before it runs leaves no unawaited coroutine."""

from __future__ import annotations

import gc
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.dom import DOMNode
    from textual.worker import Worker

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


def start_worker(
    node: DOMNode,
    work: Callable[[*Arguments], Coroutine[Any, Any, Result]],
    *arguments: *Arguments,
    group: str,
    exclusive: bool = False,
) -> Worker[Result]:
    """Run `work(*arguments)` until it returns or `node` closes. `exclusive`: cancel the other workers of the group
    first.

    The worker itself creates the coroutine. Textual also accepts a coroutine object, but if a node closes before its
    worker runs, that object is never awaited.
    """
    job: Callable[[], Coroutine[None, None, Result]] = partial(work, *arguments)
    worker: Worker[Result] = node.run_worker(job, group=group, exclusive=exclusive)
    return worker


def freeze_objects() -> None:
    """Exclude all objects that exist now from garbage collection, because a full collection delays a key by 80 ms. Call
    this only in a process that runs nothing but the control room."""
    gc.collect()
    gc.freeze()
