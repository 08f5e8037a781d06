"""The table of deliveries with its lanes, in Postgres."""

from adapters.postgres.deliveries.desk import Desk
from adapters.postgres.deliveries.holds import Holds
from adapters.postgres.deliveries.lanes import Lanes
from adapters.postgres.deliveries.lost_claims import LostClaims
from adapters.postgres.deliveries.texts import Texts
from core.ports.deliveries import Deliveries


class PostgresDeliveries(Lanes, LostClaims, Holds, Desk, Texts, Deliveries):
    """All of it in one session: each part has a module of its own, with its statements beside it."""
