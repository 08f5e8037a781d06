"""What the command line says of a case that somebody looks for."""

from collections.abc import Mapping
from shlex import quote
from types import MappingProxyType
from typing import Any, Final

from core.queries.why_not_here import Absence, Whereabouts
from core.reasons import in_words, next_step
from core.words import Words

WORDS: Final[Mapping[Absence, Words]] = MappingProxyType(
    {
        Absence.HERE: Words("it is here", ""),
        Absence.KEEPS: Words("it is here, and keeps what it had", ""),
        Absence.SKIPPED: Words("it is skipped", ""),
        Absence.BEING_READ: Words("a run is under way, which may bring it", "look again when that has ended"),
        Absence.NOT_CONNECTED: Words(
            "no case can come over: the firm is not connected", "casebridge connect FIRM --oauth"
        ),
        Absence.INDIVIDUALLY: Words(
            "the firm imports cases individually", "casebridge import FIRM URL-OR-ID"
        ),
        Absence.NO_IMPORT_YET: Words(
            "the first import has not finished",
            "casebridge sync cases FIRM, or casebridge import FIRM URL-OR-ID",
        ),
        Absence.NEVER_SEEN: Words(
            "no late run has met such a case: it may not have changed, or is hidden from the account",
            "casebridge import FIRM URL-OR-ID",
        ),
    }
)


def where_it_stands(firm_id: str, found: Whereabouts) -> dict[str, Any]:
    """Return a row: what is known of one case of the firm, why it is as it is, and the way on."""
    line, problem, seen, words = found.line, found.problem, found.seen, WORDS[found.absence]
    what, step = words.what, words.next_step
    if problem is not None:
        what = f"{what}: {in_words(problem.reason, problem.label)}"
        step = next_step(problem.reason)
    known, case = line or problem, str(found.integration_id or "URL-OR-ID")
    step = step.replace("FIRM", quote(firm_id)).replace("URL-OR-ID", case)
    return {
        "case": found.integration_id or None,
        "number": known.readable_id if known else None,
        "client": known.client if known else None,
        "state": None if line is None else "closed" if line.closed else "open",
        "absence": found.absence.value,
        "what": what,
        "next_step": step or None,
        "met": f"run {seen.run_id}, {seen.at:%Y-%m-%d %H:%M} UTC: {seen.outcome}" if seen else None,
        "last_met": seen and seen.at,
        "run": seen and seen.run_id,
        "outcome": seen and seen.outcome.value,
    }
