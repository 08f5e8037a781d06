"""Any sequence of troubles."""

from hypothesis import given
from hypothesis import strategies as st

from core.complaint import AGAIN_AFTER_S, Complaint


class Time:
    """A clock that goes on when somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds


@given(st.lists(st.tuples(st.floats(0, 50), st.sampled_from("ab")), max_size=200))
def test_no_trouble_is_said_twice_within_a_minute(steps: list[tuple[float, str]]) -> None:
    time = Time()
    complaint, said_at = Complaint(time), dict[str, float]()
    for seconds, what in steps:
        time.now_s += seconds
        if complaint.is_news(what):
            assert what not in said_at or time.now_s - said_at[what] >= AGAIN_AFTER_S[0]
            said_at[what] = time.now_s
