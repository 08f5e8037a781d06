"""What the forms about stages ask for, as new practice areas and a sentence on what that means."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from adapters.web.pages.shell.form import Form
from adapters.web.pages.shell.numbers import count
from core.errors import ConfigurationError
from core.firm_view import SourceName
from core.stage import PracticeAreas
from core.stage_edit import (
    area_of,
    moved,
    must_have,
    renamed_area,
    renamed_stage,
    with_area,
    with_names,
    with_stage,
    with_types,
    without_area,
    without_name,
    without_stage,
)


@dataclass(frozen=True, slots=True)
class Edit:
    """New practice areas. `area` is the one to show afterwards; `at_once`: no case changes by it."""

    areas: PracticeAreas
    sentence: str
    area: str
    at_once: bool = False


def chosen_names(form: Form, statuses: Sequence[SourceName]) -> list[str]:
    """Return the statuses that a form names: those ticked, all that begin with something, a whole stage."""
    chosen = form.all("name")
    begins, within = form.one("begins"), form.one("within")
    if begins:
        chosen += [one.name for one in statuses if one.name.lower().startswith(begins.lower())]
    if within:
        chosen += [one.name for one in statuses if one.within == within]
    return list(dict.fromkeys(chosen))


def edited(areas: PracticeAreas, form: Form, statuses: Sequence[SourceName]) -> Edit:
    """Return what the form asks for. Raises ConfigurationError for what cannot be, or is not there."""
    do = form.one("do")
    if do == "give":
        return _given(areas, form, statuses)
    if do not in _EDITS:
        raise ConfigurationError("this form is of another release; load the page again")
    return _EDITS[do](areas, form)


def _given(areas: PracticeAreas, form: Form, statuses: Sequence[SourceName]) -> Edit:
    area, stage = form.one("area"), form.one("stage")
    names = chosen_names(form, statuses)
    if not names:
        raise ConfigurationError("no status was chosen; tick some, or say how they begin")
    told = f"“{names[0]}”" if len(names) == 1 else count(len(names), "status", "statuses")
    return Edit(with_names(areas, area, stage, names), f"let {told} mean “{stage}” in {area}", area)


def _taken(areas: PracticeAreas, form: Form) -> Edit:
    area, stage, name = form.one("area"), form.one("stage"), form.one("name")
    return Edit(
        without_name(areas, area, stage, name), f"let “{name}” no longer mean “{stage}” in {area}", area
    )


def _up(areas: PracticeAreas, form: Form) -> Edit:
    area, stage = form.one("area"), form.one("stage")
    return Edit(moved(areas, area, stage, -1), f"“{stage}” moved up", area, at_once=True)


def _down(areas: PracticeAreas, form: Form) -> Edit:
    area, stage = form.one("area"), form.one("stage")
    return Edit(moved(areas, area, stage, 1), f"“{stage}” moved down", area, at_once=True)


def _to(areas: PracticeAreas, form: Form) -> Edit:
    area, stage, place = form.one("area"), form.one("stage"), form.one("place")
    if not place.isdecimal():
        raise ConfigurationError("a stage moves to a place in the list")
    at = must_have(area_of(areas, area), stage)
    return Edit(moved(areas, area, stage, int(place[:3]) - at), f"“{stage}” moved", area, at_once=True)


def _stage_added(areas: PracticeAreas, form: Form) -> Edit:
    area, stage = form.one("area"), form.one("stage")
    return Edit(with_stage(areas, area, stage), f"add the stage “{stage}” to {area}", area, at_once=True)


def _stage_removed(areas: PracticeAreas, form: Form) -> Edit:
    area, stage = form.one("area"), form.one("stage")
    return Edit(without_stage(areas, area, stage), f"remove the stage “{stage}” of {area}", area)


def _stage_renamed(areas: PracticeAreas, form: Form) -> Edit:
    area, stage, name = form.one("area"), form.one("stage"), form.one("new")
    return Edit(renamed_stage(areas, area, stage, name), f"call the stage “{stage}” “{name}”", area)


def _area_added(areas: PracticeAreas, form: Form) -> Edit:
    name, like = form.one("new"), form.one("like")
    stages = [stage.name for stage in area_of(areas, like).stages] if like else None
    made = with_area(areas, name, stages) if stages else with_area(areas, name)
    return Edit(made, f"add the practice area {name}", name)


def _area_removed(areas: PracticeAreas, form: Form) -> Edit:
    area = form.one("area")
    return Edit(without_area(areas, area), f"remove the practice area {area}", "")


def _area_renamed(areas: PracticeAreas, form: Form) -> Edit:
    area, name = form.one("area"), form.one("new")
    return Edit(renamed_area(areas, area, name), f"call the practice area {area} {name}", name)


def _types(areas: PracticeAreas, form: Form) -> Edit:
    area, names = form.one("area"), form.all("type")
    told = count(len(names), "case type")
    return Edit(with_types(areas, area, names), f"let {told} belong to {area}", area)


_EDITS: Final[dict[str, Callable[[PracticeAreas, Form], Edit]]] = {
    "take": _taken,
    "up": _up,
    "down": _down,
    "to": _to,
    "add-stage": _stage_added,
    "remove-stage": _stage_removed,
    "rename-stage": _stage_renamed,
    "add-area": _area_added,
    "remove-area": _area_removed,
    "rename-area": _area_renamed,
    "types": _types,
}
