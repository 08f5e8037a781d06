import hashlib
from dataclasses import replace

from sandbox.options import SandboxOptions
from sandbox.server import SandboxServer
from tests.sandbox.caller import EVER, Caller


def test_seeded_documents_are_listed_and_found(firm: Caller) -> None:
    body = {**EVER, "pageRequest": {"pageSize": 50}}
    found = firm.api.post("case/documents/byDatePaged", json=body).json()["records"]
    assert len(found) == 10
    for row in found:
        assert row["documentID"] != row["caseDocumentID"]
        assert row in firm.api.get(f"case/{row['caseID']}/documents").json()


def test_the_document_search_pages_and_has_its_envelopes(firm: Caller) -> None:
    def page(number: int) -> object:
        body = {**EVER, "pageRequest": {"currentPage": number, "pageSize": 4}}
        return firm.api.post("case/documents/byDatePaged", json=body).json()

    pages = [page(number)["records"] for number in range(3)]  # type: ignore[index]  # JSON
    assert [len(rows) for rows in pages] == [4, 4, 2]
    firm.fault("envelope", style="named", purpose="search-documents")
    named = page(2)
    assert isinstance(named, dict)
    assert named["documents"] == pages[2]
    assert named["pageRequest"]["totalRecords"] == 10


def test_an_upload_is_listed_and_reported_with_its_size_and_hash(firm: Caller) -> None:
    case_id = firm.case_ids()[0]
    content = bytes(range(256)) * 40 + b"\r\n--\r\n"
    categories = {row["description"]: row["id"] for row in firm.api.get("case/documents/categories").json()}
    fields = {
        "documentName": 'Ärztlicher "Bericht".pdf',
        "categoryID": str(categories["Case Documents"]),
        "description": "From the client\n[ref:d1]",
        "isSharedInPortal": "false",
    }
    row = firm.api.post(f"case/{case_id}/documents", data=fields, files={"file": ("x.pdf", content)}).json()
    assert row["documentName"] == 'Ärztlicher "Bericht".pdf'
    assert row["categoryName"] == "Case Documents"
    assert row in firm.api.get(f"case/{case_id}/documents").json()
    [reported] = firm.report()["documents"][firm.firm][str(case_id)]
    assert reported["sha256"] == hashlib.sha256(content).hexdigest()
    assert (reported["mark"], reported["size"]) == ("[ref:d1]", len(content))


def test_what_is_no_upload_is_refused(firm: Caller) -> None:
    path = f"case/{firm.case_ids()[0]}/documents"
    assert firm.api.post(path, content=b"x").status_code == 400
    assert firm.api.post(path, files={"other": ("a", b"x")}).status_code == 400
    cut = {"Content-Type": "multipart/form-data; boundary=b"}
    assert firm.api.post(path, content=b"--b\r\nContent", headers=cut).status_code == 400


def test_a_file_above_the_limit_is_413() -> None:
    with SandboxServer(replace(SandboxOptions(cases=5), upload_limit_bytes=1000)) as server:
        caller = Caller(server, "firm1")
        path = f"case/{caller.case_ids()[0]}/documents"
        assert caller.api.post(path, files={"file": ("a", b"x" * 1001)}).status_code == 413
        assert caller.api.post(path, files={"file": ("a", b"x" * 1000)}).status_code == 200
        caller.close()
