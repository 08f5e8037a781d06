"""Commands that run a process: migrate, intake, schedule, work, web, run, sandbox, doctor."""

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from types import FrameType
from typing import Annotated, Final

import typer

from adapters.cli.cli import Cli, RunningService
from adapters.cli.counted import counted
from adapters.cli.ending_signals import ending_signals
from adapters.cli.options import Json
from adapters.cli.output import FAILED, show, tell, told_plainly, unexpected
from adapters.cli.quick import QuickCommand
from adapters.cli.words import sentence
from core.errors import CasebridgeError, ConfigurationError

# They run until they are stopped. Supervisors start them again and again, where every second counts.
LASTING: Final = frozenset({"intake", "schedule", "work", "web"})
_TO_RUN: Final = (
    "People and programs work in a database role that sees their firms alone (row-level security). "
    "This user may not make it: let an administrator of the database run this, then migrate again:"
)


def add(app: typer.Typer, cli: Cli) -> None:
    """Add the commands."""

    @app.command()
    def migrate(as_json: Json = False) -> None:
        """Bring the database to this version. Safe to run from several places at once."""
        with told_plainly():
            applied, to_run = cli.processes.migrate(), cli.processes.prepare_role()
            number = counted(len(applied), "migration")
            words = f"applied {number}, up to {applied[-1]}" if applied else "nothing to do: up to date"
            if to_run:
                words = "\n".join([words, _TO_RUN, *(f"{statement};" for statement in to_run)])
            tell({"applied": list(applied), "to_run": list(to_run)}, words, as_json=as_json)
        if to_run:
            raise typer.Exit(FAILED)

    @app.command(cls=QuickCommand)
    def intake() -> None:
        """Record upstream events from RabbitMQ. Any number may run."""
        with told_plainly():
            cli.processes.intake()

    @app.command(cls=QuickCommand)
    def schedule() -> None:
        """Start timed jobs and publish the outbox. Any number may run; there is no leader."""
        with told_plainly():
            cli.processes.schedule()

    @app.command(cls=QuickCommand)
    def work(
        threads: Annotated[
            int | None, typer.Option(min=1, max=64, help="Jobs at a time; else CASEBRIDGE_WORKER_THREADS.")
        ] = None,
    ) -> None:
        """Work off jobs. Any number may run; scale by their number."""
        with told_plainly():
            cli.processes.work(threads)

    @app.command(cls=QuickCommand)
    def web(
        host: Annotated[
            str | None, typer.Option(help="Address to listen on; else CASEBRIDGE_WEB_HOST.")
        ] = None,
        port: Annotated[
            int | None, typer.Option(min=0, max=65535, help="Port; 0: a free one; else CASEBRIDGE_WEB_PORT.")
        ] = None,
    ) -> None:
        """Serve the pages, the HTTP API, health and metrics."""
        with told_plainly():
            cli.processes.web(host, port)

    @app.command()
    def run(
        data: Annotated[Path | None, typer.Option(help="Folder of the embedded database.")] = None,
        port: Annotated[
            int | None,
            typer.Option(min=0, max=65535, help="Port of the pages and the HTTP API; 0: a free one."),
        ] = None,
    ) -> None:
        """Run everything in this one process, on an embedded database where none is named."""
        with (
            told_plainly(),
            ended_by_signals(),
            cli.processes.all_in_one(data_dir=data, web_port=port) as service,
            _told_to_commands(service) as file,
        ):

            def ready() -> None:
                typer.echo(f"casebridge is up at {service.url}; API documentation: {service.url}/docs")
                typer.echo(f"to sign in, once and within half an hour: {own_sign_in_link(cli, service)}")
                if file is not None:
                    typer.echo(f"to type commands beside it, in another terminal: . {quote(str(file))}")

            wait_for_signal(service.check, ready)

    @app.command(
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
        help="Run a SmartAdvocate to try things on; its own options: `casebridge sandbox --help`.",
    )
    def sandbox(context: typer.Context) -> None:
        from adapters.cli.demo_sandbox import require_sandbox

        with told_plainly():
            require_sandbox()
        raise typer.Exit(cli.processes.sandbox(context.args))

    @app.command()
    def doctor(as_json: Json = False) -> None:
        """Check what this installation needs: settings, database, migrations, row-level security, broker."""
        rows: list[dict[str, str]] = []
        told: dict[CasebridgeError, str] = {}
        for part, check in _checks(cli).items():
            try:
                warning = _warning(check())
                rows.append({"part": part, "state": "warning" if warning else "ok", "detail": warning})
            except Exception as error:  # noqa: BLE001 - whatever it is, the part is out of order
                same = told.get(error) if isinstance(error, CasebridgeError) else None
                detail = _said(error) if same is None else f"not looked at: see {same}"
                rows.append({"part": part, "state": "failed", "detail": detail})
                if isinstance(error, CasebridgeError):
                    told.setdefault(error, part)
        show(rows, ["part", "state", "detail"], as_json=as_json, empty="nothing to check")
        if any(row["state"] == "failed" for row in rows):
            raise typer.Exit(FAILED)


def _checks(cli: Cli) -> Mapping[str, Callable[[], object]]:
    """Return what to look at: where no setting can be read, them alone."""
    try:
        return cli.processes.checks()
    except ConfigurationError as error:
        caught = error

    def settings() -> None:
        raise caught

    return {"settings": settings}


@contextmanager
def _told_to_commands(service: RunningService) -> Iterator[Path | None]:
    """Give the file that lets commands speak to the service; None where the environment says all of it."""
    from adapters.cli.beside import environment_file

    folder = service.environment.get("CASEBRIDGE_DATA_DIR")
    if folder is None:
        yield None
        return
    with environment_file(Path(folder) / "run.env", service.environment) as file:
        yield file


def own_sign_in_link(cli: Cli, service: RunningService) -> str:
    """Return a link that signs in whoever uses the command line, as what it is there."""
    from core.person import Person

    actor = cli.actor()
    return service.desk.sign_in.new_link(actor, Person(actor.name, actor.role, actor.firms))


def _said(error: Exception) -> str:
    return sentence(error) if isinstance(error, CasebridgeError) else unexpected(error)


def _warning(found: object) -> str:
    """Return what is not as it should be although all works; "" where nothing is."""
    from core.upkeep import Cleaning

    if not isinstance(found, Cleaning):
        return ""
    said = []
    if found.held is not None and found.held.is_too_long:
        minutes = int(found.held.for_.total_seconds() // 60)
        by = f" by {found.held.held_by}" if found.held.held_by else ""
        said.append(
            f"a transaction has been held open for {counted(minutes, 'minute')}{by}: until it ends "
            "PostgreSQL cleans nothing up, and claims grow slower; end it (pg_stat_activity shows it)"
        )
    if found.behind:
        tables = ", ".join(f"{table.name} ({table.dead_percent} % dead rows)" for table in found.behind)
        said.append(f"autovacuum does not keep up with {tables}")
    return "; ".join(said)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let what asks for an end, end the block like Ctrl-C, so that what it opened is closed in order."""
    numbers = ending_signals()

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        # Once: an impatient second Ctrl-C must not cut the closing short.
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for_signal(check: Callable[[], None], ready: Callable[[], None] = lambda: None) -> None:
    """Block until a signal asks for an orderly end; `check` is called now and then and may raise.

    `ready` is called once signals end in order: who reads what it says may send one at once.
    """
    ended: list[int] = []  # not an Event: setting one in a handler can wait for its own lock
    for number in ending_signals():
        signal.signal(number, lambda caught, _frame: ended.append(caught))
    ready()
    while not ended:
        check()
        time.sleep(0.2)
