"""Whether the process is alive, and whether it can do its work."""

from collections.abc import Callable, Mapping

import structlog
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from core.errors import CasebridgeError

_log = structlog.get_logger(__name__)

# name of a part -> raises when it is not ready
Checks = Mapping[str, Callable[[], object]]


def add_health(app: FastAPI, checks: Checks) -> None:
    """Add the routes. They need no key and name no reason that is not for everybody."""

    @app.get("/livez", summary="Is the process alive?")
    async def livez() -> dict[str, str]:
        """Answer as long as the process serves requests, also while each thread has one that waits."""
        return {"status": "ok"}

    @app.get("/readyz", summary="Can it do its work?")
    def readyz() -> JSONResponse:
        """Answer 503 while a part it needs is out of reach, naming the part."""
        states = {name: _state(check) for name, check in checks.items()}
        ready = all(state == "ok" for state in states.values())
        return JSONResponse(
            {"status": "ok" if ready else "unavailable", "parts": states}, 200 if ready else 503
        )


def _state(check: Callable[[], object]) -> str:
    try:
        check()
    except CasebridgeError as error:
        return f"unavailable ({type(error).__name__})"
    except Exception as error:  # noqa: BLE001 - whatever it is, the part is not ready
        _log.error("unexpected_error", doing="readiness", exc_info=error)
        return f"unavailable ({type(error).__name__})"
    return "ok"
