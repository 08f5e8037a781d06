"""What is promised of the names that a firm's SmartAdvocate uses (`core.ports.source_names.SourceNames`)."""

from core.firm_view import NameKind, SourceName
from tests.contract.stores import Store


def test_names_are_kept_until_they_are_read_again(store: Store) -> None:
    names = [
        SourceName(NameKind.STATUS, "Lit 6A", "Litigation", 17),
        SourceName(NameKind.CASE_TYPE, "Auto Accident", cases=20),
    ]
    with store.unit_of_work() as uow:
        assert uow.source_names.read_at("north") is None
        uow.source_names.replace("north", names[:2])
        uow.source_names.replace("south", names[1:2])
        uow.commit()
    with store.unit_of_work() as uow:
        assert uow.source_names.list("north") == [names[1], names[0]]
        assert uow.source_names.read_at("north") is not None
        uow.source_names.replace("north", names[:1])
        assert uow.source_names.list("north") == names[:1]
        assert uow.source_names.list("south") == names[1:2]
