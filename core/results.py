"""The results of a run as a person opens them in a spreadsheet (Case Status sheet, section 6)."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from core.case import Outcome
from core.reasons import in_words
from core.run import CaseResult

HEADER: Final = ("case number", "client", "result", "reason", "changed fields", "integration id")
# Without it Excel takes UTF-8 for another encoding.
BYTE_ORDER_MARK: Final = "\ufeff"
# A cell that begins so is a formula to a spreadsheet, and clients choose their own names. Some readers drop
# blanks in front, and take wide signs for narrow ones.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Blanks of any kind, and signs without width.
_INVISIBLE: Final = (
    " \u00a0\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u3000\ufeff\x00"
)


def csv_lines(results: Iterable[CaseResult]) -> Iterator[str]:
    """Return the file line by line (RFC 4180, UTF-8 with a byte order mark), the header first."""
    yield BYTE_ORDER_MARK + _line(HEADER)
    for result in results:
        yield _line(
            (
                result.readable_id,
                result.client,
                result.outcome.value,
                reason_of(result),
                ", ".join(name.replace("_", " ") for name in result.changed),
                result.integration_id,
            )
        )


REPORT_HEADER: Final = ("case number", "in Case Status", "reason", "what to do", "integration id")


def left_out_line(number: int) -> str:
    """Return the last line of a file that does not hold everything: it says so, and where the rest is."""
    return _line((f"{number:,} more are not in this file: the firm's pages have all of them",))


def not_listed(report: Mapping[str, Any]) -> int:
    """Return how many of the cases that did not sync an exception report does not list."""
    return max(0, int(report.get("cases", 0)) - len(report.get("listed", ())))


def report_lines(report: Mapping[str, Any]) -> Iterator[str]:
    """Return an exception report's cases in the same way, without clients' names.

    Where it does not list all of them, the last line says how many are left out.
    """
    yield BYTE_ORDER_MARK + _line(REPORT_HEADER)
    for row in report.get("listed", ()):
        cells = (row.get(name) for name in ("readable_id", "in_words", "next_step", "case_integration_id"))
        number, why, step, integration_id = (str(cell or "") for cell in cells)
        yield _line((number, "yes" if row.get("imported") else "no", why, step, integration_id))
    if left_out := not_listed(report):
        yield left_out_line(left_out)


def reason_of(result: CaseResult) -> str:
    """Return why a case was skipped, what it keeps because nothing matches, or how a new one was read.

    "" where all is well.
    """
    if result.skip is not None:
        return in_words(result.skip, result.detail)
    if result.outcome is Outcome.CREATED:
        return result.detail
    if result.detail and result.outcome is not Outcome.SKIPPED:
        return f"keeps what it had, nothing matches: {result.detail}"
    return result.detail


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([_safe(cell) for cell in cells])
    return text.getvalue()


def _safe(cell: str) -> str:
    is_formula = cell.startswith(_FORMULA) or cell.lstrip(_INVISIBLE).startswith(_FORMULA)
    return f"'{cell}" if is_formula else cell
