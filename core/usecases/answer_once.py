"""Carry a request out once, however often it is sent under one key (IETF draft, Idempotency-Key)."""

from datetime import timedelta
from typing import Final

from core.actor import SYSTEM, Actor
from core.errors import PermanentError, TransientError
from core.kept_answer import KEPT, LEASE, MOST_BYTES, KeptAnswer
from core.ports.unit_of_work import UnitsOfWork
from core.reason import Reason

_WAIT: Final = timedelta(seconds=1)


class AnswerOnce:
    """Keeps answers by actor and key. A key is its actor's own: nobody meets another's.

    Not even a program of the same name, of other firms or scopes (`Actor.identity`).
    """

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def begin(self, actor: Actor, key: str, fingerprint: bytes) -> KeptAnswer | None:
        """Take the key; return the answer where the same request was answered already.

        `fingerprint` tells requests apart. Raises PermanentError where another request has the key
        (KEY_REUSED), and TransientError while the same one is carried out (KEY_IN_USE).
        """
        with self._units_of_work(SYSTEM) as uow:
            known = uow.answers.begin(actor.identity, key, fingerprint, lease=LEASE, kept=KEPT)
            uow.commit()
        if known is None:
            return None
        if known.fingerprint != fingerprint:
            raise PermanentError("the key stands for another request", reason=Reason.KEY_REUSED)
        if known.answer is None:
            raise TransientError(
                "the same request is being carried out", reason=Reason.KEY_IN_USE, retry_after=_WAIT
            )
        if known.answer.body is None:
            raise PermanentError(
                "it was done; its answer held a secret, which is told once", reason=Reason.ANSWER_TOLD
            )
        return known.answer

    def keep(self, actor: Actor, key: str, answer: KeptAnswer) -> None:
        """Keep the answer for a day; one that is too long is not kept, and the key is free again."""
        if answer.body is not None and len(answer.body) > MOST_BYTES:
            return self.forget(actor, key)
        with self._units_of_work(SYSTEM) as uow:
            uow.answers.keep(actor.identity, key, answer)
            uow.commit()
        return None

    def forget(self, actor: Actor, key: str) -> None:
        """Free the key of a request that was refused: it did nothing, and may be sent again mended."""
        with self._units_of_work(SYSTEM) as uow:
            uow.answers.forget(actor.identity, key)
            uow.commit()
