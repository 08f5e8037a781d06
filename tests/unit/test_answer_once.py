"""A request is carried out once under its sender's key, and nobody is told another's answer."""

from dataclasses import replace

from core.actor import Actor, Power, Role
from core.kept_answer import KeptAnswer
from tests.fakes.service import FakeService

NORTH = Actor("portal", Role.SERVICE, frozenset({"north"}), frozenset({Power.CHANGE}))
DONE = KeptAnswer(201, {}, b'{"run_id": "7"}')


def test_programs_of_one_name_do_not_share_their_keys() -> None:
    once = FakeService().desk.answer_once
    assert once.begin(NORTH, "k", b"f") is None
    once.keep(NORTH, "k", DONE)
    assert once.begin(NORTH, "k", b"f") == DONE
    assert once.begin(replace(NORTH, firms=frozenset({"south"})), "k", b"f") is None
    assert once.begin(replace(NORTH, scopes=frozenset({Power.LOOK})), "k", b"f") is None


def test_a_rotated_key_is_told_what_its_predecessor_was_answered() -> None:
    once = FakeService().desk.answer_once
    once.begin(NORTH, "k", b"f")
    once.keep(NORTH, "k", DONE)
    assert once.begin(replace(NORTH), "k", b"f") == DONE
