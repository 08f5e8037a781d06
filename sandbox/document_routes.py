"""Documents: list, window search, upload (UNVERIFIED) and content."""

from __future__ import annotations

from sandbox import paging
from sandbox.answer import BYTES_TYPE, Answer, Refusal, array
from sandbox.case_routes import visible_row
from sandbox.request import Request


def list_documents(request: Request) -> Answer:
    """`case/{id}/documents`: a bare array."""
    visible_row(request)
    return Answer(200, array(request.firm.documents.of_case(request.number)))


def search_documents(request: Request) -> Answer:
    """`case/documents/byDatePaged`: documents changed in a window, by `modifiedDate` and `documentID`."""
    page = paging.asked(request)
    firm = request.firm
    inside = firm.documents.changed(page.from_ms, page.to_ms)
    if page.case_numbers:
        inside = [document for document in inside if firm.cases.number(document.case_id) in page.case_numbers]
    shown = inside[page.page * page.size :][: page.size]
    return paging.enveloped(
        request, b",".join(document.row for document in shown), len(inside), page, "documents"
    )


def upload_document(request: Request) -> Answer:
    """`POST case/{id}/documents`: a multipart form with the part `file`; answers with the row; 413 above
    the limit.
    """
    visible_row(request)
    limit = request.world.options.upload_limit_bytes
    if request.form is None:
        raise Refusal(413, f"The request is too large; files of at most {limit} bytes are accepted.")
    try:
        form = request.form.form()
    except ValueError as error:
        raise Refusal(400, f"{error}.") from None
    if form.size > limit:
        raise Refusal(413, f"The file has {form.size} bytes; at most {limit} are accepted.")
    if not form.size and request.style("refuse_empty"):
        raise Refusal(400, "The file is empty.")
    name = form.fields.get("documentname") or form.file_name or "document"
    document = request.firm.documents.upload(request.number, name, form, request.world.now_ms())
    return Answer(200, document.row)


def document_content(request: Request) -> Answer:
    """`case/document/{id}/content`: raw bytes, whatever the file is (switch: zero bytes)."""
    document = request.firm.documents.get(request.number)
    if document is None:
        raise Refusal(404, f"Document {request.number} was not found.")
    if document.content is None:
        raise Refusal(410, "The sandbox kept this document's hash alone (see its report).")
    return Answer(200, b"" if request.style("zero_bytes") else document.content, BYTES_TYPE)
