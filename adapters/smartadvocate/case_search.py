"""The search for cases by the time of their last change, sorted as far as the firm's SmartAdvocate takes it.

Which properties `sorts` accepts, and how many, is UNKNOWN (API sheet, section 4). By time alone, cases that
were changed at one instant come in whatever order the server likes, so the id is asked for as a second key.
A server that refuses it is asked without it from then on.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from adapters.smartadvocate import wire
from adapters.smartadvocate.answers import listed, loaded_list
from adapters.smartadvocate.call import Answer, Call, Operation, body_of
from adapters.smartadvocate.caller import Caller
from adapters.smartadvocate.profile import Profile
from adapters.smartadvocate.routes import Purpose
from adapters.smartadvocate.wire_cases import read_case
from core.errors import CasebridgeError, RateLimitedError, RejectedBySmartAdvocateError, TransientError
from core.firm import Firm
from core.ports.case_management import CasePage

MANY: Final = 500  # rows asked for at a time where a set is read, or as many as a page has
_SERVER_ERROR: Final = 500


class CaseSearch:
    """One for a process, used by all its threads. It remembers which firms' servers take the second key."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._takes_ids: dict[str, bool] = {}

    def __call__(self, firm: Firm, since: datetime, until: datetime, page: int, *, by_id: bool) -> CasePage:
        """See `core.ports.case_management.CaseManagement.search_cases`."""
        site = self._caller.site(firm)
        operation = Operation(firm.firm_id, "search cases")
        size = max(firm.page_size, MANY) if by_id else firm.page_size
        keys = _keys(site.profile, by_id=by_id)

        def ask(keys: Sequence[str]) -> Answer:
            request: dict[str, Any] = {"currentPage": page, "pageSize": size}
            if keys:
                request["sorts"] = [{"propertyPath": key, "sortDirection": "Ascending"} for key in keys]
            window = {
                "modifiedFromDateTime": wire.moment_from(since),
                "modifiedToDateTime": wire.moment_until(until),
                "pageRequest": request,
            }
            body = body_of(window)
            return self._caller.ask(Call(firm, site, operation, Purpose.SEARCH_CASES, body=body))

        answer = self._asked(firm, ask, keys, _keys(site.profile, ids=False))
        # An empty 200 is an empty page (API sheet, section 3).
        content = loaded_list(answer)
        asked = firm.mapping.asked
        cases = [read_case(row, site.profile, asked) for row in listed(answer, content, "cases")]
        return CasePage(tuple(cases), wire.total(content))

    def _asked(
        self,
        firm: Firm,
        ask: Callable[[Sequence[str]], Answer],
        keys: Sequence[str],
        without_ids: Sequence[str],
    ) -> Answer:
        takes_ids = self._takes_ids.get(firm.firm_id)
        if keys == without_ids or takes_ids is False:
            return ask(without_ids)
        try:
            answer = ask(keys)
        except (RejectedBySmartAdvocateError, TransientError) as error:
            if takes_ids or not _may_be_the_keys(error):
                raise
            # Known from here on, though the next request may be put off. Refused too, it was not the key.
            self._takes_ids[firm.firm_id] = False
            try:
                return ask(without_ids)
            except RejectedBySmartAdvocateError:
                del self._takes_ids[firm.firm_id]
                raise
        self._takes_ids[firm.firm_id] = True
        return answer


def _keys(profile: Profile, *, by_id: bool = False, ids: bool = True) -> tuple[str, ...]:
    tie_sort = profile.search_tie_sort if ids and profile.search_sort is not None else None
    if by_id and tie_sort is not None:
        return (tie_sort,)
    return tuple(key for key in (profile.search_sort, tie_sort) if key is not None)


def _may_be_the_keys(error: CasebridgeError) -> bool:
    """Tell whether the server may have stumbled over a property: it refused the search, or broke over it."""
    if isinstance(error, RateLimitedError):
        return False
    return isinstance(error, RejectedBySmartAdvocateError) or error.status == _SERVER_ERROR
