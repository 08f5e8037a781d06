"""Letters: what is told to whom, and what becomes of one that a mail server does not take."""

from datetime import timedelta

import pytest

from adapters.mail.letter_words import TITLES, subject_of, text_of
from core.actor import SYSTEM, Actor, Role
from core.case import Outcome
from core.errors import CasebridgeError, NeedsPersonError, PermanentError, TransientError, UnknownThingError
from core.issue import IssueKind
from core.letter import Content, Letter, LetterKind, mail_address, next_try
from core.ports.mail import Mail
from core.reason import Reason
from core.run import CaseResult, Run, RunState, Trigger
from core.usecases.send_letters import SendLetters
from core.usecases.set_recipient import MOST, SetRecipient
from core.usecases.write_letters import LASTING, WriteLetters
from core.window import window_for
from tests.fakes import FakeClock, FakeStore
from tests.fakes.samples import NOON, a_firm

ANN = "ann@north.example"
ADMIN = Actor("ada", Role.FIRM_ADMIN, frozenset({"north"}))


class FakeMail(Mail):
    """A mail server. Errors put in `failures` are raised by the next letters."""

    def __init__(self) -> None:
        self.taken: list[tuple[Letter, Content]] = []
        self.failures: list[Exception] = []

    def send(self, letter: Letter, content: Content) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append((letter, content))


class Office:
    """A firm with a recipient, and all that becomes of letters."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = FakeStore(self.clock)
        uow = self.store.unit_of_work
        self.mail = FakeMail()
        self.write = WriteLetters(uow, self.clock)
        self.send = SendLetters(uow, self.mail)
        self.recipients = SetRecipient(uow, self.clock, has_mail=True)
        with uow() as work:
            work.firms.save(a_firm("north", name="North & Sons"))
            work.commit()
        self.recipients(ADMIN, "north", ANN, problems=True, exceptions=False)

    def issue(self, key: str = "key", kind: IssueKind = IssueKind.SYNC_FAILED) -> None:
        with self.store.unit_of_work() as uow:
            uow.issues.open("north", kind, key, f"what was seen of {key}")
            uow.commit()

    def all_day(self) -> list[tuple[Letter, Content]]:
        """Let some time pass, and return what was taken since the last time."""
        before = len(self.mail.taken)
        self.clock.advance(LASTING)
        self.write(SYSTEM)
        self.send(SYSTEM)
        return self.mail.taken[before:]

    def trouble(self) -> str | None:
        return self.store.tables.recipients["north", ANN].trouble


@pytest.fixture
def office() -> Office:
    return Office()


def test_all_that_came_up_is_one_letter_and_all_that_is_over_another(office: Office) -> None:
    office.issue("a")
    office.issue("b")
    [(letter, content)] = office.all_day()
    assert subject_of(letter, content) == "North & Sons: 2 problems that somebody should look at"
    text = text_of(letter, content, "https://cb.example/firms/north")
    assert "what was seen of a" in text
    assert "https://cb.example/firms/north/problems" in text
    assert office.all_day() == []
    with office.store.unit_of_work() as uow:
        uow.issues.resolve("north", IssueKind.SYNC_FAILED)
        uow.commit()
    [(letter, content)] = office.all_day()
    assert subject_of(letter, content) == "North & Sons: 2 problems over"
    assert office.all_day() == []


def test_what_is_over_within_two_minutes_wakes_nobody(office: Office) -> None:
    office.issue()
    office.clock.advance(LASTING - timedelta(seconds=1))
    assert office.write(SYSTEM) == 0
    with office.store.unit_of_work() as uow:
        uow.issues.resolve("north", IssueKind.SYNC_FAILED)
        uow.commit()
    assert office.all_day() == []


def test_a_server_that_is_away_gets_the_letter_later(office: Office) -> None:
    office.issue()
    office.mail.failures = [TransientError("away"), TransientError("away")]
    assert office.all_day() == []
    assert office.trouble() == "away"
    assert office.all_day() == []
    [(letter, _)] = office.all_day()
    assert letter.tries == 3
    assert office.trouble() is None


def test_a_letter_nobody_takes_is_given_up_after_two_days_and_its_recipient_says_so(office: Office) -> None:
    office.issue()
    office.mail.failures = [TransientError("away") for _ in range(200)]
    for _ in range(100):
        office.clock.advance(timedelta(hours=1))
        assert office.all_day() == []
    assert 40 < 200 - len(office.mail.failures) < 60
    assert office.trouble() == "away"


@pytest.mark.parametrize("error", [PermanentError("no such person"), PermanentError("too large")])
def test_a_refused_letter_is_not_repeated(office: Office, error: CasebridgeError) -> None:
    office.issue()
    office.mail.failures = [error]
    office.all_day()
    office.clock.advance(timedelta(days=1))
    assert office.all_day() == []
    assert office.trouble() == str(error)


def test_a_server_that_refuses_us_is_said_and_the_letter_waits(office: Office) -> None:
    office.issue()
    office.mail.failures = [NeedsPersonError("refused", reason=Reason.MAIL_REFUSED)]
    with pytest.raises(NeedsPersonError):
        office.all_day()
    assert len(office.all_day()) == 1


def test_one_letters_defect_holds_up_no_other(office: Office) -> None:
    office.recipients(ADMIN, "north", "bob@north.example", problems=True, exceptions=False)
    office.issue()
    office.mail.failures = [RuntimeError("ann@north.example wrote: secret")]
    assert len(office.all_day()) == 1
    assert office.trouble() == "an unexpected RuntimeError in the sending of a letter"


def test_the_result_of_a_run_goes_to_who_started_it_without_names_of_clients(office: Office) -> None:
    with office.store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.MANUAL, window_for(office.clock.now(), first=False))
        uow.letters.tell_when_ended(run.run_id, "north", "ada@north.example")
        uow.runs.advance(run, None, [CaseResult("17", Outcome.SKIPPED, "C-17", client="Jane Doe")])
        uow.runs.finish(run.run_id, RunState.FINISHED)
        uow.commit()
    [(letter, content)] = office.all_day()
    assert letter.address == "ada@north.example"
    assert subject_of(letter, content) == f"North & Sons: sync {run.run_id} has finished"
    assert "C-17" in "".join(content.table)
    assert "Jane Doe" not in "".join([*content.table, text_of(letter, content, "https://cb.example")])


def test_a_report_of_the_night_goes_to_who_asked_for_it(office: Office) -> None:
    office.recipients(ADMIN, "north", ANN, problems=False, exceptions=True)
    report = {
        "cases": 1,
        "by_reason": {"no_client": 1, "invented_later": 1},
        "listed": [{"readable_id": "C-17", "client": "Jane Doe"}],
    }
    with office.store.unit_of_work() as uow:
        uow.reports.save_exceptions("north", office.clock.now().date(), report)
        uow.commit()
    [(letter, content)] = office.all_day()
    text = text_of(letter, content, "https://cb.example/firms/north")
    assert subject_of(letter, content).startswith("North & Sons: 1 case did not sync")
    assert "- no client: 1" in text
    assert "C-17" in "".join(content.table)
    assert "Jane Doe" not in text + "".join(content.table)


def test_what_is_too_long_for_a_letter_is_said_in_it_and_in_its_file(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.usecases.send_letters.MOST_ATTACHED", 200)
    with office.store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.MANUAL, window_for(office.clock.now(), first=False))
        uow.letters.tell_when_ended(run.run_id, "north", "ada@north.example")
        skipped = [CaseResult(str(number), Outcome.SKIPPED, f"C-{number}") for number in range(100, 130)]
        uow.runs.advance(run, None, skipped)
        uow.runs.finish(run.run_id, RunState.FINISHED)
        uow.commit()
    [(letter, content)] = office.all_day()
    *rows, last = content.table[1:]
    assert 0 < len(rows) < 30
    assert f"{30 - len(rows)} more are not in this file" in last
    assert f"{30 - len(rows)} cases more" in text_of(letter, content, "https://cb.example")


def test_a_report_that_lists_some_cases_says_how_many_it_does_not(office: Office) -> None:
    office.recipients(ADMIN, "north", ANN, problems=False, exceptions=True)
    report = {"cases": 1_200, "by_reason": {"no_client": 1_200}, "listed": [{"readable_id": "C-17"}]}
    with office.store.unit_of_work() as uow:
        uow.reports.save_exceptions("north", office.clock.now().date(), report)
        uow.commit()
    [(letter, content)] = office.all_day()
    assert "1,199 more are not in this file" in content.table[-1]
    assert "1,199 cases more" in text_of(letter, content, "https://cb.example")


def test_a_trial_is_sent_once_a_minute_to_somebody_on_the_list_alone(office: Office) -> None:
    for _ in range(2):
        office.recipients.try_out(ADMIN, "north", ANN)
    assert [letter.kind for letter, _ in office.all_day()] == [LetterKind.TRIAL]
    with pytest.raises(UnknownThingError):
        office.recipients.try_out(ADMIN, "north", "who@north.example")
    without = SetRecipient(office.store.unit_of_work, office.clock, has_mail=False)
    with pytest.raises(PermanentError) as caught:
        without.try_out(ADMIN, "north", ANN)
    assert caught.value.reason is Reason.MAIL_NOT_SET


def test_a_firm_has_so_many_recipients_at_the_most(office: Office) -> None:
    for number in range(MOST - 1):
        office.recipients(ADMIN, "north", f"p{number}@north.example", problems=True, exceptions=False)
    office.recipients(ADMIN, "north", ANN, problems=False, exceptions=False)
    with pytest.raises(PermanentError) as caught:
        office.recipients(ADMIN, "north", "one.more@north.example", problems=True, exceptions=False)
    assert caught.value.reason is Reason.TOO_MANY_RECIPIENTS


@pytest.mark.parametrize("text", ["ann@north.example", " Ann.O'Hara+x@North.Example ", "a@b-c.co"])
def test_an_address_is_taken_as_people_write_it(text: str) -> None:
    local, _, domain = text.strip().rpartition("@")
    assert mail_address(text, firm_id="north") == f"{local}@{domain.lower()}"


@pytest.mark.parametrize(
    "text",
    [
        *("", "ann", "ann@", "@north.example", "ann@north", "ann@@north.example", "a b@north.example"),
        *("ann@north.example\nBcc: eve@evil.example", "ann@north.example,eve@evil.example", "ann@-n.example"),
        *(
            "Ann <ann@north.example>",
            f"{'a' * 65}@north.example",
            f"a@{'b' * 250}.example",
            "änn@north.example",
        ),
    ],
)
def test_what_is_no_single_address_is_refused(text: str) -> None:
    with pytest.raises(PermanentError) as caught:
        mail_address(text, firm_id="north")
    assert caught.value.reason is Reason.MAIL_ADDRESS_INVALID


def test_every_kind_of_issue_has_a_title() -> None:
    assert set(TITLES) == set(IssueKind)


def test_the_pauses_of_a_letter_grow_to_an_hour() -> None:
    pauses = [
        next_try(Letter(1, "north", ANN, LetterKind.TRIAL, "1", tries, timedelta())) for tries in (1, 2, 3, 9)
    ]
    assert pauses == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4), timedelta(hours=1)]


def test_a_run_that_is_gone_is_said_to_be() -> None:
    letter = Letter(1, "north", ANN, LetterKind.RUN_RESULT, "17", 1, timedelta())
    assert subject_of(letter, Content("North")) == "North: sync 17 is no longer kept"
    run = Run(
        17,
        "north",
        Trigger.MANUAL,
        window_for(NOON, first=False),
        RunState.FAILED,
        NOON,
        reason=Reason.CANCELLED,
    )
    assert "(cancelled)" in text_of(letter, Content("North", run=run, counts={}), "https://cb.example")
