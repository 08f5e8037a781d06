"""Nobody gets at another firm through the desk: every use case and query is tried, new ones by themselves."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

import core.usecases
from core.actor import ALL_FIRMS, SYSTEM, Actor, Power, Role
from core.desk import Desk
from core.errors import CasebridgeError, NotAllowedError
from tests.desk_calls import REFUSED, WITHOUT_ACTOR, Of, calls, fill, methods, told
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService

EVERYTHING = frozenset(Power)
SOUTH = frozenset({"south"})
STRANGERS = {
    "administrator": Actor("eve", Role.FIRM_ADMIN, SOUTH),
    "operator of one firm": Actor("eve", Role.OPERATOR, SOUTH),
    "manager of one firm": Actor("eve", Role.IMPLEMENTATION_MANAGER, SOUTH),
    "program": Actor("eve", Role.SERVICE, SOUTH, EVERYTHING),
    "administrator of no firm": Actor("eve", Role.FIRM_ADMIN),
    "manager of no firm": Actor("eve", Role.IMPLEMENTATION_MANAGER),
    "program of no firm": Actor("eve", Role.SERVICE, scopes=EVERYTHING),
    "program without a scope": Actor("eve", Role.SERVICE, frozenset({"north"})),
}
# What is in no answer to anybody: where a connection stands is told, never what it is made of.
SECRETS = ("Credentials(", "Bearer(", "Connection(", "Issued(", "north's password")
NORTHERNER = Actor("ned", Role.FIRM_ADMIN, frozenset({"north"}))
WHO_MAY = Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS, EVERYTHING)
# What is no use case of its own: it stands behind some of the desk's, or behind the calls of SmartAdvocate.
BEHIND = {
    "StoredTokens": "gives tokens to the client of SmartAdvocate, for a firm that a job or use case is about",
    "ImportCase": "part of ImportByHand and of ImportWaitingCases; it asks the actor all the same",
}


def a_service() -> FakeService:
    service = FakeService()
    service.connections.key = "old"
    fill(service, "north")
    service.connections.key = "new"
    assert service.keys.counts()["old"], "a rotation would change something"
    service.add_firm(SYSTEM, a_firm("south", name="The other"))
    service.jobs_published()
    return service


def about_north(service: FakeService) -> Of:
    tables = service.store.tables
    return Of(
        tables.firms["north"],
        list(tables.runs),
        list(tables.deliveries),
        list(tables.probe_results),
        list(tables.api_keys),
        list(tables.bulk),
        list(tables.announced),
        list(tables.rejected),
        service.store.unit_of_work,
    )


def kept(service: FakeService) -> dict[str, Any]:
    """Return everything that must stay as it is, whoever else asks for what."""
    tables = service.store.tables
    stored: dict[str, Any] = {field.name: dict(getattr(tables, field.name)) for field in fields(tables)}
    reached = [operation for operation in tables.bulk.values() if operation.is_of(NORTHERNER)]
    stored["bulk"] = reached  # others count what is theirs
    del stored["bulk_touched"]
    del stored["rejected"], stored["rejected_at"]  # what is refused is kept there, without its body
    del stored["answers"]  # whoever asks has keys of its own
    stored["rejected bodies"] = [event.body for event in tables.rejected.values() if event.body]
    stored["connection"] = service.connections.get("north")
    stored["secrets"] = service.keys.counts()
    stored["calls of SmartAdvocate"] = dict(service.smartadvocate.calls)
    return stored


def test_every_method_of_the_desk_takes_the_actor_first_and_has_none_by_default() -> None:
    without = set()
    for name, method in methods():
        parameters = [p for p in inspect.signature(method).parameters.values() if p.name != "self"]
        if parameters and parameters[0].annotation is Actor:
            assert parameters[0].name == "actor", name
            assert parameters[0].default is inspect.Parameter.empty, name
        else:
            without.add(name)
    assert without == WITHOUT_ACTOR.keys(), "each method that asks for no actor says in WITHOUT_ACTOR why"


@pytest.mark.parametrize("who", STRANGERS)
def test_another_firms_actor_gets_nothing_and_changes_nothing(who: str) -> None:
    service = a_service()
    before = kept(service)
    asked = set()
    for call in calls(about_north(service)):
        asked.add(call.name)
        answer = call.ask(service.desk, STRANGERS[who])
        if answer != REFUSED:
            assert "north" not in told(answer).lower(), (call, answer)
            assert not isinstance(answer, int) or not answer, (call, answer)
        assert kept(service) == before, call
    assert asked == {name for name, _ in methods()} - WITHOUT_ACTOR.keys()


def test_who_may_is_answered_and_even_then_no_secret_is_handed_out() -> None:
    service, answered = a_service(), set()
    before = service.store.tables.snapshot()
    for call in calls(about_north(service)):
        service.store.tables = before.snapshot()
        try:
            answer = call.ask(service.desk, WHO_MAY)
        except CasebridgeError:  # it got past the door
            answered.add(call.name)
            continue
        if answer != REFUSED:
            answered.add(call.name)
            assert not any(word in told(answer) for word in SECRETS), call
    assert answered == {name for name, _ in methods()} - WITHOUT_ACTOR.keys()


def test_what_a_secret_opens_stays_shut_without_it() -> None:
    desk = a_service().desk
    assert desk.sign_in.by_link("guessed", "a browser", "") is None
    assert desk.keep_session.find("guessed", is_asked_for=True) is None
    assert desk.keep_session.own("guessed") == []
    assert not desk.keep_session.sign_out("guessed")
    assert not desk.keep_session.end_one("guessed", 1)
    assert not desk.keep_session.sign_out_everywhere("guessed")
    assert desk.identify_program("guessed") is None
    for refused in (
        lambda: desk.sign_in.by_provider("guessed", "nonce", "verifier", "a browser", ""),
        lambda: desk.connect_by_consent.finish("guessed", "state", "code", None),
        lambda: desk.connect_by_consent.start(WHO_MAY, "north", "guessed"),
    ):
        with pytest.raises(CasebridgeError):
            refused()


def by_itself() -> Iterator[tuple[str, type]]:
    """Yield the use cases that are not at the desk: what casebridge does by its timetable and queues."""
    at_desk = set(inspect.get_annotations(Desk).values())
    for module in pkgutil.iter_modules(core.usecases.__path__, "core.usecases."):
        if module.ispkg:
            continue
        for name, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if kind.__module__ != module.name or name.startswith("_") or kind in at_desk or name in BEHIND:
                continue
            if any(
                inspect.isfunction(m) and "actor" in inspect.signature(m).parameters
                for m in vars(kind).values()
            ):
                yield name, kind


def test_what_casebridge_does_by_itself_refuses_everybody_else_before_it_does_anything() -> None:
    found = dict(by_itself())
    assert {"Deliver", "SyncCases", "RemoveOld", "PublishDueJobs", "Relay"} <= found.keys()
    others = [*STRANGERS.values(), WHO_MAY, Actor("tom", Role.FIRM_ADMIN, frozenset({"north"}))]
    for name, kind in found.items():
        empty: Any = object.__new__(kind)  # it has nothing: to touch anything would be another error
        for method, function in inspect.getmembers(kind, inspect.isfunction):
            if method.startswith("_") and method != "__call__":
                continue
            parameters = list(inspect.signature(function).parameters.values())[1:]
            assert parameters, f"{name}.{method} asks for no actor"
            assert (parameters[0].name, parameters[0].annotation) == ("actor", Actor), f"{name}.{method}"
            assert parameters[0].default is inspect.Parameter.empty, f"{name}.{method}"
            values = [None] * sum(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters[1:])
            for actor in others:
                with pytest.raises(NotAllowedError):
                    function(empty, actor, *values)


def test_no_class_of_the_use_cases_is_left_out() -> None:
    """What has public methods is at the desk, is for the system, is a value, or is named in BEHIND."""
    at_desk = set(inspect.get_annotations(Desk).values())
    system = {kind for _, kind in by_itself()}
    for module in pkgutil.iter_modules(core.usecases.__path__, "core.usecases."):
        for name, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if kind.__module__ != module.name or name.startswith("_") or module.ispkg:
                continue
            has_state = "__init__" in vars(kind) and not hasattr(kind, "__dataclass_fields__")
            assert not has_state or kind in at_desk | system or name in BEHIND, name
