"""The tests. `CHECKOUT` is the top folder, for programs that a test starts and that import from `tests`."""

from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).parents[1]
