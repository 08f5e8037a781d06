"""Practice areas and their stages, and how SmartAdvocate's names find them (Case Status sheet, section 5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

from core.errors import ConfigurationError
from core.storable import UNSEEN

MIN_STAGES: Final = 2
MAX_STAGES: Final = 12  # Walkthrough, 03
MAX_AREAS: Final = 500
MAX_MAPPINGS: Final = 1_000  # of one practice area, or of one stage
MAX_NAME: Final = 200  # characters: no name of SmartAdvocate's is read any longer

_SHOWN: Final = 40  # characters of one that is too long


class _Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def mappings(self) -> tuple[str, ...]: ...


N = TypeVar("N", bound=_Named)


@dataclass(frozen=True, slots=True)
class Stage:
    """A step the client sees. It matches its display name or any of its integration mappings."""

    name: str
    mappings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PracticeArea:
    """A kind of matter with 2 to 12 ordered stages. Raises ConfigurationError for anything else."""

    name: str
    stages: tuple[Stage, ...]
    mappings: tuple[str, ...] = ()
    _by_name: Mapping[str, Stage] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not MIN_STAGES <= len(self.stages) <= MAX_STAGES:
            raise ConfigurationError(
                f"practice area {self.name!r} has {len(self.stages)} stages; "
                f"a practice area has {MIN_STAGES} to {MAX_STAGES}"
            )
        object.__setattr__(self, "_by_name", index_names(self.stages, f"stages of {self.name!r}"))

    def stage(self, status: str | None) -> Stage | None:
        """Return the stage that this SmartAdvocate status names exactly, case included, or None."""
        return self._by_name.get(status or "")


@dataclass(frozen=True, slots=True)
class PracticeAreas:
    """All practice areas of a firm. Raises ConfigurationError where a name would be ambiguous."""

    areas: tuple[PracticeArea, ...] = ()
    _by_name: Mapping[str, PracticeArea] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", index_names(self.areas, "the firm's practice areas"))

    def area(self, case_type: str | None) -> PracticeArea | None:
        """Return the practice area that this SmartAdvocate case type names exactly, or None."""
        return self._by_name.get(case_type or "")

    def must_fit(self) -> None:
        """Raise ConfigurationError for more of it, or other names, than can be kept: before it is saved."""
        if len(self.areas) > MAX_AREAS:
            raise ConfigurationError(
                f"a firm has {MAX_AREAS} practice areas at most, not {len(self.areas):,}"
            )
        for area in self.areas:
            everything: tuple[_Named, ...] = (area, *area.stages)
            for named in everything:
                if len(named.mappings) > MAX_MAPPINGS:
                    raise ConfigurationError(
                        f"{named.name[:_SHOWN]!r} has {len(named.mappings):,} mappings; {MAX_MAPPINGS:,} are "
                        "the most"
                    )
                for name in (named.name, *named.mappings):
                    if len(name) > MAX_NAME or UNSEEN.search(name):
                        raise ConfigurationError(
                            f"the name {name[:_SHOWN]!r} of a practice area or stage cannot be kept: it has "
                            f"over {MAX_NAME} characters, or one that nobody can see"
                        )

    @classmethod
    def from_data(cls, data: Iterable[Mapping[str, Any]]) -> "PracticeAreas":
        """Read `[{"name", "mappings": […], "stages": [{"name", "mappings": […]}]}]`.

        Raises ConfigurationError naming what is missing or ambiguous.
        """
        try:
            return cls(
                tuple(
                    PracticeArea(
                        name=_word(area["name"]),
                        mappings=_words(area.get("mappings")),
                        stages=tuple(
                            Stage(_word(stage["name"]), _words(stage.get("mappings")))
                            for stage in area["stages"]
                        ),
                    )
                    for area in data
                )
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ConfigurationError(
                "practice areas must be a list of {name, mappings, stages: [{name, mappings}]}; "
                f"this one does not fit: {error}"
            ) from None

    def to_data(self) -> list[dict[str, Any]]:
        """Return the shape that `from_data` reads."""
        return [
            {
                "name": area.name,
                "mappings": list(area.mappings),
                "stages": [{"name": s.name, "mappings": list(s.mappings)} for s in area.stages],
            }
            for area in self.areas
        ]


def index_names(items: Iterable[N], scope: str) -> dict[str, N]:
    """Index items by display name and mappings; the same name in two places is refused."""
    index: dict[str, N] = {}
    for item in items:
        for name in dict.fromkeys((item.name, *item.mappings)):
            if name in index:
                raise ConfigurationError(
                    f"{name!r} stands in two places of {scope}: "
                    f"{index[name].name!r} and {item.name!r}; a name must lead to one place"
                )
            index[name] = item
    return index


def _words(values: object) -> tuple[str, ...]:
    if values is None:
        return ()
    if not isinstance(values, list | tuple):  # the letters of a text would be taken for names
        raise ConfigurationError("mappings of a practice area or stage must be a list of names")
    return tuple(map(_word, values))


def _word(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(
            f"a name of a practice area or stage must be a non-empty string, not {value!r}"
        )
    return value
