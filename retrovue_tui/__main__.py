"""`python -m retrovue_tui` is the `retrovue-tui` command."""

from __future__ import annotations

import sys

from retrovue_tui.cli import main

sys.exit(main())
