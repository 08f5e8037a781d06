"""Changes of practice areas and their stages, one step at a time; each returns them anew.

Names of SmartAdvocate that are given to a stage are taken from wherever they stood before: a name leads to
one place. All raise ConfigurationError for what is not there, and for what practice areas cannot be
(`core.stage`).
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from core.errors import ConfigurationError
from core.stage import PracticeArea, PracticeAreas, Stage

# What a new practice area begins with, as it needs two: the firm renames them.
FIRST_STAGES: Final = ("Open", "Closed")


def with_names(areas: PracticeAreas, area: str, stage: str, names: Collection[str]) -> PracticeAreas:
    """Let these statuses of SmartAdvocate mean the stage, within its practice area."""
    found = area_of(areas, area)
    must_have(found, stage)
    wanted = [name for name in dict.fromkeys(names) if name]
    stages = []
    for one in found.stages:
        kept = tuple(name for name in one.mappings if name not in wanted)
        if one.name == stage:
            kept = (*one.mappings, *(n for n in wanted if n not in one.mappings and n != one.name))
        stages.append(replace_names(one, kept))
    return _with_area(areas, found, replace(found, stages=tuple(stages)))


def without_name(areas: PracticeAreas, area: str, stage: str, name: str) -> PracticeAreas:
    """Let a status mean the stage no longer."""
    found = area_of(areas, area)
    must_have(found, stage)
    stages = tuple(
        replace_names(one, tuple(n for n in one.mappings if n != name)) if one.name == stage else one
        for one in found.stages
    )
    return _with_area(areas, found, replace(found, stages=stages))


def moved(areas: PracticeAreas, area: str, stage: str, by: int) -> PracticeAreas:
    """Move a stage by so many places; at an end it stays."""
    found = area_of(areas, area)
    at = must_have(found, stage)
    stages = list(found.stages)
    stages.insert(min(max(at + by, 0), len(stages) - 1), stages.pop(at))
    return _with_area(areas, found, replace(found, stages=tuple(stages)))


def with_stage(areas: PracticeAreas, area: str, stage: str) -> PracticeAreas:
    """Add a stage at the end."""
    found = area_of(areas, area)
    return _with_area(areas, found, replace(found, stages=(*found.stages, Stage(_word(stage)))))


def without_stage(areas: PracticeAreas, area: str, stage: str) -> PracticeAreas:
    """Remove a stage; what led to it leads nowhere."""
    found = area_of(areas, area)
    must_have(found, stage)
    stages = tuple(one for one in found.stages if one.name != stage)
    return _with_area(areas, found, replace(found, stages=stages))


def renamed_stage(areas: PracticeAreas, area: str, stage: str, name: str) -> PracticeAreas:
    """Give a stage another display name. The old one, which a status may have, still leads to it."""
    found, name = area_of(areas, area), _word(name)
    must_have(found, stage)
    stages = tuple(
        Stage(name, tuple(n for n in dict.fromkeys((*one.mappings, stage)) if n != name))
        if one.name == stage
        else one
        for one in found.stages
    )
    return _with_area(areas, found, replace(found, stages=stages))


def with_area(areas: PracticeAreas, name: str, stages: Sequence[str] = FIRST_STAGES) -> PracticeAreas:
    """Add a practice area with these stages."""
    new = PracticeArea(_word(name), tuple(Stage(_word(stage)) for stage in stages))
    return PracticeAreas((*areas.areas, new))


def without_area(areas: PracticeAreas, name: str) -> PracticeAreas:
    """Remove a practice area with its stages."""
    area_of(areas, name)
    return PracticeAreas(tuple(area for area in areas.areas if area.name != name))


def renamed_area(areas: PracticeAreas, area: str, name: str) -> PracticeAreas:
    """Give a practice area another name. The old one, which a case type may have, still leads to it."""
    found, name = area_of(areas, area), _word(name)
    mappings = tuple(n for n in dict.fromkeys((*found.mappings, area)) if n != name)
    return _with_area(areas, found, PracticeArea(name, found.stages, mappings))


def with_types(areas: PracticeAreas, area: str, names: Collection[str]) -> PracticeAreas:
    """Let these case types of SmartAdvocate, and no others beside its own name, mean the practice area."""
    area_of(areas, area)
    wanted = tuple(name for name in dict.fromkeys(names) if name and name != area)
    return PracticeAreas(
        tuple(
            _with_mappings(
                one, wanted if one.name == area else tuple(n for n in one.mappings if n not in wanted)
            )
            for one in areas.areas
        )
    )


def area_of(areas: PracticeAreas, name: str) -> PracticeArea:
    """Return the practice area of this name. Raises ConfigurationError."""
    for area in areas.areas:
        if area.name == name:
            return area
    raise ConfigurationError(
        f"there is no practice area {name!r}", asked=name, known=[area.name for area in areas.areas]
    )


def must_have(area: PracticeArea, stage: str) -> int:
    """Return the place of the stage in its practice area. Raises ConfigurationError."""
    for place, one in enumerate(area.stages):
        if one.name == stage:
            return place
    raise ConfigurationError(
        f"practice area {area.name!r} has no stage {stage!r}",
        asked=stage,
        known=[one.name for one in area.stages],
    )


def replace_names(stage: Stage, names: tuple[str, ...]) -> Stage:
    """Return the stage with these mappings."""
    return stage if stage.mappings == names else Stage(stage.name, names)


def _with_mappings(area: PracticeArea, mappings: tuple[str, ...]) -> PracticeArea:
    return area if area.mappings == mappings else PracticeArea(area.name, area.stages, mappings)


def _with_area(areas: PracticeAreas, old: PracticeArea, new: PracticeArea) -> PracticeAreas:
    return PracticeAreas(tuple(new if area is old else area for area in areas.areas))


def _word(name: str) -> str:
    if not name.strip():
        raise ConfigurationError("a practice area or stage needs a name")
    return name.strip()
