"""Who does something by hand, and what they may do (design, section 10)."""

from dataclasses import dataclass
from enum import StrEnum

from core.errors import NotAllowedError


class Role(StrEnum):
    """A firm's own administrator, an implementation manager of Case Status, or the service by itself."""

    FIRM_ADMIN = "firm-admin"
    IMPLEMENTATION_MANAGER = "implementation-manager"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, or the service. `firm_id` is the only firm a firm's administrator may touch."""

    name: str
    role: Role
    firm_id: str | None = None

    def must_reach(self, firm_id: str) -> None:
        """Raise NotAllowedError for a firm that is not this administrator's."""
        if self.role is Role.FIRM_ADMIN and self.firm_id not in {None, firm_id}:
            raise NotAllowedError(
                f"{self.name} may not act for firm {firm_id!r}, only for {self.firm_id!r}; "
                "ask an implementation manager"
            )

    def must_manage(self, doing: str) -> None:
        """Raise NotAllowedError unless this is an implementation manager."""
        if self.role is not Role.IMPLEMENTATION_MANAGER:
            raise NotAllowedError(
                f"only an implementation manager may {doing}; {self.name} is {self.role}. "
                "Ask your implementation manager"
            )


SERVICE = Actor("casebridge", Role.SYSTEM)
