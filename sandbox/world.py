"""Everything one sandbox knows: its firms and its switches. Outlives a server, so that a restart can keep
it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC

from sandbox.case_status import CaseStatus
from sandbox.cases import CaseStore
from sandbox.contents import Contents
from sandbox.dates import MS_PER_DAY, MS_PER_S
from sandbox.documents import DocumentStore
from sandbox.drift import Drift, DriftPlan
from sandbox.faults import Faults
from sandbox.lookups import Lookups
from sandbox.notes import NoteStore
from sandbox.oauth import AuthorizationServer
from sandbox.oidc import IdentityProvider
from sandbox.options import SandboxOptions
from sandbox.report import RequestCounts
from sandbox.tokens import Tokens


@dataclass
class Firm:
    """One law firm's SmartAdvocate. Its name is also its log-in."""

    name: str
    password: str
    lookups: Lookups
    cases: CaseStore
    notes: NoteStore
    documents: DocumentStore
    drift: Drift


class World:
    """The firms, the tokens, the faults and the counts of one sandbox."""

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        as_of_ms = self._as_of_ms()
        self.firms = {firm.name: firm for firm in (self._firm(n, as_of_ms) for n in range(options.firms))}
        user_ids = {name: firm.lookups.service_user.user_id for name, firm in self.firms.items()}
        self.tokens = Tokens(options.seed, options.token_life_s, user_ids)
        self.oauth = AuthorizationServer(options.oauth, self.tokens, options.clock)
        self.oidc = IdentityProvider(options.clock)
        self.faults = Faults(options.seed, self.firms)
        self.counts = RequestCounts(list(self.firms))
        self.case_status = CaseStatus()
        self.contents = Contents(options.seed)
        self.restart: Callable[[float], object] | None = None
        """Lets the process cut all connections and be gone for so many seconds; None in a thread."""
        self._orders = random.Random(f"orders/{options.seed}")

    def shuffle(self, ids: list[int]) -> None:
        """Puts ids in an order of their own, another one at each call."""
        self._orders.shuffle(ids)

    def now_s(self) -> float:
        """Seconds since 1970 UTC."""
        return self.options.clock()

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        return int(self.options.clock() * MS_PER_S)

    def _as_of_ms(self) -> int:
        given = self.options.as_of
        if given is not None:
            zoned = given if given.tzinfo else given.replace(tzinfo=UTC)
            return int(zoned.timestamp() * MS_PER_S)
        now = self.now_ms()
        return now - now % MS_PER_DAY

    def _firm(self, number: int, as_of_ms: int) -> Firm:
        options, lookups = self.options, Lookups(number)
        cases = CaseStore(
            lookups,
            seed=options.seed,
            cases=options.cases,
            as_of_ms=as_of_ms,
            same_modified=options.same_modified,
        )
        plan = DriftPlan(every=options.drift_every, modify=options.drift_modify)
        return Firm(
            name=options.user_name(number + 1),
            password=options.password,
            lookups=lookups,
            cases=cases,
            notes=NoteStore(lookups, cases, options.seed),
            documents=DocumentStore(lookups, cases),
            drift=Drift(cases, plan, options.seed),
        )
