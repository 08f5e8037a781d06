"""`casebridge verify` and `casebridge permissions`: a firm is tried before it goes live."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli.known import known_firm
from adapters.cli.output import FAILED, print_json, show, told_plainly
from adapters.cli.services import Services
from core.errors import ConfigurationError
from core.permission import Grant
from core.probe import ProbeKind

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_FirmId = Annotated[str, typer.Argument(metavar="FIRM", help="The firm's id.")]
_Page = Annotated[
    Path | None, typer.Option("--page", help="Also write a printable page (HTML) to this file.")
]


def add(app: typer.Typer, services: Services) -> None:
    """Add the commands."""
    results = typer.Typer(help="Verifications that were made.", no_args_is_help=True)
    app.add_typer(results, name="verifications")

    @app.command()
    def verify(
        firm_id: _FirmId,
        cases: Annotated[list[str], typer.Argument(metavar="URL-OR-ID…", help="2 to 5 test cases.")],
        write: Annotated[
            bool, typer.Option("--write", help="Also write a test note and a test document to each.")
        ] = False,
        page: _Page = None,
        as_json: _Json = False,
    ) -> None:
        """Try 2 to 5 test cases before the firm goes live. Nothing is imported or announced to clients.

        Exits 1 if any check fails.
        """
        with told_plainly():
            firm = known_firm(services, firm_id)
            ids = [services.case_id(firm, text) for text in cases]
            with services.seat(firm_id):
                number, result = services.verify_firm(services.actor, firm, ids, write=write)
            _tell(services, number, result.to_data(), page, as_json=as_json)

    @results.command("list")
    def list_results(firm_id: _FirmId, as_json: _Json = False) -> None:
        """List the firm's verifications, newest first."""
        with told_plainly(), services.units_of_work() as uow:
            known_firm(services, firm_id)
            rows = [
                {"number": r.number, "at": r.at, "passed": r.passed, "cases": len(r.document["cases"])}
                for r in uow.reports.probes(firm_id, ProbeKind.VERIFICATION)
            ]
            show(rows, ["number", "at", "passed", "cases"], as_json=as_json, empty="none yet")

    @results.command("show")
    def show_result(
        number: Annotated[int, typer.Argument(metavar="NUMBER")], page: _Page = None, as_json: _Json = False
    ) -> None:
        """Show a verification once more, or write its printable page."""
        with told_plainly():
            with services.units_of_work() as uow:
                result = uow.reports.probe(number)
            if result is None or result.kind is not ProbeKind.VERIFICATION:
                raise ConfigurationError(f"there is no verification {number}; see `verifications list FIRM`")
            services.actor.must_reach(result.firm_id)
            _tell(services, number, result.document, page, as_json=as_json)

    @app.command()
    def permissions(firm_id: _FirmId, as_json: _Json = False) -> None:
        """Show what the connected account may do, and what to ask SmartAdvocate's administrator for."""
        with told_plainly():
            firm = known_firm(services, firm_id)
            with services.seat(firm_id):
                told = services.probe_permissions(firm)
            rows = [permission.to_data() for permission in told]
            show(rows, ["right", "grant", "detail", "ask_for"], as_json=as_json, empty="")
            if any(permission.grant is Grant.MISSING for permission in told):
                raise typer.Exit(FAILED)


def _tell(
    services: Services, number: int, result: Mapping[str, Any], page: Path | None, *, as_json: bool
) -> None:
    if page is not None:
        try:
            page.write_text(services.verification_page(number, result), encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(f"{page} cannot be written: {error.strerror}") from None
    if as_json:
        print_json({"number": number, **result})
    else:
        for case in result["cases"]:
            typer.echo(f"\ncase {case['number'] or '?'} (integration id {case['integration_id']})")
            rows = [{**check, "passed": "pass" if check["passed"] else "FAIL"} for check in case["checks"]]
            show(rows, ["check", "passed", "detail"], as_json=False, empty="")
            if case["fields"]:
                show(case["fields"], ["field", "value", "source", "problem"], as_json=False, empty="")
        verdict = "passed" if result["passed"] else "FAILED"
        typer.echo(f"\nverification {number}: {verdict}; nothing was announced to clients")
    if not result["passed"]:
        raise typer.Exit(FAILED)
