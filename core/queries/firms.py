"""Firms and their settings, as they are and as they were."""

from collections.abc import Sequence

from core.actor import Actor, Power
from core.firm import Firm
from core.ports.unit_of_work import UnitsOfWork
from core.setting_version import SettingKind, SettingVersion
from core.usecases.steps.known_firm import known_firm, must_be_known


class FirmQueries:
    """Looks at firms. Raises NotAllowedError for one that is not the actor's."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def all(self, actor: Actor) -> Sequence[Firm]:
        """Return the actor's firms, by id."""
        actor.must_anywhere(Power.LOOK)
        with self._units_of_work(actor) as uow:
            return uow.firms.all(actor.firms)

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
