"""`casebridge demo`: the main job on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.cli import Cli
from adapters.cli.options import Json
from adapters.cli.output import told_plainly
from adapters.cli.processes import ended_by_signals


def add(app: typer.Typer, cli: Cli) -> None:
    """Add the command."""

    @app.command()
    def demo(
        cases: Annotated[int, typer.Option(min=1, max=200_000, help="Cases of the firm.")] = 1000,
        messages: Annotated[int, typer.Option(min=0, max=100_000, help="Messages to send.")] = 200,
        documents: Annotated[int, typer.Option(min=0, max=1_000, help="Documents to upload.")] = 10,
        once: Annotated[bool, typer.Option("--once", help="End when the job is done.")] = False,
        as_json: Json = False,
        port: Annotated[int, typer.Option(min=0, max=65_535, help="HTTP port; 0: a free one.")] = 8080,
        data: Annotated[Path | None, typer.Option(help="Keep the database in this folder.")] = None,
        seed: Annotated[int, typer.Option(help="Another seed makes another firm.")] = 1,
    ) -> None:
        """Run the main job on this machine: import cases, deliver messages and documents."""
        from adapters.cli.demo_run import DemoOptions, run_demo  # more than all other commands together

        options = DemoOptions(cases, messages, documents, seed, port, once, as_json, data)
        with told_plainly(), ended_by_signals():
            run_demo(cli, options)
