"""What letters promise (`core.ports.letters.Letters`)."""

from datetime import date, timedelta

import pytest

from core.actor import ALL_FIRMS
from core.issue import IssueKind
from core.letter import Letter, LetterKind, NewLetter, News, Recipient
from core.run import RunState, Trigger
from core.window import window_for
from tests.contract.lanes import save_firm
from tests.contract.stores import Store

KINDS = (IssueKind.SYNC_FAILED, IssueKind.STAGE_UNMAPPED)
NORTH = frozenset({"north"})
ANN = "ann@north.example"
LASTING = timedelta(minutes=2)


def add(
    store: Store,
    address: str = ANN,
    firm_id: str = "north",
    *,
    problems: bool = True,
    exceptions: bool = False,
) -> None:
    with store.unit_of_work() as uow:
        uow.letters.save_recipient(Recipient(firm_id, address, problems, exceptions))
        uow.commit()


def open_issue(
    store: Store, key: str = "key", kind: IssueKind = IssueKind.SYNC_FAILED, firm_id: str = "north"
) -> None:
    with store.unit_of_work() as uow:
        uow.issues.open(firm_id, kind, key, f"about {key}")
        uow.commit()


def resolve(store: Store, key: str = "key") -> None:
    with store.unit_of_work() as uow:
        assert uow.issues.resolve("north", IssueKind.SYNC_FAILED, key)
        uow.commit()


def untold(store: Store) -> list[News]:
    with store.unit_of_work() as uow:
        assert uow.letters.begin_writing()
        return list(uow.letters.untold(KINDS, LASTING, 100))


def recovered(store: Store) -> list[News]:
    with store.unit_of_work() as uow:
        return list(uow.letters.recovered(100))


def write(
    store: Store, kind: LetterKind = LetterKind.TRIAL, key: str = "1", *news: News, address: str = ANN
) -> bool:
    with store.unit_of_work() as uow:
        written = uow.letters.write(NewLetter("north", address, kind, key), news)
        uow.commit()
    return written


def claim(store: Store, limit: int = 10) -> list[Letter]:
    with store.unit_of_work() as uow:
        letters = list(uow.letters.claim(limit, timedelta(minutes=10)))
        uow.commit()
    return letters


def listed(store: Store) -> list[Recipient]:
    with store.unit_of_work() as uow:
        return list(uow.letters.recipients(ALL_FIRMS))


def test_recipients_are_listed_by_firm_and_address_and_changed_in_place(store: Store) -> None:
    add(store, "zoe@south.example", "south")
    add(store, "bob@north.example")
    add(store, exceptions=True)
    add(store, "bob@north.example", problems=False)
    assert listed(store) == [
        Recipient("north", ANN, problems=True, exceptions=True),
        Recipient("north", "bob@north.example", problems=False, exceptions=False),
        Recipient("south", "zoe@south.example"),
    ]
    with store.unit_of_work() as uow:
        assert [r.address for r in uow.letters.recipients(frozenset({"south"}))] == ["zoe@south.example"]
        assert uow.letters.remove_recipient("north", ANN)
        assert not uow.letters.remove_recipient("south", ANN)


def test_an_issue_that_has_lasted_is_news_to_each_who_wants_it_until_told(store: Store) -> None:
    add(store)
    add(store, "bob@north.example")
    add(store, "no@north.example", problems=False)
    add(store, "zoe@south.example", "south")
    open_issue(store)
    open_issue(store, kind=IssueKind.CONTRADICTING_EVENT)
    assert untold(store) == []
    store.let_time_pass(LASTING)
    news = untold(store)
    assert [(item.firm_id, item.address) for item in news] == [("north", ANN), ("north", "bob@north.example")]
    assert write(store, LetterKind.PROBLEMS, "1", news[0])
    assert untold(store) == [news[1]]


def test_a_muted_issue_is_no_news(store: Store) -> None:
    add(store)
    open_issue(store)
    store.let_time_pass(LASTING)
    with store.unit_of_work() as uow:
        uow.issues.mute("north", IssueKind.SYNC_FAILED, None, store.now() + timedelta(hours=1))
        uow.commit()
    assert untold(store) == []
    store.let_time_pass(timedelta(hours=1))
    assert len(untold(store)) == 1


def test_who_was_told_is_told_once_that_it_is_over(store: Store) -> None:
    add(store)
    add(store, "bob@north.example")
    open_issue(store)
    store.let_time_pass(LASTING)
    news, _ = untold(store)
    write(store, LetterKind.PROBLEMS, "1", news)
    assert recovered(store) == []
    resolve(store)
    assert recovered(store) == [news]
    assert write(store, LetterKind.RECOVERED, "1", news)
    assert recovered(store) == []
    problems, over = claim(store)
    with store.unit_of_work() as uow:
        for letter in (problems, over):
            assert [issue.message for issue in uow.letters.issues_of(letter)] == ["about key"]


def test_who_was_taken_off_is_told_nothing_more(store: Store) -> None:
    add(store)
    open_issue(store)
    store.let_time_pass(LASTING)
    write(store, LetterKind.PROBLEMS, "1", *untold(store))
    resolve(store)
    with store.unit_of_work() as uow:
        uow.letters.remove_recipient("north", ANN)
        uow.commit()
    assert recovered(store) == []
    assert claim(store) == []


def test_nobody_gets_two_letters_of_one_kind_and_key(store: Store) -> None:
    assert write(store)
    assert not write(store)
    assert write(store, address="bob@north.example")
    assert write(store, key="2")
    with store.unit_of_work() as uow:
        assert (uow.letters.unsent(), uow.letters.unsent(LetterKind.PROBLEMS)) == (3, 0)


def test_a_claimed_letter_is_nobody_elses_until_its_time_is_over(store: Store) -> None:
    write(store)
    [letter] = claim(store)
    assert (letter.address, letter.kind, letter.key, letter.tries) == (ANN, LetterKind.TRIAL, "1", 1)
    assert claim(store) == []
    store.let_time_pass(timedelta(minutes=10))
    [again] = claim(store)
    assert (again.letter_id, again.tries) == (letter.letter_id, 2)
    assert again.age >= timedelta(minutes=10)


def test_a_letter_that_was_put_off_comes_again_and_its_recipient_shows_the_trouble(store: Store) -> None:
    add(store)
    write(store)
    [letter] = claim(store)
    with store.unit_of_work() as uow:
        uow.letters.put_off(letter, timedelta(minutes=1), "the server is busy")
        uow.commit()
    assert listed(store)[0].trouble == "the server is busy"
    assert claim(store) == []
    store.let_time_pass(timedelta(minutes=1))
    [letter] = claim(store)
    with store.unit_of_work() as uow:
        uow.letters.sent(letter)
        uow.commit()
    assert listed(store)[0].trouble is None
    store.let_time_pass(timedelta(days=1))
    assert claim(store) == []


def test_a_letter_that_was_given_up_does_not_come_again(store: Store) -> None:
    add(store)
    write(store)
    [letter] = claim(store)
    with store.unit_of_work() as uow:
        uow.letters.give_up(letter, "no such person")
        uow.commit()
    store.let_time_pass(timedelta(days=1))
    assert claim(store) == []
    assert listed(store)[0].trouble == "no such person"


def test_old_letters_are_forgotten_but_not_what_is_still_open(store: Store) -> None:
    add(store)
    open_issue(store)
    store.let_time_pass(LASTING)
    write(store, LetterKind.PROBLEMS, "1", *untold(store))
    [letter] = claim(store)
    with store.unit_of_work() as uow:
        uow.letters.sent(letter)
        uow.commit()
    store.let_time_pass(timedelta(days=31))
    with store.unit_of_work() as uow:
        assert uow.letters.forget(timedelta(days=30), 100) == 1
        uow.commit()
    assert untold(store) == []
    resolve(store)
    assert len(recovered(store)) == 1


@pytest.mark.parametrize(("cases", "number"), [(3, 1), (0, 0)])
def test_a_days_report_with_cases_is_written_about_once(store: Store, cases: int, number: int) -> None:
    add(store, exceptions=True)
    add(store, "bob@north.example")
    day = date(2026, 11, 2)
    with store.unit_of_work() as uow:
        uow.reports.save_exceptions("north", day, {"cases": cases})
        uow.commit()
    with store.unit_of_work() as uow:
        assert uow.letters.unwritten_reports(day + timedelta(days=1), 10) == []
        found = uow.letters.unwritten_reports(day, 10)
        assert found == [NewLetter("north", ANN, LetterKind.EXCEPTIONS, "2026-11-02")][:number]
        for letter in found:
            assert uow.letters.write(letter)
        assert uow.letters.unwritten_reports(day, 10) == []


def test_the_end_of_a_run_is_told_once_to_who_wanted_it(store: Store) -> None:
    save_firm(store)
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.MANUAL, window_for(store.now(), first=False))
        for _ in range(2):
            uow.letters.tell_when_ended(run.run_id, "north", ANN)
        uow.commit()
    with store.unit_of_work() as uow:
        assert uow.letters.ended_runs(10) == []
        uow.runs.finish(run.run_id, RunState.FINISHED)
        [letter] = uow.letters.ended_runs(10)
        assert letter == NewLetter("north", ANN, LetterKind.RUN_RESULT, str(run.run_id))
        assert uow.letters.ended_runs(10) == []
