"""Runs the `retrovue-tui` command for `python -m retrovue_tui`."""

from __future__ import annotations

import sys

from retrovue_tui.cli import main

sys.exit(main())
