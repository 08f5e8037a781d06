"""Practice areas hold 2 to 12 stages, and a name leads to one place or is refused."""

import pytest

from core.actor import SYSTEM
from core.errors import ConfigurationError
from core.stage import MAX_STAGES, MIN_STAGES, PracticeArea, PracticeAreas, Stage
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService


def an_area(*stages: Stage, name: str = "Injury", mappings: tuple[str, ...] = ()) -> PracticeArea:
    return PracticeArea(name, stages or (Stage("Open"), Stage("Done")), mappings)


@pytest.mark.parametrize("number", range(15))
def test_a_practice_area_has_two_to_twelve_stages(number: int) -> None:
    stages = tuple(Stage(f"Stage {n}") for n in range(number))
    if MIN_STAGES <= number <= MAX_STAGES:
        assert PracticeArea("Injury", stages).stages == stages
    else:
        with pytest.raises(ConfigurationError, match=f"'Injury' has {number} stages"):
            PracticeArea("Injury", stages)


def test_a_stage_matches_its_display_name_and_each_of_its_mappings() -> None:
    area = an_area(Stage("Open", ("New", "Intake")), Stage("Done"))
    assert [area.stage(name) for name in ("Open", "New", "Intake")] == [area.stages[0]] * 3


@pytest.mark.parametrize("name", ["open", "OPEN", " Open", "Open ", "Ope", "", None])
def test_a_match_is_exact_case_included(name: str | None) -> None:
    assert an_area().stage(name) is None


def test_an_area_matches_as_a_stage_does() -> None:
    areas = PracticeAreas((an_area(mappings=("Auto", "Fall")), an_area(name="Comp")))
    assert areas.area("Auto") is areas.areas[0]
    assert areas.area("Comp") is areas.areas[1]
    assert areas.area("auto") is None
    assert areas.area(None) is None


@pytest.mark.parametrize(
    "stages",
    [
        (Stage("Same"), Stage("Same")),
        (Stage("One", ("x",)), Stage("Two", ("x",))),
        (Stage("One", ("Two",)), Stage("Two")),
    ],
)
def test_a_name_in_two_stages_of_one_area_is_refused(stages: tuple[Stage, ...]) -> None:
    with pytest.raises(ConfigurationError, match="two places"):
        an_area(*stages)


def test_a_name_in_two_areas_is_refused_with_both_places_named() -> None:
    with pytest.raises(ConfigurationError, match=r"'Auto'.*'Injury'.*'Comp'"):
        PracticeAreas((an_area(mappings=("Auto",)), an_area(name="Comp", mappings=("Auto",))))


def test_the_same_stage_name_in_two_areas_is_no_ambiguity() -> None:
    areas = PracticeAreas((an_area(), an_area(name="Comp")))
    assert [area.stage("Open") is area.stages[0] for area in areas.areas] == [True, True]


def test_a_mapping_that_repeats_its_own_display_name_is_no_ambiguity() -> None:
    assert an_area(Stage("Open", ("Open", "New", "New")), Stage("Done")).stage("New") is not None


@pytest.mark.parametrize(
    "data",
    [
        [{"stages": [{"name": "A"}, {"name": "B"}]}],
        [{"name": "Injury"}],
        [{"name": "Injury", "stages": [{"name": "A"}, {}]}],
        [{"name": "Injury", "stages": [{"name": "A"}, {"name": " "}]}],
        [{"name": 7, "stages": [{"name": "A"}, {"name": "B"}]}],
        [{"name": "Injury", "stages": None}],
        [{"name": "Injury", "mappings": "Auto", "stages": [{"name": "A"}, {"name": "B"}]}],
        [{"name": "Injury", "stages": [{"name": "A", "mappings": 5}, {"name": "B"}]}],
        ["Injury"],
        [None],
        None,
        7,
    ],
)
def test_data_that_does_not_fit_is_a_configuration_error(data: object) -> None:
    with pytest.raises(ConfigurationError):
        PracticeAreas.from_data(data)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(
    "areas",
    [
        PracticeAreas(tuple(an_area(name=f"Area {n}") for n in range(501))),
        PracticeAreas((an_area(mappings=tuple(f"type {n}" for n in range(1_001))),)),
        *(
            PracticeAreas((area,))
            for name in ("A\x00", "A\ud83d", "A\x7f", "A" * 201)
            for area in (an_area(name=name), an_area(Stage("B", (name,)), Stage("C")))
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_before_it_is_saved(areas: PracticeAreas) -> None:
    service = FakeService()
    service.with_firm()
    with pytest.raises(ConfigurationError):
        service.desk.change_settings.practice_areas(SYSTEM, "north", areas)
    with pytest.raises(ConfigurationError):
        service.add_firm(SYSTEM, a_firm("south", practice_areas=areas))
    PracticeAreas.from_data(areas.to_data())  # what was kept before is read


def test_as_much_as_may_be_is_kept() -> None:
    areas = PracticeAreas((an_area(name="é" * 200, mappings=tuple(f"type {n}" for n in range(1_000))),))
    areas.must_fit()
