"""What nobody has thought of is an error of ours: with its type and place, and nothing that was said."""

from collections.abc import Iterator

import pytest

from core.errors import TransientError, UnexpectedError
from core.firm import Firm
from core.foreign import Steps, guarded
from core.reason import Reason
from tests.fakes.samples import a_firm


def test_steps_go_on_after_a_foreign_error_and_stop_where_the_store_is_away() -> None:
    steps, done = Steps(), []
    for number in range(3):
        with steps.each(f"step {number}"):
            done.append(number)
            raise KeyError(number)
    assert done == [0, 1, 2]
    with pytest.raises(UnexpectedError, match="an unexpected KeyError in step 0"):
        steps.raise_first()
    with pytest.raises(TransientError, match="away"), steps.each("step 4"):
        raise TransientError("the database is away")


def test_what_is_guarded_tells_the_type_and_the_place_and_nothing_of_what_was_said() -> None:
    class Part:
        name = "north"

        def read(self, _: Firm) -> Iterator[int]:
            yield 1
            raise ValueError("ruth@client.test")

    part = guarded(Part())
    assert part.name == "north"
    with pytest.raises(UnexpectedError) as raised:
        list(part.read(a_firm()))
    assert str(raised.value) == "an unexpected ValueError in Part.read"
    assert raised.value.reason is Reason.UNEXPECTED_ERROR
    assert isinstance(raised.value.__cause__, ValueError)
