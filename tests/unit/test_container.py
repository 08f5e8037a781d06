"""What one process is made of is made once, whoever asks first."""

from dependency_injector import providers

from adapters.system.settings import Settings
from bootstrap import Container


def test_every_part_is_made_once_though_threads_ask_for_it_at_the_same_time() -> None:
    """The library's plain singletons are not: two pools were made, of which one was never closed."""
    kinds = {type(found) for found in Container(settings=Settings()).traverse([providers.BaseSingleton])}
    assert kinds == {providers.ThreadSafeSingleton}
