"""A session while it lasts: whose it is, which others its person has, and ending them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from core.actor import ALL_FIRMS, SYSTEM, Reach
from core.audit import AuditAction
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitsOfWork
from core.session import Session, Way

USE_NOTED_EVERY: Final = timedelta(minutes=1)
"""How exact a session's last use is: a page writes nothing unless the last note is older."""


class KeepSession:
    """All of it by the session's own secret: whoever has that is its person, and sees that person's alone.

    A link's name is what its maker typed: two firms may each have one. So a link's session has to do with
    those alone that reach no more than it does.
    """

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock

    def find(self, secret: str, *, is_asked_for: bool) -> Session | None:
        """Return the session; None for one that is unknown, ended or over.

        `is_asked_for`: somebody asks, and not an open page that reads itself anew. Only that makes an idle
        session last longer.
        """
        if not secret:
            return None
        with self._units_of_work(SYSTEM) as uow:
            session = uow.sessions.find(secret)
            if session is not None and is_asked_for and self._is_stale(session):
                uow.sessions.touch(session.session_id)
                uow.commit()
        return session

    def own(self, secret: str) -> Sequence[Session]:
        """Return all sessions of this session's person, the newest first; none where it is over."""
        with self._units_of_work(SYSTEM) as uow:
            session = uow.sessions.find(secret)
            return [] if session is None else uow.sessions.of(session.person, _within(session))

    def sign_out(self, secret: str) -> bool:
        """End this session; tell whether there was one."""
        return self._end(secret, everywhere=False) > 0

    def end_one(self, secret: str, session_id: int) -> bool:
        """End one of the sessions of this session's person; tell whether there was one."""
        return self._end(secret, session_id, everywhere=False) > 0

    def sign_out_everywhere(self, secret: str) -> int:
        """End all sessions of this session's person, this one with them; return how many."""
        return self._end(secret, everywhere=True)

    def _end(self, secret: str, session_id: int | None = None, *, everywhere: bool) -> int:
        with self._units_of_work(SYSTEM) as uow:
            session = uow.sessions.find(secret)
            if session is None:
                return 0
            one = None if everywhere else session_id or session.session_id
            number = uow.sessions.end(session.person, _within(session), one)
            if number:
                actor, detail = session.actor, {"sessions": number}
                uow.audit.record(actor, actor.firm_id, AuditAction.SIGNED_OUT, detail)
            uow.commit()
        return number

    def _is_stale(self, session: Session) -> bool:
        return self._clock.now() - session.seen_at >= USE_NOTED_EVERY


def _within(session: Session) -> Reach:
    return session.actor.firms if session.way is Way.LINK else ALL_FIRMS
