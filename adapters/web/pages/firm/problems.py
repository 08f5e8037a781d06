"""Problems by cause, each with the form that mends it."""

import hashlib
from collections.abc import Sequence

from fastapi import FastAPI, Request, Response

from adapters.web.pages import firm_words
from adapters.web.pages.mapping.asking import Asking
from adapters.web.pages.page_words import WORDS
from adapters.web.pages.shell.cursor import firm_url, from_text, to_text
from adapters.web.pages.shell.flash import Done
from adapters.web.pages.shell.form import Form, Posted
from adapters.web.pages.shell.numbers import count, verb
from adapters.web.pages.shell.shell import Shell
from core.actor import GOES_ON, Actor
from core.case import SkipReason
from core.delivery import DeliveryState
from core.delivery_selection import Selection
from core.desk import Desk
from core.errors import ConfigurationError, UnknownThingError
from core.event import EventKind
from core.firm import Firm
from core.firm_view import ProblemGroup
from core.issue import CLOSED_BY_A_PERSON, IssueKind
from core.queries.problem_groups import Cause, Problems
from core.reason import Reason
from core.setting_state import state_of
from core.setting_version import SettingKind
from core.stage import PracticeAreas
from core.stage_edit import area_of, with_names, with_types
from core.thing import Thing

_PATH = "/firms/{firm_id}/problems"
# What cases and deliveries say already, each with what mends it.
_SHOWN_ABOVE = {
    IssueKind.STAGE_UNMAPPED,
    IssueKind.PRACTICE_AREA_UNMAPPED,
    IssueKind.DELIVERY_HELD,
    IssueKind.DELIVERY_FAILED,
}


def add_problem_pages(app: FastAPI, desk: Desk, shell: Shell) -> None:
    """Add the page and its forms."""
    pages, router = _Pages(desk, shell), shell.router()
    router.get(_PATH)(pages.page)
    router.get(f"{_PATH}/cases")(pages.cases)
    router.post(f"{_PATH}/match")(pages.match)
    router.post(f"{_PATH}/again")(pages.again)
    router.post(f"{_PATH}/send")(pages.send)
    router.post(f"{_PATH}/close")(pages.close)
    app.include_router(router)


class _Pages:
    def __init__(self, desk: Desk, shell: Shell) -> None:
        self._desk = desk
        self._shell = shell
        self._asking = Asking(desk, shell)

    def page(self, request: Request, firm_id: str) -> Response:
        """What is wrong, the oldest first."""
        actor = self._shell.who(request)
        problems = self._desk.problem_groups(actor, firm_id)
        under_way = self._desk.runs.all(actor, firm_id, 1)
        run = self._desk.runs.view(actor, under_way[0].run_id) if under_way else None
        return self._shell.page(
            request,
            "firm/problems.html",
            firm=problems.firm,
            problems=problems,
            run=run if run and run.run.state == "waiting" else None,
            issues=[issue for issue in problems.issues if issue.kind not in _SHOWN_ABOVE],
            card=card_of,
            state=state,
            may_close=CLOSED_BY_A_PERSON if actor.may(GOES_ON) else (),
            url=firm_url(firm_id),
            words=firm_words,
            reasons=WORDS,
        )

    def cases(self, request: Request, firm_id: str, reason: str = "", after: str = "") -> Response:
        """The cases with one problem."""
        actor = self._shell.who(request)
        only = SkipReason(reason) if reason in tuple(SkipReason) else None
        place = from_text(after, str)
        page = self._desk.cases.problem_page(actor, firm_id, only, place, 100)
        return self._shell.page(
            request,
            "firm/problem_cases.html",
            firm=self._desk.firms.get(actor, firm_id),
            reason=only,
            page=page,
            next=to_text(page.next),
            is_first=place is None,
            url=firm_url(firm_id),
            words=firm_words,
        )

    def match(self, request: Request, firm_id: str, form: Posted) -> Response:
        """Give a name of SmartAdvocate a stage or a practice area; first show what that would do."""
        actor = self._shell.who(request)
        problems = self._desk.problem_groups(actor, firm_id)
        cause = _chosen(problems, form)
        areas, sentence = mended(problems.firm, cause.group, form.one("place"))
        where = firm_url(firm_id, "/problems")
        if not form.has("sure"):
            return self._asking.areas(
                request,
                actor,
                problems.firm,
                areas,
                title=sentence,
                lead=_what_follows(cause.group),
                action=f"{where}/match",
                cancel=where,
                button=f"Save, and sync {count(cause.group.cases, 'case')}",
                fields=form.fields(),
            )
        return self._shell.to(where, self._mended(actor, firm_id, areas, cause, sentence, form))

    def again(self, request: Request, firm_id: str, form: Posted) -> Response:
        """Try all cases with a problem again."""
        actor, where = self._shell.who(request), firm_url(firm_id, "/problems")
        if not form.has("sure"):
            problems = self._desk.problem_groups(actor, firm_id)
            text = (
                f"{count(problems.cases, 'case')} {verb(problems.cases, 'has')} a problem. Each is read from "
                "SmartAdvocate again; what is well now comes over."
            )
            return self._shell.page(
                request,
                "shell/question.html",
                firm=problems.firm,
                title="Try all cases with a problem again?",
                text=text,
                action=f"{where}/again",
                cancel=where,
                button="Try them again",
                fields=(),
            )
        run = self._desk.retry_problems(actor, firm_id)
        return self._shell.to(firm_url(firm_id, f"/runs/{run.run_id}"), Done("They are tried again now."))

    def send(self, request: Request, firm_id: str, form: Posted) -> Response:
        """Let messages or documents that wait for one reason leave again; first say how many."""
        actor, where, chosen = (
            self._shell.who(request),
            firm_url(firm_id, "/problems"),
            _selected(firm_id, form),
        )
        if form.has("sure"):
            number = self._desk.replay_deliveries(actor, chosen)
            return self._shell.to(where, Done(f"{count(number, 'delivery', 'deliveries')} sent again."))
        number = self._desk.replay_deliveries.count(actor, chosen)
        noun = firm_words.KINDS[chosen.kind] if chosen.kind else "delivery"
        return self._shell.page(
            request,
            "shell/question.html",
            firm=self._desk.firms.get(actor, firm_id),
            title=f"Send {count(number, noun)} again?",
            text=(
                "What may have reached SmartAdvocate already is looked for there first, so nothing is "
                "written twice. Where the cause is not cured they wait again."
            ),
            action=f"{where}/send",
            cancel=where,
            button="Send again",
            fields=form.fields(),
        )

    def close(self, request: Request, firm_id: str, form: Posted) -> Response:
        """Call one thing that was noticed dealt with."""
        kind = form.one("kind")
        if kind not in tuple(IssueKind):
            raise ConfigurationError("this form is of another release; load the page again")
        self._desk.close_issue(self._shell.who(request), firm_id, IssueKind(kind), form.one("key"))
        return self._shell.to(firm_url(firm_id, "/problems"), Done("It is called dealt with."))

    def _mended(
        self, actor: Actor, firm_id: str, areas: PracticeAreas, cause: Cause, sentence: str, form: Form
    ) -> Done:
        saved = self._desk.change_settings.practice_areas(
            actor, firm_id, areas, anyway=True, expected=[form.one("state")]
        )
        cases = count(cause.group.cases, "case")
        follows = (
            f"{cases} {verb(cause.group.cases, 'syncs')} now." if saved.retry else "Nothing had to be synced."
        )
        return Done(f"Saved: {sentence}. {follows}")


def card_of(group: ProblemGroup) -> str:
    """Return the id of a problem's card: the same as long as the problem is."""
    text = "\n".join((group.reason, group.scope, group.name))
    return "p" + hashlib.sha256(text.encode()).hexdigest()[:12]


def mended(firm: Firm, group: ProblemGroup, place: str) -> tuple[PracticeAreas, str]:
    """Return practice areas that mend it, and what they say. Raises ConfigurationError for no such place."""
    if not place:
        raise ConfigurationError("nothing was chosen")
    if group.reason is SkipReason.PRACTICE_AREA_UNMAPPED:
        area = area_of(firm.practice_areas, place)
        areas = with_types(firm.practice_areas, place, (*area.mappings, group.name))
        return areas, f"case type “{group.name}” belongs to {place}"
    areas = with_names(firm.practice_areas, group.scope, place, [group.name])
    return areas, f"status “{group.name}” means “{place}” in {group.scope}"


def _selected(firm_id: str, form: Form) -> Selection:
    """Return the deliveries that the form is about: all of one kind, state and reason."""
    kind, state = form.one("kind"), form.one("delivery_state")
    if kind not in tuple(EventKind) or state not in {DeliveryState.HELD, DeliveryState.FAILED}:
        raise ConfigurationError("this form is of another release; load the page again")
    word = form.one("reason")
    reason = Reason(word) if word in tuple(Reason) else None
    return Selection(firm_id, kind=EventKind(kind), states=(DeliveryState(state),), reason=reason)


def _chosen(problems: Problems, form: Form) -> Cause:
    named = (form.one("reason"), form.one("scope"), form.one("name"))
    found: Sequence[Cause] = [
        cause
        for cause in problems.causes
        if (cause.group.reason, cause.group.scope, cause.group.name.strip()) == named
    ]
    if not found or not found[0].group.is_unmatched:
        raise UnknownThingError(
            "this problem is mended already", thing=Thing.PROBLEM, firm_id=problems.firm.firm_id
        )
    return found[0]


def _what_follows(group: ProblemGroup) -> str:
    kept = group.cases - group.skipped
    parts = []
    if group.skipped:
        parts.append(f"{count(group.skipped, 'case')} {verb(group.skipped, 'is')} skipped because of it")
    if kept:
        parts.append(f"{count(kept, 'case')} {verb(kept, 'keeps')} what {verb(kept, 'it')} had")
    told = " and ".join(parts)
    return f"{told}. They are read from SmartAdvocate again as soon as you save." if told else ""


def state(firm: Firm) -> str:
    """Return the state of the firm's practice areas, which a form carries."""
    return state_of(firm, SettingKind.PRACTICE_AREAS)
