"""Commands about a firm's field mapping, practice areas, stages and closing."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.cli import Cli
from adapters.cli.counted import counted
from adapters.cli.groups import add_group
from adapters.cli.options import CasePasted, FirmId, Json, JsonFile, Limit, json_file, one_of
from adapters.cli.output import print_json, say, show, told_plainly
from core.errors import ConfigurationError

if TYPE_CHECKING:
    from core.stage import PracticeAreas
    from core.usecases.change_settings import Saved

_Anyway = Annotated[
    bool, typer.Option("--anyway", help="Save it though cases that come over now would do so no longer.")
]


def add(app: typer.Typer, cli: Cli) -> None:
    """Add the commands."""
    mapping = add_group(app, "mapping")

    @mapping.command("show")
    def show_mapping(firm_id: FirmId, as_json: Json = False) -> None:
        """Show a firm's mapping: each field with its source; --json prints what `mapping set` takes."""
        with told_plainly():
            firm = cli.desk().firms.get(cli.actor(), firm_id)
            if as_json:
                print_json(firm.mapping.to_data())
                return
            rows = [
                {"field": name, "source": str(rule.source), "required": "yes" if rule.required else ""}
                for name, rule in firm.mapping.rules().items()
            ]
            show(rows, ["field", "source", "required"], as_json=False, empty="")

    @mapping.command("set")
    def set_mapping(firm_id: FirmId, file: JsonFile, anyway: _Anyway = False, as_json: Json = False) -> None:
        """Save a field mapping; fields the file leaves out take their defaults.

        It is tried on real cases first, and says how many would change.
        """
        from core.field_mapping import FieldMapping

        with told_plainly():
            saved = cli.desk().change_settings.field_mapping(
                cli.actor(), firm_id, FieldMapping.from_data(json_file(file)), anyway=anyway
            )
            _tell(saved, as_json=as_json)

    @mapping.command("areas")
    def set_areas(firm_id: FirmId, file: JsonFile, anyway: _Anyway = False, as_json: Json = False) -> None:
        """Save practice areas: [{name, mappings, stages: [{name, mappings}]}], 2 to 12 stages each."""
        with told_plainly():
            change, areas = cli.desk().change_settings, areas_from(file)
            saved = change.practice_areas(cli.actor(), firm_id, areas, anyway=anyway)
            _tell(saved, as_json=as_json)

    @mapping.command("closing")
    def set_closing(
        firm_id: FirmId,
        status: Annotated[
            list[str] | None, typer.Option(help="A status that means closed, exactly; may be repeated.")
        ] = None,
        closed_date: Annotated[
            bool, typer.Option(help="Whether a closing date that has come means closed.")
        ] = True,
        stage: Annotated[
            list[str] | None,
            typer.Option(help="A stage of SmartAdvocate that means closed, exactly; may be repeated."),
        ] = None,
        anyway: _Anyway = False,
        as_json: Json = False,
    ) -> None:
        """Save how the firm's SmartAdvocate says that a case is closed."""
        from core.closing import ClosedRule

        with told_plainly():
            if not status and not closed_date and not stage:
                raise ConfigurationError(
                    "say how closed is said: --status NAME, --stage NAME or --closed-date"
                )
            stages = ClosedRule().stage_names if stage is None else tuple(dict.fromkeys(stage))
            rule = ClosedRule(tuple(dict.fromkeys(status or ())), closed_date, stages)
            change = cli.desk().change_settings
            _tell(change.closing(cli.actor(), firm_id, rule, anyway=anyway), as_json=as_json)

    @mapping.command("preview")
    def preview(
        firm_id: FirmId,
        case: CasePasted,
        file: Annotated[
            Path | None, typer.Option("--mapping", help="Try this field mapping instead of the saved one.")
        ] = None,
        areas: Annotated[
            Path | None, typer.Option("--areas", help="Try these practice areas instead of the saved ones.")
        ] = None,
        as_json: Json = False,
    ) -> None:
        """Read a real case and show what the mapping makes of it. Nothing is stored."""
        from core.field_mapping import FieldMapping
        from core.reasons import in_words

        with told_plainly():
            firm = cli.desk().firms.get(cli.actor(), firm_id)
            if file is not None:
                firm = replace(firm, mapping=FieldMapping.from_data(json_file(file)))
            if areas is not None:
                firm = replace(firm, practice_areas=areas_from(areas))
            seen = cli.desk().preview_mapping(cli.actor(), firm, case)
            rows = [
                {
                    "field": field.field,
                    "source": field.source,
                    "value": field.value,
                    "required": field.required,
                    "problem": field.problem.value if field.problem else None,
                }
                for field in seen.fields
            ]
            if as_json:
                print_json({"fields": rows, "skipped": seen.reason, "detail": seen.detail})
                return
            show(rows, ["field", "source", "value", "problem"], as_json=False, empty="")
            verdict = "a new case like this comes over"
            if seen.reason is not None:
                verdict = f"a new case like this is skipped: {in_words(seen.reason, seen.detail)}"
            say(verdict)

    @mapping.command("unmatched")
    def unmatched(firm_id: FirmId, as_json: Json = False) -> None:
        """List names in SmartAdvocate that match nothing, with their cases and the closest candidates."""
        with told_plainly():
            desk, actor = cli.desk(), cli.actor()
            rows = [
                {
                    "what": "stage" if row.name.scope else "practice area",
                    "in": row.name.scope,
                    "name": row.name.name,
                    "cases": row.name.cases,
                    "closest": list(row.candidates) if as_json else ", ".join(row.candidates),
                }
                for row in desk.unmatched_names(actor, desk.firms.get(actor, firm_id))
            ]
            columns = ["what", "in", "name", "cases"]
            show(rows, columns, below=["closest"], as_json=as_json, empty="every name that was seen matches")

    @mapping.command("history")
    def history(
        firm_id: FirmId,
        kind: Annotated[str | None, typer.Option(help="Only this kind, as the list shows it.")] = None,
        limit: Limit = 20,
        as_json: Json = False,
    ) -> None:
        """List who saved what, and when; --json has each version whole."""
        from core.setting_version import SettingKind

        with told_plainly():
            desk = cli.desk()
            only = one_of(SettingKind, kind) if kind else None
            rows = [
                {"version": v.version, "kind": v.kind, "at": v.at, "by": v.actor.name, "role": v.actor.role}
                | ({"data": v.data} if as_json else {})
                for v in desk.firms.setting_versions(cli.actor(), firm_id, only, limit + 1)
            ]
            columns, now = ["version", "kind", "at", "by"], desk.clock.now()
            show(
                rows,
                columns,
                more=["role"],
                now=now,
                as_json=as_json,
                limit=limit,
                empty="nothing was changed yet",
            )


def areas_from(path: Path) -> "PracticeAreas":
    """Read practice areas from a file. Raises ConfigurationError."""
    from core.stage import PracticeAreas

    data = json_file(path)
    if not isinstance(data, list):
        raise ConfigurationError(f"{path} must hold a list of practice areas")
    return PracticeAreas.from_data(data)


def _tell(saved: "Saved", *, as_json: bool) -> None:
    retry = saved.retry.run_id if saved.retry else None
    if as_json:
        data = {"firm_id": saved.firm.firm_id, "changed": saved.changed, "retry_run_id": retry}
        print_json({**data, "version": saved.firm.settings_version, "trial": trial_data(saved)})
        return
    if not saved.changed:
        typer.echo("nothing differs from what is saved")
        return
    tried = f"; what it blocked is tried again: casebridge runs watch {retry}" if retry else ""
    typer.echo(f"saved as version {saved.firm.settings_version}{tried}")
    if text := trial_in_words(saved):
        say(text)


def trial_data(saved: "Saved") -> dict[str, Any] | None:
    """Return what was tried for JSON, or None."""
    trial = saved.trial
    if trial is None:
        return {"untried": saved.untried.value} if saved.untried else None
    return {
        "looked_at": trial.looked_at,
        "is_whole": trial.is_whole,
        "here": trial.here,
        "changed": trial.changed,
        "by_field": dict(trial.by_field),
        "mended": trial.mended,
        "broken": trial.broken,
        "problems": dict(trial.problems),
    }


def trial_in_words(saved: "Saved") -> str:
    """Say how many cases change by what was saved; why it is not known, where it is not."""
    from adapters.cli.words import WORDS

    trial = saved.trial
    if trial is None:
        return f"not tried on cases: {WORDS[saved.untried].what}" if saved.untried else ""
    fields = ", ".join(f"{name} {number}" for name, number in trial.by_field.most_common())
    tried = counted(trial.looked_at, "case")
    number = f"all {tried}" if trial.is_whole else f"{tried} tried"
    parts = [f"of {number}, {trial.changed:,} change"]
    parts += [f"by field: {fields}"] if fields else []
    parts += [f"{trial.mended} had a problem and come over now"] if trial.mended else []
    parts += [f"{trial.broken} come over no longer"] if trial.broken else []
    parts += [] if trial.is_whole else [f"there was no time for all; {trial.here:,} are here"]
    return "; ".join(parts)
