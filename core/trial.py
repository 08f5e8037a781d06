"""What settings would do to real cases, tried before they are saved."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.preview import CasePreview


@dataclass(slots=True)
class Trial:
    """How many cases were looked at, and how many of them would change by the new settings.

    `is_whole` says that they are all that the firm has in SmartAdvocate; else there was no time for all, and
    `here`, the number of the firm's stored cases, tells how many there may be.

    `by_field` counts changed cases by field. `broken` would have a problem that they do not have now, counted
    by field in `problems`; `example` is the integration id of one of them. `mended` have a problem now and
    none then.
    """

    here: int = 0
    is_whole: bool = True
    looked_at: int = 0
    changed: int = 0
    mended: int = 0
    broken: int = 0
    by_field: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    example: str | None = None

    def add(self, integration_id: str, before: CasePreview, after: CasePreview) -> None:
        """Count a case by what the settings make of it now, and by what the new ones would."""
        self.looked_at += 1
        values = {part.field: part.value for part in before.fields}
        changed = [part.field for part in after.fields if values.get(part.field) != part.value]
        self.changed += bool(changed)
        self.by_field.update(changed)
        had, has = _problems(before), _problems(after)
        new = has.keys() - had.keys()
        if new:
            self.broken += 1
            self.example = self.example or integration_id
            self.problems.update(f"{name}: {has[name]}" for name in new)
        self.mended += bool(had and not has)


def _problems(preview: CasePreview) -> Mapping[str, str]:
    return {part.field: part.problem.value for part in preview.fields if part.problem is not None}
