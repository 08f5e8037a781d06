"""Who did something, as rows keep it: name, role, and the firm of whoever acts for exactly one."""

from typing import Any

from core.actor import ALL_FIRMS, Actor, AllFirms, Reach, Role


def actor_values(actor: Actor) -> dict[str, Any]:
    """Return the values of the columns."""
    return {"actor": actor.name, "role": actor.role.value, "actor_firm": actor.firm_id}


def firms_of(reach: Reach) -> list[str] | None:
    """Return the ids for a condition `%(firms)s::text[] is null or firm_id = any(%(firms)s)`."""
    return None if isinstance(reach, AllFirms) else sorted(reach)


def reach_from(firms: list[str] | None) -> Reach:
    """Return the reach of a row's ids: null stands for all firms."""
    return ALL_FIRMS if firms is None else frozenset(firms)


def actor_from(name: str, role: str, firm_id: str | None) -> Actor:
    """Return the actor of a row."""
    return Actor(name, Role(role), frozenset({firm_id}) if firm_id else ALL_FIRMS)
