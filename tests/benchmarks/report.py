"""What comes of a measurement: a table for people, and `bench.json`."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from rich.table import Table

from tests.benchmarks.figure import Figure
from tests.servers import PostgresServer


def machine(postgres: PostgresServer, at: datetime) -> dict[str, Any]:
    """Describe the machine without naming it. `at` is an aware instant."""
    with psycopg.connect(postgres.admin_url) as connection:
        row = connection.execute("show server_version").fetchone()
    return {
        "date": at.date().isoformat(),
        "cpus": os.cpu_count(),
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "postgresql": str(row[0]).split()[0] if row else "?",
    }


def table(figures: Sequence[Figure], facts: dict[str, Any]) -> Table:
    """Lay the figures out."""
    title = f"Python {facts['python']}, {facts['cpus']} processors, {facts['date']}"
    made = Table(title=title, title_justify="left")
    for heading in ("figure", "unit"):
        made.add_column(heading)
    for heading in ("ours", "limit", "ratio", "bar", "reached", "ratios of all rounds"):
        made.add_column(heading, justify="right")
    for figure in figures:
        data = figure.to_data()
        made.add_row(
            figure.name,
            figure.unit,
            f"{data['ours']:,.1f}",
            f"{data['limit']:,.1f}",
            f"{data['ratio']:.2f}",
            data["bar"],
            "yes" if figure.is_reached else "[bold]no[/bold]",
            " ".join(f"{r.ratio:.2f}" for r in figure.rounds),
        )
    return made


def write(file: Path, figures: Sequence[Figure], facts: dict[str, Any], order: Sequence[str]) -> None:
    """Write the figures in the order of names given.

    Those of an earlier run that were not measured now stay, with their machine.
    """
    kept: dict[str, dict[str, Any]] = {}
    if file.exists():
        kept = {row["name"]: row for row in json.loads(file.read_text(encoding="utf-8"))["figures"]}
    kept |= {figure.name: {**figure.to_data(), "machine": facts} for figure in figures}
    rows = [kept[name] for name in order if name in kept]
    file.write_text(json.dumps({"figures": rows}, indent=2) + "\n", encoding="utf-8")
