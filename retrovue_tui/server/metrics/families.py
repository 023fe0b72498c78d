"""Makes metric families of `prometheus_client`. Their names begin with `retrovue_`; their labels are few and known: ids
of channels, names from the configuration, and words of this program. File names and addresses are never labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, SummaryMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from prometheus_client import Metric

Kind = Literal["gauge", "counter"]
Labels = dict[str, str]


def family(name: str, kind: Kind, text: str, samples: Iterable[tuple[Labels, float | None]]) -> Metric:
    """Return a family with these samples; a sample whose value is None is left out. The name of a counter ends with
    `_total`. `text`: what the metric means, for people."""
    found = [(labels, value) for labels, value in samples if value is not None]
    names = list(found[0][0]) if found else []
    kind_of = CounterMetricFamily if kind == "counter" else GaugeMetricFamily
    made = kind_of(f"retrovue_{name}", text, labels=names)
    for labels, value in found:
        made.add_metric(list(labels.values()), value)
    return made


def histogram(name: str, text: str, bounds: Sequence[float], counts: Sequence[int], total: float) -> Metric:
    """Return a histogram without labels. `counts`: one number for each upper bound, and one for larger values; `total`:
    the sum of all values."""
    made = HistogramMetricFamily(f"retrovue_{name}", text)
    below, buckets = 0, []
    for bound, count in zip([*(str(each) for each in bounds), "+Inf"], counts, strict=True):
        below += count
        buckets.append((bound, float(below)))
    made.add_metric([], buckets, total)
    return made


def summary(name: str, text: str, samples: Mapping[str, tuple[int, float]]) -> Metric:
    """Return a summary by channel: how often, and how long in all (s)."""
    made = SummaryMetricFamily(f"retrovue_{name}", text, labels=["channel"])
    for channel, (count, seconds) in samples.items():
        made.add_metric([channel], count, seconds)
    return made
