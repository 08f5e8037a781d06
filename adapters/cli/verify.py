"""`casebridge verify` and `casebridge permissions`: a firm is tried before it goes live."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli.cli import Cli
from adapters.cli.groups import add_group
from adapters.cli.options import FirmId, Json
from adapters.cli.output import FAILED, print_json, say, show, told_plainly, write_file

_Page = Annotated[
    Path | None, typer.Option("--page", help="Also write a printable page (HTML) to this file.")
]


def add(app: typer.Typer, cli: Cli) -> None:
    """Add the commands."""
    results = add_group(app, "verifications")

    @app.command()
    def verify(
        firm_id: FirmId,
        cases: Annotated[list[str], typer.Argument(metavar="URL-OR-ID…", help="2 to 5 test cases.")],
        write: Annotated[
            bool, typer.Option("--write", help="Also write a test note and a test document to each.")
        ] = False,
        page: _Page = None,
        as_json: Json = False,
    ) -> None:
        """Try 2 to 5 test cases before the firm goes live. Nothing is imported or announced to clients.

        Exits 1 if any check fails.
        """
        with told_plainly():
            desk, actor = cli.desk(), cli.actor()
            firm = desk.firms.get(actor, firm_id)
            number, result = desk.verify_firm(actor, firm, cases, write=write)
            _tell(cli, number, result.to_data(), page, as_json=as_json)

    @results.command("list")
    def list_results(firm_id: FirmId, as_json: Json = False) -> None:
        """List the firm's verifications, newest first."""
        with told_plainly():
            desk = cli.desk()
            rows = [
                {"number": r.number, "at": r.at, "passed": r.passed, "cases": len(r.document["cases"])}
                for r in desk.records.verifications(cli.actor(), firm_id)
            ]
            columns, now = ["number", "at", "passed", "cases"], desk.clock.now()
            show(rows, columns, now=now, as_json=as_json, empty="none yet")

    @results.command("show")
    def show_result(
        number: Annotated[
            int, typer.Argument(metavar="NUMBER", help="Its number; `verifications list` shows it.")
        ],
        page: _Page = None,
        as_json: Json = False,
    ) -> None:
        """Show a verification once more, or write its printable page."""
        with told_plainly():
            result = cli.desk().records.verification(cli.actor(), number)
            _tell(cli, number, result.document, page, as_json=as_json)

    @app.command()
    def permissions(firm_id: FirmId, as_json: Json = False) -> None:
        """Show what the connected account may do, and what to ask SmartAdvocate's administrator for."""
        from core.permission import Grant

        with told_plainly():
            desk, actor = cli.desk(), cli.actor()
            told = desk.probe_permissions(actor, desk.firms.get(actor, firm_id))
            rows = [permission.to_data() for permission in told]
            show(rows, ["right", "grant", "detail"], below=["ask_for"], as_json=as_json, empty="")
            if any(permission.grant is Grant.MISSING for permission in told):
                raise typer.Exit(FAILED)


def _tell(cli: Cli, number: int, result: Mapping[str, Any], page: Path | None, *, as_json: bool) -> None:
    if page is not None:
        write_file(page, [cli.desk().print_verification(cli.actor(), number)])
    if as_json:
        print_json({"number": number, **result})
    else:
        for case in result["cases"]:
            say(f"\ncase {case['number'] or '?'} (integration id {case['integration_id']})")
            rows = [{**check, "passed": "pass" if check["passed"] else "FAIL"} for check in case["checks"]]
            show(rows, ["check", "passed", "detail"], as_json=False, empty="")
            if case["fields"]:
                show(case["fields"], ["field", "value", "source", "problem"], as_json=False, empty="")
        verdict = "passed" if result["passed"] else "FAILED"
        typer.echo(f"\nverification {number}: {verdict}; nothing was announced to clients")
    if not result["passed"]:
        raise typer.Exit(FAILED)
