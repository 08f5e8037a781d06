"""The route of Prometheus: what this process counts, and what the store holds at each scrape."""

from collections.abc import Callable

from fastapi import FastAPI, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from adapters.web.api.store_collector import StoreCollector
from core.snapshot import Snapshot


def add_metrics(app: FastAPI, snapshot: Callable[[], Snapshot], registry: CollectorRegistry) -> None:
    """Add the route: what `registry` counts in this process, and what the store holds."""
    registry.register(StoreCollector(snapshot))

    @app.get(
        "/metrics",
        summary="Prometheus metrics",
        response_class=PlainTextResponse,
    )
    def metrics() -> Response:
        """Return counters and gauges in Prometheus' text format; they name no person and no message."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
