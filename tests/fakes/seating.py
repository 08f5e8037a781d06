"""Who sits where, in memory: the room that is left, and parked jobs (`core.seats`)."""

from dataclasses import replace

from core.outbox_row import OutboxRow
from core.schedule import JobName
from core.seats import Room, choose
from tests.fakes.tables import JobRow
from tests.fakes.transaction import Transaction


def room(transaction: Transaction, firm_id: str, *, by_hand: bool = False) -> Room | None:
    """Return what is free; None for a firm that is not stored. See `adapters.postgres.jobs.seats`."""
    firm = transaction.tables.firms.get(firm_id)
    if firm is None:
        return None
    running = [
        job.name
        for job in transaction.tables.jobs.values()
        if job.firm_id == firm_id and job.owner is not None
    ]
    hands = [
        seat
        for seat in transaction.tables.hand_seats.values()
        if seat.firm_id == firm_id and (seat.is_taken or not by_hand)
    ]
    others = sum(name is not JobName.SYNC_MESSAGES for name in running)
    return Room.of(firm.concurrency, len(running) + len(hands), others)


def wake(transaction: Transaction, firm_id: str) -> int:
    """Publish parked jobs, as many as find seats."""
    rows, free = transaction.tables.jobs, room(transaction, firm_id)
    parked = [job for job in rows.values() if job.firm_id == firm_id and job.is_parked]
    chosen = choose(free, [(job.job_id, job.name) for job in parked]) if free else []
    for job_id in chosen:
        rows[job_id] = replace(rows[job_id], is_parked=False)
        publish(transaction, rows[job_id])
    return len(chosen)


def publish(transaction: Transaction, job: JobRow) -> None:
    """Put it into the outbox unless it is there: an outage of the broker must not fill it."""
    outbox, body = transaction.tables.outbox, str(job.job_id).encode()
    if not any(row.queue == job.name and row.body == body for row in outbox.values()):
        row_id = transaction.next_id()
        outbox[row_id] = OutboxRow(row_id, job.name.value, None, body)
