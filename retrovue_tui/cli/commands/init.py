"""`init`: makes a home for existing media: looks at the folders, and writes the config and the rundowns."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def init(arguments: argparse.Namespace) -> int:
    """`init FOLDER …`: write a config and rundowns for the media in these folders. Return 1 if the operator does not
    want them. A file that exists is never overwritten."""
    from retrovue_tui.cli.setup.new_home import make_home

    ask = not arguments.yes and sys.stdin.isatty() and sys.stdout.isatty()
    spots, bumpers = arguments.spots, arguments.bumpers
    written = make_home(
        arguments.home, arguments.folders, spots=spots, bumpers=bumpers, channels=arguments.channels, ask=ask
    )
    return 0 if written else 1
