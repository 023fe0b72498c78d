"""The command line: `retrovue-tui`, or `python -m retrovue_tui`.

Exit codes: 0 done, 1 refused by the station or failed, 2 wrong usage, 130 interrupted. Messages go to stderr, one clear
line each. An operator never sees a traceback: the traceback of a bug goes to a log file, which the message names.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from retrovue_tui.cli.parser import read_arguments
from retrovue_tui.cli.terminal import say
from retrovue_tui.errors import RetrovueError
from retrovue_tui.files.disk_errors import is_fault_of_ours, reason_of
from retrovue_tui.text.printable import lines_safe, printable
from retrovue_tui.text.redaction import SECRETS

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    home: Path | None = None
    try:
        arguments = read_arguments(sys.argv[1:] if argv is None else argv)
        home = arguments.home
        code: int = arguments.command(arguments)
        sys.stdout.flush()  # a closed pipe must fail here, not when the interpreter ends
    except RetrovueError as error:
        _complain(error.message)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _fault(error, home) if is_fault_of_ours(error) else _refuse(error)
    except Exception as error:
        return _fault(error, home)
    return code


def _refuse(error: OSError) -> int:
    place = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, (str, bytes)) else ""
    _complain(f"{place}{reason_of(error)}")
    return 1


def _fault(error: Exception, home: Path | None) -> int:
    _complain(f"an unexpected fault ({type(error).__name__}: {error}); the details are in {_record(home)}")
    return 1


def _complain(message: str) -> None:
    say(f"retrovue-tui: {printable(' '.join(message.split()))}", error=True)


def _record(home: Path | None) -> Path:
    """Append the traceback of the current error to a log file, and return the file's path."""
    text = SECRETS.redact(f"{time.strftime('%Y-%m-%d %H:%M:%S%z')} {' '.join(sys.argv)}\n{traceback.format_exc()}\n")
    paths = [Path(tempfile.gettempdir()) / f"retrovue-tui-faults-{os.getuid()}.log"]
    if home is not None:
        paths.insert(0, home / "logs" / "faults.log")
    for path in paths:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8", errors="replace") as file:
                file.write(lines_safe(text))
        except OSError:
            continue
        return path
    return Path("no file, because none can be written")
