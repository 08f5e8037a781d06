"""All commands. Each decodes its arguments, calls one thing and prints what came of it."""

import typer

from adapters.cli import (
    audit,
    cases,
    connections,
    deliveries,
    demo,
    events,
    firms,
    issues,
    mapping,
    processes,
    runs,
    verify,
)
from adapters.cli.services import Services


def build(services: Services) -> typer.Typer:
    """Build the command line around the services given; nothing is opened here."""
    app = typer.Typer(
        name="casebridge",
        help="Keeps law firms' SmartAdvocate and Case Status in step.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    processes.add(app, services)
    firms.add(app, services)
    mapping.add(app, services)
    cases.add(app, services)
    runs.add(app, services)
    connections.add(app, services)
    verify.add(app, services)
    deliveries.add(app, services)
    events.add(app, services)
    issues.add(app, services)
    audit.add(app, services)
    demo.add(app, services)
    return app
