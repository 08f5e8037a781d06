"""A firm's SmartAdvocate profile: what is in force, and what another one would change."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.actor import Actor, Power
from core.ports.unit_of_work import UnitsOfWork
from core.profile import ProfileCheck, ProfileKey, ProfileValue, flat, with_changes
from core.setting_diff import differences
from core.usecases.steps.known_firm import known_firm


class ProfileQueries:
    """Looks at profiles. Raises NotAllowedError, UnknownFirmError."""

    def __init__(self, units_of_work: UnitsOfWork, keys: Sequence[ProfileKey], check: ProfileCheck) -> None:
        self._units_of_work = units_of_work
        self._keys = keys
        self._check = check

    def show(self, actor: Actor, firm_id: str) -> Sequence[ProfileValue]:
        """Return every key with the value in force."""
        own = flat(self.export(actor, firm_id))
        return [ProfileValue(key, own.get(key.name, key.default), key.name in own) for key in self._keys]

    def export(self, actor: Actor, firm_id: str) -> Mapping[str, Any]:
        """Return what the firm has of its own, as it is saved."""
        actor.must(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            return dict(known_firm(uow, actor, firm_id).profile)

    def edited(self, actor: Actor, firm_id: str, changes: Mapping[str, str]) -> Mapping[str, Any]:
        """Return the firm's profile with changes; nothing is saved. Raises ConfigurationError."""
        return with_changes(self.export(actor, firm_id), changes, self._keys)

    def compare(self, actor: Actor, firm_id: str, profile: Mapping[str, Any] | None) -> Mapping[str, str]:
        """Return `{key: "old → new"}`: what saving `profile` would change; without one, what is the firm's.

        Raises ConfigurationError for a profile that cannot be saved.
        """
        own, defaults = flat(self.export(actor, firm_id)), {key.name: key.default for key in self._keys}
        if profile is None:
            return differences(defaults, {**defaults, **own})
        self._check(firm_id, profile)
        return differences({**defaults, **own}, {**defaults, **flat(profile)})
