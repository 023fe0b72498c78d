"""For all tests: examples take as long as the machine makes them; how fast something is, the benches tell."""

from __future__ import annotations

import gc

from hypothesis import settings

settings.register_profile("suite", deadline=None)
settings.load_profile("suite")

# Control rooms come and go by the hundred, each of some 100 000 objects: with Python's own thresholds a third of the
# time of their tests is the collector's.
gc.set_threshold(50_000, 20, 20)
