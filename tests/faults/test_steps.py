"""kill -9 between every two steps of each process: consume, begin, effect, commit, publish, acknowledge."""

import signal

import pytest

from tests.faults.process import KILL_AFTER, KILL_AT, STEPS
from tests.faults.rig import Rig

pytestmark = pytest.mark.faults

MESSAGES = 24
# Most steps are passed a few times while so many messages are on their way; the later ones find work done.
PASSINGS = {"note to be sent": 5, "note sent": 5}
# The others take minutes: in the long form.
SHORT = {"deliveries added", "jobs enqueued, committed", "outbox published", "note sent", "attempts recorded"}
EVERY_STEP = [
    pytest.param(role, step, id=f"{role}: {step}", marks=() if step in SHORT else pytest.mark.long)
    for role, steps in STEPS.items()
    for step in steps
]


@pytest.mark.parametrize(("role", "step"), EVERY_STEP)
def test_a_process_killed_at_any_step_loses_and_repeats_nothing(rig: Rig, role: str, step: str) -> None:
    rig.stop_role(role)
    doomed = rig.start_role(role, {KILL_AT: step, KILL_AFTER: str(PASSINGS.get(step, 1))})
    rig.send(MESSAGES)
    assert doomed.wait(30) == -signal.SIGKILL, f"{role} never came to {step!r}: {doomed.output[-2000:]}"
    rig.assert_exactly_once()
