"""What the command line is given. Nothing is loaded before a command asks for it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.cli.cli import Cli, Processes, RunningService

if TYPE_CHECKING:
    from bootstrap.application import Application
    from core.actor import Actor
    from core.desk import Desk


def command_line(application: "Application | None" = None, *, closing: ExitStack | None = None) -> Cli:
    """Return what commands use: the application given, or one as the environment says.

    The latter is closed with `closing`.
    """
    processes = ProcessesOf(application, closing)
    return Cli(processes.desk, processes.actor, processes)


class ProcessesOf(Processes):
    """An application's processes, as `adapters.cli.cli.Processes` asks for them."""

    def __init__(self, application: "Application | None", closing: ExitStack | None = None) -> None:
        self._given = application
        self._closing = closing or ExitStack()

    @cached_property
    def _application(self) -> "Application":
        from bootstrap.application import Application

        if self._given is not None:
            return self._given
        application = Application()
        from adapters.system.logs import configure_logs

        # On standard error: what a command prints may be read by a program. Processes say more.
        configure_logs("WARNING", application.settings.log_format)
        self._closing.callback(application.close)
        return application

    def desk(self) -> "Desk":
        """Return the use cases and queries."""
        return self._application.desk

    def actor(self) -> "Actor":
        """Return who uses the command line."""
        return self._application.settings.actor()

    def migrate(self) -> Sequence[str]:
        from bootstrap.processes import migrate

        return migrate(self._application)

    def prepare_role(self) -> Sequence[str]:
        from bootstrap.processes import prepare_role

        return prepare_role(self._application)

    def intake(self) -> None:
        from bootstrap.processes import intake

        intake(self._application)

    def schedule(self) -> None:
        from bootstrap.processes import schedule

        schedule(self._application)

    def work(self, threads: int | None) -> None:
        from bootstrap.processes import work

        work(self._application, threads)

    def web(self, host: str | None, port: int | None) -> None:
        from bootstrap.processes import web

        web(self._application, host, port)

    def all_in_one(
        self,
        *,
        data_dir: Path | None = None,
        web_port: int | None = None,
        api_key: str | None = None,
        sandbox_url: str | None = None,
    ) -> AbstractContextManager[RunningService]:
        from bootstrap.all_in_one import all_in_one

        return all_in_one(
            self._application.settings,
            data_dir=data_dir,
            web_port=web_port,
            api_key=api_key,
            sandbox_url=sandbox_url,
        )

    def sandbox(self, arguments: Sequence[str]) -> int:
        from sandbox.__main__ import main

        return main(list(arguments))

    def checks(self) -> Mapping[str, Callable[[], object]]:
        from bootstrap.processes import checks

        return checks(self._application)
