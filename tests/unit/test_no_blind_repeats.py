"""A write to SmartAdvocate is never repeated blindly: there is no place in the code where it could be.

What happens on the wire is tried in tests/integration/test_smartadvocate_odd_answers.py.
"""

import ast

from core.ports.case_management import CaseManagement
from tests.unit import tree

WRITES = {"insert_note", "upload_document"}
# They write a test note and a test document where a person asked for it, and read back what came of it.
VERIFICATION = {
    "core/usecases/verify_firm.py:_write_note",
    "core/usecases/verify_firm.py:_write_document",
}
CLIENTS = {"httpx2.HTTPTransport", "httpx2.Client", "HttpClient"}  # core.case has another Client
SMARTADVOCATE = "adapters/smartadvocate"
REPEATING = (ast.For, ast.While, ast.AsyncFor, ast.ListComp, ast.GeneratorExp)
LIBRARIES_THAT_REPEAT = {"tenacity", "backoff", "stamina", "retrying", "urllib3", "requests"}


PLACES = (*tree.SERVICE, tree.COMPOSITION_ROOT)


def sources(*words: str) -> dict[str, ast.Module]:
    return dict(tree.sources(*PLACES, words=words))


def calls(node: ast.AST, *names: str) -> list[ast.Call]:
    """Return calls of these methods or functions within, those of nested functions too."""
    return [
        inner for inner in tree.nodes(node) if isinstance(inner, ast.Call) and tree.called(inner) in names
    ]


def places(*names: str) -> dict[str, ast.FunctionDef]:
    """Return the functions, by file and name, that call one of these."""
    return {
        f"{path}:{function.name}": function for path, function, _ in tree.functions(*PLACES, calling=names)
    }


def repeated_around(function: ast.FunctionDef) -> list[ast.AST]:
    """Return the statements and expressions within that hold a write."""
    return [node for node in tree.nodes(function) if node is not function and calls(node, *WRITES)]


def test_these_are_all_writes_there_are() -> None:
    """A new one must be put under the rules below."""
    reads = {"search_cases", "case_by_id", "case_by_number"}
    methods = {name for name, member in vars(CaseManagement).items() if callable(member) and name[0] != "_"}
    changing = {name for name in methods - reads if name.startswith(("insert", "upload", "update", "delete"))}
    assert changing == WRITES


def test_only_carriers_and_the_verification_write_and_each_once() -> None:
    """Besides an adapter that hands the very same call on."""
    found = places(*WRITES)
    handed_on = {name for name in found if name.startswith("adapters/smartadvocate/")}
    assert {name.partition(":")[2] for name in handed_on} <= WRITES
    assert set(found) - handed_on == {
        "core/usecases/steps/note_carrier.py:write",
        "core/usecases/steps/document_carrier.py:write",
        *VERIFICATION,
    }
    for name, function in found.items():
        assert len(calls(function, *WRITES)) == 1, name
        around = repeated_around(function)
        assert not any(isinstance(node, REPEATING) for node in around), name
        caught = [node for node in around if isinstance(node, ast.Try)]
        assert not caught or name in VERIFICATION, name
        assert not any(calls(handler, *WRITES) for node in caught for handler in node.handlers), name


def test_the_engine_writes_in_one_place_after_what_is_in_doubt_was_looked_up() -> None:
    [(name, function)] = [
        (name, function)
        for name, function in places("write").items()
        if name.startswith("core/")
        and any("carrier." in ast.unparse(call) for call in calls(function, "write"))
    ]
    assert name == "core/usecases/deliver.py:_attempt"
    assert len(calls(function, "write")) == 1
    assert not any(isinstance(node, REPEATING) for node in tree.nodes(function))
    attempt = next(node for node in function.body if isinstance(node, ast.Try))
    first = attempt.body[0]
    assert isinstance(first, ast.If)
    assert ast.unparse(first.test) == "(in_doubt := doubts.may_be_there(lane, delivery))"
    assert calls(first, "find")
    assert calls(first, "_adopted")
    assert calls(first, "_wait")
    assert not any(calls(handler, "write", "_attempt") for handler in attempt.handlers)


def test_each_claimed_delivery_is_attempted_once() -> None:
    for attempting, within in (("_attempt", "_send"), ("_send", "_send_all")):
        found = {name: f for name, f in places(attempting).items() if "/deliver.py:" in name}
        [(name, function)] = found.items()
        assert name == f"core/usecases/deliver.py:{within}"
        assert len(calls(function, attempting)) == 1


def test_the_next_one_is_begun_after_what_was_delivered_or_stored() -> None:
    """What a lost claim proves rests on it (ADR 97)."""
    found = tree.functions("core/usecases/deliver.py", calling={"_store"})
    [function] = [function for _, function, _ in found if function.name == "_send_all"]
    [lanes] = [node for node in function.body if isinstance(node, ast.For)]
    [deliveries] = [node for node in lanes.body if isinstance(node, ast.For)]
    *_, unless_delivered = deliveries.body
    assert isinstance(unless_delivered, ast.If)
    assert ast.unparse(unless_delivered.test) == "work.attempts[-1].state is not DeliveryState.DELIVERED"
    assert calls(unless_delivered, "_store")
    assert isinstance(unless_delivered.body[-1], ast.Break)


def test_the_client_sends_again_only_what_a_401_or_403_refused_unexecuted() -> None:
    [(name, function)] = [
        (name, function) for name, function in places("_send").items() if name.endswith("caller.py:answer")
    ]
    assert name.startswith("adapters/smartadvocate/")
    assert not any(isinstance(node, (*REPEATING, ast.Try)) for node in tree.nodes(function))
    sends = calls(function, "_send")
    again = [node for node in function.body if isinstance(node, ast.If)]
    assert len(sends) == 2
    [branch] = again
    assert len(calls(branch, "_send")) == 1
    assert {node.value for node in tree.nodes(branch.test) if isinstance(node, ast.Constant)} == {401, 403}


def test_nothing_below_repeats_or_follows() -> None:
    transports = ("HTTPTransport", "Client", "HttpClient")
    made = [
        (path, call)
        for path, module in sources(*(f"{name}(" for name in transports)).items()
        for call in calls(module, *transports)
        if ast.unparse(call.func) in CLIENTS and not path.startswith("adapters/cli/demo")
    ]
    client = "adapters/http/client.py"
    assert {path for path, _ in made} == {client}
    options = [
        (keyword.arg, ast.unparse(keyword.value))
        for _, within in tree.sources(client, "adapters/http/guarded.py")
        for call in calls(within, "_Connection", "__init__")
        for keyword in call.keywords
    ]
    assert [said for name, said in options if name == "retries"] == ["0"] * 3  # transport, pool, connection
    assert [said for name, said in options if name == "follow_redirects"] == ["False"]
    imported = {
        name for path in tree.paths(*PLACES, words=LIBRARIES_THAT_REPEAT) for name in tree.imports(path)
    }
    assert not imported & LIBRARIES_THAT_REPEAT


def test_the_exchange_sends_each_request_once() -> None:
    """And the threads' transport below it hands each on once."""
    for file, sends in (
        (f"{SMARTADVOCATE}/exchange.py", "_send"),
        ("adapters/http/client.py", "handle_request"),
        ("adapters/http/guarded.py", "handle_request"),
    ):
        sending = [function for _, function, _ in tree.functions(file, calling=[sends])]
        assert sending, file
        for function in sending:
            assert len(calls(function, sends)) == 1, function.name
            assert not any(isinstance(node, REPEATING) for node in tree.nodes(function)), function.name


def test_jobs_are_not_repeated_by_the_broker_library() -> None:
    """Dramatiq's Retries would run an actor again; the rows in Postgres decide that alone."""
    text = (tree.ROOT / "adapters/rabbitmq/broker.py").read_text(encoding="utf-8")
    assert "middleware=list(middleware)" in text
    names = {
        alias.name
        for module in sources("Retries").values()
        for node in tree.nodes(module)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert "Retries" not in names
