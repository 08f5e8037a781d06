"""Verification: 2 to 5 test cases are tried before a firm goes live; each result can be printed."""

from fastapi import FastAPI, Request, Response

from adapters.web.pages.shell.cursor import firm_url
from adapters.web.pages.shell.flash import Done, Tone
from adapters.web.pages.shell.form import Form, Posted
from adapters.web.pages.shell.shell import Shell
from core.desk import Desk
from core.errors import UnknownThingError
from core.thing import Thing

_PATH = "/firms/{firm_id}/verifications"


def add_verification_pages(app: FastAPI, desk: Desk, shell: Shell) -> None:
    """Add the pages and the form."""
    pages, router = _Pages(desk, shell), shell.router()
    router.get(_PATH)(pages.page)
    router.post(_PATH)(pages.verify)
    router.get(_PATH + "/{number:int}")(pages.result)
    app.include_router(router)


class _Pages:
    def __init__(self, desk: Desk, shell: Shell) -> None:
        self._desk = desk
        self._shell = shell

    def page(self, request: Request, firm_id: str) -> Response:
        """The form, and what was verified before."""
        actor = self._shell.who(request)
        return self._shell.page(
            request,
            "verifications/list.html",
            firm=self._desk.firms.get(actor, firm_id),
            results=self._desk.records.verifications(actor, firm_id),
            url=firm_url(firm_id),
        )

    def verify(self, request: Request, firm_id: str, form: Posted) -> Response:
        """Try the cases; what is written to SmartAdvocate is asked about first."""
        actor, cases = self._shell.who(request), _cases(form)
        firm, write = self._desk.firms.get(actor, firm_id), form.has("write")
        if write and not form.has("sure"):
            return self._shell.page(
                request,
                "shell/question.html",
                firm=firm,
                title=f"Write a test note and a test document to {len(cases)} cases?",
                text="Both say that they are tests and may be deleted. Nothing is announced to clients.",
                facts=[(f"Case {place}", case) for place, case in enumerate(cases, 1)],
                action=firm_url(firm_id, "/verifications"),
                cancel=firm_url(firm_id, "/verifications"),
                button="Write and try them",
                fields=[*(("case", case) for case in cases), ("write", "yes")],
            )
        number, result = self._desk.verify_firm(actor, firm, cases, write=write)
        done = Done("All passed.") if result.passed else Done("Some checks failed; see which.", Tone.BAD)
        return self._shell.to(firm_url(firm_id, f"/verifications/{number}"), done)

    def result(self, request: Request, firm_id: str, number: int) -> Response:
        """One verification."""
        actor = self._shell.who(request)
        found = self._desk.records.verification(actor, number)
        if found.firm_id != firm_id:
            raise UnknownThingError(
                f"there is no verification {number} of this firm", thing=Thing.VERIFICATION
            )
        firm = self._desk.firms.get(actor, firm_id)
        return self._shell.page(
            request, "verifications/result.html", firm=firm, found=found, url=firm_url(firm_id)
        )


def _cases(form: Form) -> list[str]:
    """Return what was pasted: one field a case."""
    return form.all("case")
