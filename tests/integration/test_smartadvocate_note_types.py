"""Note types where SmartAdvocate has no list of them: from the note rows of a real sandbox."""

from collections.abc import Iterator

import pytest

from core.errors import CaseNotFoundError
from sandbox.options import SandboxOptions
from sandbox.server import SandboxServer
from tests.contract.smartadvocates import OverHttp, over_http


@pytest.fixture
def subject() -> Iterator[OverHttp]:
    with SandboxServer(SandboxOptions(cases=40)) as server, over_http(server, "firm1") as real:
        yield real


@pytest.mark.parametrize("status", [404, 405, 500, 403, 400])
def test_whatever_ails_the_list_the_types_in_note_rows_count(subject: OverHttp, status: int) -> None:
    subject.break_list("note-types", status)
    case_id, wanted = subject.case_with_note("Plaintiff")
    found = subject.client.note_type(subject.firm, "Plaintiff", case=case_id)
    assert found.id == wanted == subject.note_type_id("Plaintiff")
    missing = subject.client.note_type(subject.firm, "No such type", case=case_id)
    assert missing.id is None
    assert "Plaintiff" in missing.known


def test_a_case_that_is_not_there_is_told(subject: OverHttp) -> None:
    subject.break_list("note-types", 404)
    with pytest.raises(CaseNotFoundError):
        subject.client.note_type(subject.firm, "Plaintiff", case="999999999")
