"""Variables with our prefix that are no settings: a slip of the pen would else be ignored in silence."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

_PREFIX: Final = "CASEBRIDGE_"
# Read by others than a process of the service: by one command, and by the tests.
_ELSEWHERE: Final = re.compile(r"CONNECT_PASSWORD|TEST_\w+")
# Kubernetes tells each container where services are: those whose names begin with "casebridge".
_OF_KUBERNETES: Final = re.compile(
    r"(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)=.*|(\w+_)?PORT=\w+://.*"
)


# What was one, and what has become of it.
_FORMER: Final[Mapping[str, str]] = {
    "LEASE_S": "claims last as long as their process gives its heartbeat",
    "DOCUMENT_LEASE_S": "claims last as long as their process gives its heartbeat; "
    "how long a document may take is CASEBRIDGE_DOCUMENT_LIMIT_S",
}


def strangers(environment: Mapping[str, str], known: Sequence[str]) -> Iterator[str]:
    """Yield a sentence for each variable that is none of the `known`, with the one it may be meant for."""
    for name, value in sorted(environment.items()):
        if not name.upper().startswith(_PREFIX) or name in known or not value:
            continue
        rest = name.upper().removeprefix(_PREFIX)
        if not _ELSEWHERE.fullmatch(rest) and not _OF_KUBERNETES.fullmatch(f"{rest}={value}"):
            yield _meant(name, known)


def _meant(name: str, known: Sequence[str]) -> str:
    former = _FORMER.get(name.upper().removeprefix(_PREFIX))
    if former is not None:
        return f"{name} is no setting any more: {former}"
    from adapters.system.closest import closest_names  # loaded by what failed

    names = [variable.removeprefix(_PREFIX) for variable in known]
    close = closest_names(name.upper().removeprefix(_PREFIX), names)
    return f"{name} is no setting" + (f"; the nearest is {_PREFIX}{close[0]}" if close else "")
