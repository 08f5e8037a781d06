"""`/api-keys`: the keys of programs, for who manages firms."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Request, Response

from adapters.web.pages.shell.cursor import from_text, to_text
from adapters.web.pages.shell.flash import Done
from adapters.web.pages.shell.form import Form, Posted
from adapters.web.pages.shell.shell import Shell
from core.actor import ALL_FIRMS, Actor, AllFirms, Power, reach_of
from core.api_key import OVERLAP, ApiKey, KeyState, NewKey
from core.desk import Desk
from core.errors import ConfigurationError, UnknownFirmError

_ROWS: Final = 50
_SCOPES: Final = (
    (Power.SEND_EVENTS, "Hand in messages and documents"),
    (Power.LOOK, "Look at cases, deliveries, settings"),
    (Power.CHANGE, "Change settings, connect, start and cancel runs"),
    (Power.OPERATE, "Keep it going: replays, pauses, rejected events"),
    (Power.MANAGE, "What managers do: resets, deletion; and all of operate"),
)
_LIVES: Final = (("90", "90 days"), ("365", "One year"), ("0", "Until it is revoked"))
_OVERLAPS: Final = (("0", "Not at all"), ("1", "One hour"), ("24", "One day"), ("168", "One week"))
_STATES: Final = {
    KeyState.GOOD: ("good", "Good"),
    KeyState.ENDING: ("wait", "Has a successor"),
    KeyState.EXPIRED: ("off", "Expired"),
    KeyState.REVOKED: ("off", "Revoked"),
}


def add_api_key_pages(app: FastAPI, desk: Desk, shell: Shell) -> None:
    """Add the pages."""
    pages = _ApiKeyPages(desk, shell)
    router: APIRouter = shell.router()
    router.get("/api-keys")(pages.page)
    router.post("/api-keys")(pages.add)
    router.get("/api-keys/{key_id}/rotate")(pages.ask_rotate)
    router.post("/api-keys/{key_id}/rotate")(pages.rotate)
    router.get("/api-keys/{key_id}/revoke")(pages.ask_revoke)
    router.post("/api-keys/{key_id}/revoke")(pages.revoke)
    app.include_router(router)


_DAYS_DIGITS: Final = 5


class _ApiKeyPages:
    def __init__(self, desk: Desk, shell: Shell) -> None:
        self._desk = desk
        self._manage = desk.manage_api_keys
        self._shell = shell

    def page(self, request: Request) -> Response:
        """List the keys, with a form for another one."""
        return self._page(request, self._shell.who(request), Form({"scope": ["events"], "days": ["365"]}))

    def add(self, request: Request, form: Posted) -> Response:
        """Make a key and show it this once; or the form again, with what is wrong."""
        actor = self._shell.who(request)
        named = form.one("firms").replace(",", " ").split()
        try:
            if not named:
                raise ConfigurationError("name at least one firm by its id, or * for all")  # noqa: TRY301 - told like the others below
            days = _days(form.one("days"))
            scopes = frozenset(Power(one) for one in form.all("scope") if one in {p.value for p in Power})
            life = timedelta(days=min(days, 3650)) if days else None
            made = self._manage.add(actor, form.one("name"), scopes, reach_of(named), life)
        except (ConfigurationError, UnknownFirmError) as error:
            return self._page(request, actor, form, str(error), status=400)
        return self._made(request, made, None)

    def ask_rotate(self, request: Request, key_id: int) -> Response:
        """Ask how long the old key is to go on."""
        key = self._key(request, key_id)
        hours = str(int(OVERLAP.total_seconds() // 3600))
        return self._shell.page(
            request, "access/rotate.html", key=key, firms=_firms(key), overlaps=_OVERLAPS, chosen=hours
        )

    def rotate(self, request: Request, key_id: int, form: Posted) -> Response:
        """Make another key in its place, and show it this once."""
        actor = self._shell.who(request)
        hours = form.one("hours")
        overlap = timedelta(hours=int(hours)) if hours.isdecimal() and len(hours) < 5 else OVERLAP
        made = self._manage.rotate(actor, key_id, overlap)
        return self._made(request, made, key_id)

    def ask_revoke(self, request: Request, key_id: int) -> Response:
        """Ask whether the key is to end now."""
        key = self._key(request, key_id)
        return self._shell.page(request, "access/revoke.html", key=key, firms=_firms(key))

    def revoke(self, request: Request, key_id: int) -> Response:
        """End the key."""
        key = self._manage.revoke(self._shell.who(request), key_id)
        return self._shell.to("/api-keys", Done(f"The key {key.name} is revoked: it ends within seconds"))

    def _key(self, request: Request, key_id: int) -> ApiKey:
        return self._desk.access.api_key(self._shell.who(request), key_id)

    def _page(
        self, request: Request, actor: Actor, form: Form, wrong: str = "", status: int = 200
    ) -> Response:
        now = self._desk.clock.now()
        given = request.query_params
        is_all, words, after = bool(given.get("all")), given.get("q", "").strip(), given.get("after")
        place = from_text(after, int)
        page = self._desk.access.api_keys(actor, place, _ROWS, with_over=is_all, words=words)
        rows = [
            {"key": key, "firms": _firms(key), "state": _STATES[key.state(now)], "opens": key.opens(now),
             "is_good": key.state(now) is KeyState.GOOD}
            for key in page.rows
        ]  # fmt: skip
        own = actor.firms
        suggested = ALL_FIRMS.value if isinstance(own, AllFirms) else " ".join(sorted(own)[:20])
        return self._shell.page(
            request,
            "access/api_keys.html",
            status=status,
            rows=rows,
            is_all=is_all,
            words=words,
            first=_address(words, is_all=is_all) if place else None,
            next=_address(words, is_all=is_all, after=to_text(page.next)) if page.next else None,
            scopes=_SCOPES,
            lives=_LIVES,
            form=form,
            suggested=suggested,
            wrong=wrong,
        )

    def _made(self, request: Request, made: NewKey, instead_of: int | None) -> Response:
        return self._shell.page(
            request,
            "access/api_key_made.html",
            key=made.key,
            secret=made.secret,
            firms=_firms(made.key),
            instead_of=instead_of,
        )


def _address(words: str, *, is_all: bool, after: str | None = None) -> str:
    named = {"q": words, "all": "1" if is_all else "", "after": after}
    query = urlencode({name: value for name, value in named.items() if value})
    return f"/api-keys?{query}" if query else "/api-keys"


def _firms(key: ApiKey) -> str:
    return "all firms" if isinstance(key.firms, AllFirms) else ", ".join(sorted(key.firms)) or "none any more"


def _days(text: str) -> int:
    """Return for how many days a key is to be good, 0 for ever. Raises ConfigurationError."""
    if not text:
        return 365
    if not text.isdecimal() or len(text) > _DAYS_DIGITS:
        raise ConfigurationError("choose for how many days the key is to be good")
    return int(text)
