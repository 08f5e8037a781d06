"""Who at the firm gets letters, and about what."""

from fastapi import FastAPI, Request, Response

from adapters.web.pages.shell.cursor import firm_url
from adapters.web.pages.shell.flash import Done, Tone
from adapters.web.pages.shell.form import Posted
from adapters.web.pages.shell.shell import Shell
from core.desk import Desk
from core.letter import is_mail_address

_PATH = "/firms/{firm_id}/notifications"


def add_notification_pages(app: FastAPI, desk: Desk, shell: Shell) -> None:
    """Add the page and its forms."""
    pages, router = _Pages(desk, shell), shell.router()
    router.get(_PATH)(pages.page)
    router.post(_PATH)(pages.set)
    router.post(f"{_PATH}/remove")(pages.remove)
    router.post(f"{_PATH}/try")(pages.try_out)
    app.include_router(router)


class _Pages:
    def __init__(self, desk: Desk, shell: Shell) -> None:
        self._desk = desk
        self._shell = shell

    def page(self, request: Request, firm_id: str) -> Response:
        """Who gets letters."""
        return self._page(request, firm_id)

    def set(self, request: Request, firm_id: str, form: Posted) -> Response:
        """Let somebody get letters, or other ones than before."""
        address = form.one("address")
        if not is_mail_address(address):
            return self._page(
                request, firm_id, address, "Write one e-mail address, such as ada@firm.com", 400
            )
        problems, exceptions = form.has("problems"), form.has("exceptions")
        if not problems and not exceptions:
            return self._page(request, firm_id, address, "Choose at least one kind of letter", 400)
        recipient = self._desk.set_recipient(
            self._shell.who(request), firm_id, address, problems=problems, exceptions=exceptions
        )
        return self._shell.to(_url(firm_id), Done(f"{recipient.address} gets letters."))

    def remove(self, request: Request, firm_id: str, form: Posted) -> Response:
        """Send somebody no more letters."""
        self._desk.set_recipient.remove(self._shell.who(request), firm_id, form.one("address"))
        return self._shell.to(_url(firm_id), Done(f"{form.one('address')} gets no more letters.", Tone.INFO))

    def try_out(self, request: Request, firm_id: str, form: Posted) -> Response:
        """Send one letter, to see whether it arrives."""
        self._desk.set_recipient.try_out(self._shell.who(request), firm_id, form.one("address"))
        told = f"A letter to {form.one('address')} is on its way. If it does not come, look here again."
        return self._shell.to(_url(firm_id), Done(told, Tone.WAIT))

    def _page(
        self, request: Request, firm_id: str, address: str = "", wrong: str = "", status: int = 200
    ) -> Response:
        actor = self._shell.who(request)
        return self._shell.page(
            request,
            "firm/notifications.html",
            firm=self._desk.firms.get(actor, firm_id),
            status=status,
            recipients=self._desk.records.recipients(actor, firm_id),
            address=address,
            wrong=wrong,
            url=_url(firm_id),
            reports=firm_url(firm_id, "/exception-reports"),
        )


def _url(firm_id: str) -> str:
    return firm_url(firm_id, "/notifications")
