"""Firms and their settings, as they are and as they were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.actor import Actor, Power
from core.firm import Firm
from core.paging import Page, Place, bounded, number_in, page_of
from core.ports.unit_of_work import UnitsOfWork
from core.setting_diff import differences
from core.setting_version import SettingKind, SettingVersion
from core.usecases.steps.known_firm import known_firm, must_be_known


@dataclass(frozen=True, slots=True)
class PastSetting:
    """A version of a setting, and what differs in it from the one of its kind before, place by place."""

    version: SettingVersion
    changes: Mapping[str, str]
    is_in_force: bool


class FirmQueries:
    """Looks at firms. Raises NotAllowedError for one that is not the actor's."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def all(self, actor: Actor) -> Sequence[Firm]:
        """Return the actor's firms, by id."""
        actor.must_anywhere(Power.LOOK)
        with self._units_of_work(actor) as uow:
            return uow.firms.all(actor.firms)

    def page(self, actor: Actor, after: Place | None, limit: int) -> Page[Firm]:
        """Return a page of the actor's firms, by id."""
        actor.must_anywhere(Power.LOOK)
        limit = bounded(limit)
        with self._units_of_work(actor) as uow:
            found = uow.firms.all(actor.firms, after=str(after[0]) if after else "", limit=limit + 1)
        return page_of(found, limit, lambda firm: (firm.firm_id,))

    def find(self, actor: Actor, firm_id: str) -> Firm | None:
        """Return the firm, or None."""
        actor.must(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            return uow.firms.get(firm_id)

    def get(self, actor: Actor, firm_id: str) -> Firm:
        """Return the firm. Raises UnknownFirmError."""
        actor.must(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            return known_firm(uow, actor, firm_id)

    def setting_versions(
        self, actor: Actor, firm_id: str, kind: SettingKind | None, limit: int
    ) -> Sequence[SettingVersion]:
        """Return what mapping, practice areas and closing were, newest first. Raises UnknownFirmError."""
        actor.must(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            return uow.firms.versions(firm_id, kind, limit)

    def version_page(
        self, actor: Actor, firm_id: str, kind: SettingKind | None, before: Place | None, limit: int
    ) -> Page[SettingVersion]:
        """Return a page of `setting_versions`. Raises UnknownFirmError."""
        actor.must(Power.LOOK, firm_id)
        limit = bounded(limit)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            version = number_in(before)
            found = uow.firms.versions(firm_id, kind, limit + 1, before=version)
        return page_of(found, limit, lambda version: (version.version,))

    def history(self, actor: Actor, firm_id: str, before: Place | None, limit: int) -> Page[PastSetting]:
        """Return a page of all versions, with what each has changed. Raises UnknownFirmError."""
        page = self.version_page(actor, firm_id, None, before, limit)
        with self._units_of_work(actor) as uow:
            newest: dict[SettingKind, int] = {}
            earlier: dict[int, SettingVersion] = {}
            for kind in {version.kind for version in page.rows}:
                [in_force] = uow.firms.versions(firm_id, kind, 1)
                newest[kind] = in_force.version
                first = next(version for version in page.rows if version.kind is kind)
                same = uow.firms.versions(firm_id, kind, len(page.rows) + 1, before=first.version + 1)
                earlier |= {later.version: one for later, one in pairwise(same)}
        return page.each(lambda version: _past(version, earlier.get(version.version), newest))


def _past(
    version: SettingVersion, before: SettingVersion | None, newest: Mapping[SettingKind, int]
) -> PastSetting:
    changes = differences(before.data, version.data) if before else {}
    return PastSetting(version, changes, version.version == newest[version.kind])
