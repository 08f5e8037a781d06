"""API keys: made, rotated, revoked. A key's secret is shown once, when it is made."""

from datetime import datetime, timedelta

from core.actor import Actor, Power, Reach
from core.api_key import DEFAULT_LIFE, LONGEST_OVERLAP, ApiKey, KeyState, NewKey
from core.audit import AuditAction
from core.errors import ConfigurationError, UnknownThingError
from core.person import must_be_a_name
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.thing import Thing
from core.usecases.steps.by_firm import record_by_firm
from core.usecases.steps.known_firm import must_all_be_known


class ManageApiKeys:
    """It takes who manages all firms of the key, and no program. Raises NotAllowedError."""

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock

    def add(
        self,
        actor: Actor,
        name: str,
        scopes: frozenset[Power],
        firms: Reach,
        life: timedelta | None = DEFAULT_LIFE,
    ) -> NewKey:
        """Make a key that is good for so long; None: until it is revoked.

        Raises ConfigurationError for a name that a good key has, or without scopes; UnknownFirmError.
        """
        actor.must_be_no_program()
        actor.must_for_all_of(Power.MANAGE, firms)
        must_be_a_name(name, "a key's name")
        if not scopes:
            raise ConfigurationError(f"a key has at least one scope of {', '.join(Power)}")
        if life is not None and life <= timedelta():
            raise ConfigurationError("a key's life is longer than nothing")
        with self._units_of_work(actor) as uow:
            must_all_be_known(uow, actor, firms)
            now = self._clock.now()
            good = uow.api_keys.good_named(name, actor.firms)
            if good is not None:
                raise ConfigurationError(
                    f"there is a key of the name {name!r} that is good, with the id {good.key_id}",
                    asked=name,
                )
            made = uow.api_keys.add(name, scopes, firms, _end(now, life), actor.name)
            detail = {**_about(made.key), "scopes": sorted(scopes)}
            record_by_firm(uow, actor, firms, AuditAction.API_KEY_ADDED, detail)
            uow.commit()
        return made

    def rotate(self, actor: Actor, key_id: int, overlap: timedelta) -> NewKey:
        """Make another key of the same name, scopes, firms and life; the old one goes on for a while.

        Raises UnknownThingError; ConfigurationError for a key that is not good or has a successor, and for an
        overlap below nothing or above LONGEST_OVERLAP.
        """
        actor.must_be_no_program()
        actor.must_anywhere(Power.MANAGE)
        if not timedelta() <= overlap <= LONGEST_OVERLAP:
            raise ConfigurationError(
                f"two keys go on side by side for {LONGEST_OVERLAP.days} days at most",
                limit=str(LONGEST_OVERLAP.days),
            )
        with self._units_of_work(actor) as uow:
            old, now = _known(uow, actor, key_id), self._clock.now()
            if (state := old.state(now)) is not KeyState.GOOD:
                raise ConfigurationError(f"the key {key_id} is {state}, and so not to be rotated")
            life = None if old.expires_at is None else old.expires_at - old.made_at
            new = uow.api_keys.add(old.name, old.scopes, old.firms, _end(now, life), actor.name)
            uow.api_keys.follow(key_id, new.key.key_id, overlap)
            detail = {**_about(new.key), "instead_of": key_id}
            record_by_firm(uow, actor, old.firms, AuditAction.API_KEY_ROTATED, detail)
            uow.commit()
        return new

    def revoke(self, actor: Actor, key_id: int) -> ApiKey:
        """Let the key open nothing any more; one that was revoked stays so. Raises UnknownThingError."""
        actor.must_be_no_program()
        actor.must_anywhere(Power.MANAGE)
        with self._units_of_work(actor) as uow:
            key = _known(uow, actor, key_id)
            if key.revoked_at is None:
                uow.api_keys.revoke(key_id)
                record_by_firm(uow, actor, key.firms, AuditAction.API_KEY_REVOKED, _about(key))
                uow.commit()
        return key


def _known(uow: UnitOfWork, actor: Actor, key_id: int) -> ApiKey:
    key = uow.api_keys.get(key_id, actor.firms)
    if key is None:
        raise UnknownThingError(f"there is no API key {key_id}", thing=Thing.API_KEY)
    actor.must_for_all_of(Power.MANAGE, key.firms or actor.firms)
    return key


def _end(now: datetime, life: timedelta | None) -> datetime | None:
    return None if life is None else now + life


def _about(key: ApiKey) -> dict[str, object]:
    return {"key": key.key_id, "name": key.name}
