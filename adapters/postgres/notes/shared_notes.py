"""Two-way messages in Postgres: watched cases and seen notes."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from adapters.postgres.store.session import Session
from core.ports.shared_notes import Watch, WatchedCase

_FIRMS_DUE = """
select firm_id
from firms
where settings @> '{"two_way": true}' and connection = 'connected'
  and (paused_until is null or paused_until <= statement_timestamp())
order by firm_id
"""
_FORGET = """
delete from two_way_firms
where firm_id in (
    select two_way_firms.firm_id
    from two_way_firms
    left join firms using (firm_id)
    where firms.firm_id is null or not firms.settings @> '{"two_way": true}'
    order by two_way_firms.firm_id
    for update of two_way_firms
)
returning firm_id
"""
_FORGET_CASES = "delete from watched_cases where firm_id = any(%(firm_ids)s)"
# The firm's row first: slices of one firm take turns here, and all rows below are locked in this order.
_BEGIN = """
insert into two_way_firms as firm (firm_id, since, watched_at)
values (%(firm_id)s, statement_timestamp(), statement_timestamp())
on conflict (firm_id) do update set watched_at = statement_timestamp()
returning watched_at
"""
_BEFORE = "select watched_at from two_way_firms where firm_id = %(firm_id)s for update"
_ADD = """
insert into watched_cases (firm_id, case_integration_id, since)
select cases.firm_id, cases.integration_id, greatest(two_way_firms.since, cases.created_at)
from cases
join two_way_firms using (firm_id)
where cases.firm_id = %(firm_id)s and not cases.closed
  and not exists (
      select from watched_cases
      where watched_cases.firm_id = cases.firm_id
        and watched_cases.case_integration_id = cases.integration_id
  )
order by cases.integration_id
on conflict do nothing
"""
_CLOSE_AND_REOPEN = """
with changed as materialized (
    select watched_cases.firm_id, watched_cases.case_integration_id, cases.closed, cases.updated_at
    from watched_cases
    join cases on cases.firm_id = watched_cases.firm_id
        and cases.integration_id = watched_cases.case_integration_id
    where watched_cases.firm_id = %(firm_id)s and watched_cases.is_closed <> cases.closed
    order by watched_cases.case_integration_id
    for no key update of watched_cases
)
update watched_cases
set is_closed = changed.closed,
    is_known = watched_cases.is_known and changed.closed,
    since = case when changed.closed then watched_cases.since
                 else greatest(watched_cases.since, changed.updated_at) end
from changed
where watched_cases.firm_id = changed.firm_id
  and watched_cases.case_integration_id = changed.case_integration_id
"""
# Where a message went lately, an answer is likely.
_ACTIVE_CONVERSATIONS = """
with lately as materialized (
    select case_integration_id, max(delivered_at) as at
    from deliveries
    where firm_id = %(firm_id)s and kind = 'message-sent' and phase = 'done' and purged_at is null
      and delivered_at > coalesce(%(before)s, statement_timestamp() - %(active_for)s) - interval '10 minutes'
    group by case_integration_id
),
chosen as materialized (
    select watched_cases.firm_id, watched_cases.case_integration_id, lately.at + %(active_for)s as until
    from lately
    join watched_cases on watched_cases.firm_id = %(firm_id)s
        and watched_cases.case_integration_id = lately.case_integration_id
    where not is_closed and active_until is distinct from greatest(active_until, lately.at + %(active_for)s)
    order by watched_cases.case_integration_id
    for no key update of watched_cases
)
update watched_cases
set active_until = chosen.until
from chosen
where watched_cases.firm_id = chosen.firm_id
  and watched_cases.case_integration_id = chosen.case_integration_id
"""
_MARK_ACTIVE = """
with chosen as materialized (
    select firm_id, case_integration_id
    from watched_cases
    where firm_id = %(firm_id)s and case_integration_id = any(%(cases)s) and not is_closed
    order by case_integration_id
    for no key update
)
update watched_cases
set active_until = greatest(active_until, statement_timestamp() + %(for)s)
from chosen
where watched_cases.firm_id = chosen.firm_id
  and watched_cases.case_integration_id = chosen.case_integration_id
"""
_NEXT = """
select case_integration_id, since, is_known
from watched_cases
where firm_id = %(firm_id)s and not is_closed
  and (read_at is null or read_at < statement_timestamp() - %(unread_for)s)
order by read_at nulls first, case_integration_id
limit %(limit)s
"""
_NEXT_ACTIVE = """
select case_integration_id, since, is_known
from watched_cases
where firm_id = %(firm_id)s and not is_closed and active_until > statement_timestamp()
  and (read_at is null or read_at < statement_timestamp() - %(unread_for)s)
order by read_at nulls first, case_integration_id
limit %(limit)s
"""
_MARK_READ = """
update watched_cases
set read_at = statement_timestamp(), is_known = is_known or %(is_known)s
where firm_id = %(firm_id)s and case_integration_id = %(case)s
"""
_OURS = """
select note_id
from deliveries
where firm_id = %(firm_id)s and kind = 'message-sent' and note_id = any(%(note_ids)s)
"""
# A concurrent insert of the same note is waited for, so exactly one of two gets it back.
_REMEMBER = """
insert into seen_notes (firm_id, note_id, case_integration_id, announced)
select %(firm_id)s, note_id, %(case)s, %(announced)s
from unnest(%(note_ids)s::text[]) as note (note_id)
order by note_id collate "C"
on conflict (firm_id, note_id) do nothing
returning note_id
"""


class PostgresSharedNotes:
    """What two-way messages remember, by the database's clock."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def firms_due(self) -> Sequence[str]:
        """Return connected firms, not paused, that have two-way messages switched on."""
        return [firm_id for (firm_id,) in self._session.rows(_FIRMS_DUE)]

    def forget_switched_off(self) -> int:
        """Drop the starting points of firms that have it switched off. Their number."""
        firm_ids = [firm_id for (firm_id,) in self._session.rows(_FORGET)]
        if firm_ids:
            self._session.run(_FORGET_CASES, {"firm_ids": firm_ids})
        return len(firm_ids)

    def watch(self, firm_id: str, active_for: timedelta) -> Watch:
        """Bring the watched cases up to date with the firm's open cases."""
        firm = {"firm_id": firm_id}
        earlier = self._session.row(_BEFORE, firm)
        before = earlier[0] if earlier else None
        now = self._session.rows(_BEGIN, firm)[0][0]
        self._session.run(_ADD, firm)
        self._session.run(_CLOSE_AND_REOPEN, firm)
        self._session.run(_ACTIVE_CONVERSATIONS, {**firm, "before": before, "active_for": active_for})
        return Watch(now, before)

    def mark_active(self, firm_id: str, cases: Collection[str], active_for: timedelta) -> None:
        """Let these watched cases be read before others for so long."""
        if cases:
            self._session.run(_MARK_ACTIVE, {"firm_id": firm_id, "cases": list(cases), "for": active_for})

    def next(self, firm_id: str, *, limit: int, unread_for: timedelta, active: bool) -> Sequence[WatchedCase]:
        """Return watched cases, longest unread first."""
        rows = self._session.rows(
            _NEXT_ACTIVE if active else _NEXT,
            {"firm_id": firm_id, "limit": limit, "unread_for": unread_for},
        )
        return [WatchedCase(*row) for row in rows]

    def mark_read(self, firm_id: str, integration_id: str, *, is_known: bool) -> None:
        """Put the case behind the others; `is_known` says that its notes were really read."""
        self._session.run(_MARK_READ, {"firm_id": firm_id, "case": integration_id, "is_known": is_known})

    def ours(self, firm_id: str, note_ids: Collection[str]) -> set[str]:
        """Return those that messages of ours are stored as."""
        if not note_ids:
            return set()
        rows = self._session.rows(_OURS, {"firm_id": firm_id, "note_ids": list(note_ids)})
        return {note_id for (note_id,) in rows}

    def remember(
        self, firm_id: str, integration_id: str, note_ids: Collection[str], *, announced: bool
    ) -> set[str]:
        """Remember notes as seen; return those that had not been."""
        if not note_ids:
            return set()
        rows = self._session.rows(
            _REMEMBER,
            {
                "firm_id": firm_id,
                "case": integration_id,
                "note_ids": sorted(set(note_ids)),
                "announced": announced,
            },
        )
        return {note_id for (note_id,) in rows}
