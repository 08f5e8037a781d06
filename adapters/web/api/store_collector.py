"""Metrics read from the store at each scrape, so that every process tells the same."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.errors import TransientError
from core.snapshot import Snapshot


class StoreCollector(Collector):
    """Turns a snapshot into gauges."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot

    def describe(self) -> Iterator[Metric]:
        """Describe nothing in advance: registering must not need the store."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges; `casebridge_store_up` alone while the store is out of reach."""
        try:
            now = self._snapshot()
        except TransientError:
            yield GaugeMetricFamily("casebridge_store_up", "1 while Postgres answers.", value=0)
            return
        yield GaugeMetricFamily("casebridge_store_up", "1 while Postgres answers.", value=1)
        deliveries = GaugeMetricFamily(
            "casebridge_deliveries", "Deliveries by kind and state.", labels=["kind", "state"]
        )
        yield _filled(deliveries, now.deliveries.items())
        unexpected = CounterMetricFamily(
            "casebridge_unexpected_errors",
            "Errors that nobody foresaw, by what was under way and type.",
            labels=["doing", "type"],
        )
        yield _filled(unexpected, now.unexpected_errors.items())
        behind = GaugeMetricFamily(
            "casebridge_removal_behind_seconds",
            "How far beyond its time the oldest is that has not been removed, by what is removed.",
            labels=["what"],
        )
        yield _filled(behind, (((what,), seconds) for what, seconds in now.removal_behind_s.items()))
        dead = GaugeMetricFamily(
            "casebridge_dead_rows",
            "Rows that nobody sees any more and PostgreSQL has not cleaned away, by table.",
            labels=["table"],
        )
        yield _filled(dead, (((table,), number) for table, number in now.dead_rows.items()))
        for name, text, value in (
            (
                "oldest_delivery_age_seconds",
                "Age of the oldest delivery that should flow.",
                now.oldest_delivery_age_s,
            ),
            ("outbox_waiting", "Outbox rows not yet published.", now.outbox_waiting),
            (
                "outbox_oldest_age_seconds",
                "Age of the oldest unpublished outbox row.",
                now.outbox_oldest_age_s,
            ),
            (
                "oldest_transaction_age_seconds",
                "Age of the oldest transaction that keeps PostgreSQL from cleaning up.",
                now.oldest_transaction_age_s,
            ),
            ("rejected_events", "Events set aside and not replayed.", now.rejected_events),
        ):
            yield GaugeMetricFamily(f"casebridge_{name}", text, value=value)


def _filled(
    family: GaugeMetricFamily | CounterMetricFamily, numbers: Iterable[tuple[Sequence[str], float]]
) -> Metric:
    """Return the family with a number for each of these labels."""
    for labels, number in numbers:
        family.add_metric(labels, number)
    return family
