"""The dashboard for Grafana: each of its queries asks for metrics that there are, and its panels do not overlap."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

from prometheus_client.parser import text_string_to_metric_families as read_text

from retrovue_tui.cli.commands.reports.metrics import dashboard
from tests.server.metrics.test_exposition import text_of

DASHBOARD: dict[str, Any] = json.loads(dashboard())
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
_WORDS = {"sum", "rate", "increase", "by", "without", "min", "avg", "time", "or", "changes", "histogram_quantile"}


def names() -> set[str]:
    found = list(read_text(text_of()))
    return {each.name for family in found for each in family.samples} | {family.name for family in found}


def queries() -> list[str]:
    found = [target["expr"] for panel in PANELS for target in panel.get("targets", ())]
    return [*found, *(each["expr"] for each in DASHBOARD["annotations"]["list"])]


def test_every_query_asks_for_metrics_that_there_are() -> None:
    known, asked = names(), set()
    for query in queries():
        bare = re.sub(r'\{[^}]*\}|\[[^\]]*\]|"[^"]*"|by *\([^)]*\)|without *\([^)]*\)', " ", query)
        metrics = set(re.findall(r"[a-z_]{2,}", bare)) - _WORDS
        assert metrics
        assert metrics <= known, query
        asked |= metrics
    variables = [each["definition"] for each in DASHBOARD["templating"]["list"] if each["type"] == "query"]
    assert len(variables) == 2
    assert all(set(re.findall(r"retrovue_[a-z_]+", each)) <= known for each in variables)


def test_every_part_of_the_station_is_on_it() -> None:
    text = " ".join(queries())
    for part in (
        "viewers", "clients", "decks", "takes", "seams", "edits", "commands", "prepare", "planning", "workers", "loop",
        "output", "hls", "guide", "tuner", "alert", "disk",
    ):  # fmt: skip
        assert f"_{part}" in text, part


def test_panels_have_names_and_do_not_overlap() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    cells: set[tuple[int, int]] = set()
    for panel in PANELS:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        own = set(itertools.product(
            range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
        ))  # fmt: skip
        assert not own & cells, panel["title"]
        cells |= own
        assert panel["title"]
        assert panel["type"] == "row" or panel["description"].endswith(".")


def test_each_query_is_of_one_station() -> None:
    assert all('instance="$instance"' in query for query in queries())
    assert all(panel["datasource"]["uid"] == "${datasource}" for panel in PANELS if panel["type"] != "row")
