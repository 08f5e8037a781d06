"""What an errand left behind while others had its rows locked (ADR 97)."""

import time
from contextlib import suppress

from adapters.postgres.unit_of_work import PostgresUnitOfWork
from core.actor import SYSTEM, Actor
from core.errors import TransientError
from core.event import EventKind
from core.ports.deliveries import NewDelivery
from core.process import AboutProcess, ProcessKind
from core.usecases.keep_alive import KeepAlive
from core.usecases.steps.standing import Standing
from tests.fakes.clock import FakeClock
from tests.fakes.samples import a_firm, a_message
from tests.integration.postgres_support import postgres

ABOUT = AboutProcess(ProcessKind.WORKER, "host", "1.0", 8)


def test_a_case_that_others_had_locked_is_given_back_when_they_are_done(migrated_database_url: str) -> None:
    """An event that comes for the case locks it, as does a broken connection that the server still has."""
    with postgres(migrated_database_url) as store:
        standing = Standing(FakeClock(), time.monotonic)

        def units_of_work(actor: Actor) -> PostgresUnitOfWork:
            return PostgresUnitOfWork(store.pool, actor)

        life = KeepAlive(units_of_work, units_of_work, ABOUT, standing)
        life.beat(SYSTEM)
        with store.unit_of_work() as uow:
            uow.firms.save(a_firm())
            uow.deliveries.add([NewDelivery(a_message("m-1"))])
            uow.commit()
        with suppress(TransientError), standing.errand() as errand:
            with store.unit_of_work() as uow:
                kind, owner = EventKind.MESSAGE_SENT, errand.owner
                assert uow.deliveries.claim("north", kind, owner=owner, lanes=1, limit=1)
                uow.commit()
            raise TransientError("the connection broke")
        with store.pool.connection() as other:
            other.execute("select from lanes for no key update")
            life.give_back(SYSTEM)
            assert store.rows("select state from deliveries") == [("sending",)]
            assert standing.dropped.is_set()
        assert life.give_back(SYSTEM) == 1
        assert store.rows("select state from deliveries") == [("unknown",)]
        assert life.give_back(SYSTEM) == 0
