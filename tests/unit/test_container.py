"""What one process is made of is made once, whoever asks first."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bootstrap.part import part

THREADS = 8


class Room:
    """A room whose one part takes a while to be made, and needs another."""

    def __init__(self) -> None:
        self.made: list[str] = []

    @part
    def wall(self) -> object:
        """What others stand on."""
        self.made.append("wall")
        return object()

    @part
    def shelf(self) -> tuple[object]:
        """It needs the wall."""
        time.sleep(0.02)
        self.made.append("shelf")
        return (self.wall,)


def test_every_part_is_made_once_though_threads_ask_for_it_at_the_same_time() -> None:
    """Two pools were made once, of which one was never closed."""
    room, together = Room(), threading.Barrier(THREADS)

    def ask(_: int) -> tuple[object]:
        together.wait(10)
        return room.shelf

    with ThreadPoolExecutor(THREADS) as threads:
        shelves = set(map(id, threads.map(ask, range(THREADS))))
    assert len(shelves) == 1
    assert sorted(room.made) == ["shelf", "wall"]


def test_each_room_has_parts_of_its_own() -> None:
    assert Room().wall is not Room().wall


def test_a_part_that_could_not_be_made_is_made_at_the_next_asking() -> None:
    class Broken:
        tries = 0

        @part
        def door(self) -> int:
            self.tries += 1
            return 1 // (self.tries - 1)

    room = Broken()
    with pytest.raises(ZeroDivisionError):
        _ = room.door
    assert room.door == 1
