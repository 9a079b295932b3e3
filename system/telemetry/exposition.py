"""Metrics as Prometheus reads them: families of samples, written in its text format by its own library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

MEDIA_TYPE = CONTENT_TYPE_LATEST


class Exposition(Collector):
    """Families in the order in which they are added; each is there from the first moment on, even without a sample."""

    def __init__(self) -> None:
        self._families: list[Metric] = []

    def counter(self, name: str, about: str, label: str | None, samples: Mapping[str, float]) -> None:
        """Add what only grows; `name` without `_total`, samples by the value of their one label (or "" without)."""
        family = CounterMetricFamily(name, about, labels=_labels(label))
        for value, number in samples.items():
            family.add_metric([value] if label else [], number)
        self._families.append(family)

    def gauge(
        self, name: str, about: str, labels: Sequence[str], samples: Iterable[tuple[Sequence[str], float]]
    ) -> None:
        """Add what goes up and down."""
        family = GaugeMetricFamily(name, about, labels=labels)
        for values, number in samples:
            family.add_metric(values, number)
        self._families.append(family)

    def histogram(
        self,
        name: str,
        about: str,
        label: str,
        edges: Sequence[float],
        samples: Mapping[str, tuple[Sequence[int], float]],
    ) -> None:
        """Add durations in seconds, by the label's value: counts by bucket (one more than edges), and the sum."""
        family = HistogramMetricFamily(name, about, labels=[label])
        names = [*(str(float(edge)) for edge in edges), "+Inf"]
        for value, (buckets, total) in samples.items():
            up_to = [sum(buckets[: place + 1]) for place in range(len(buckets))]
            family.add_metric([value], buckets=list(zip(names, up_to, strict=True)), sum_value=total)
        self._families.append(family)

    def include(self, other: Collector) -> None:
        """Add all of another collector's families."""
        self._families.extend(other.collect())

    def collect(self) -> Iterator[Metric]:
        """Yield the families."""
        yield from self._families

    def text(self) -> bytes:
        """Write them down; the media type of it is MEDIA_TYPE."""
        return generate_latest(self)


def _labels(label: str | None) -> list[str]:
    return [label] if label else []
