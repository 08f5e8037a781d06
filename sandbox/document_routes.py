"""Documents: list, window search and upload (UNVERIFIED)."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Receive

from sandbox import paging
from sandbox.answer import Refusal, array, raw
from sandbox.call import Call, Received, next_piece
from sandbox.case_routes import visible_row
from sandbox.upload import UploadForm

_FORM_OVERHEAD_BYTES = 64 * 1024


def list_documents(call: Call) -> Response:
    """`case/{id}/documents`: a bare array."""
    visible_row(call)
    return array(call.firm.documents.of_case(call.number))


def search_documents(call: Call) -> Response:
    """`case/documents/byDatePaged`: documents changed in a window, by `modifiedDate` and `documentID`."""
    page = paging.asked(call)
    firm = call.firm
    inside = firm.documents.changed(page.from_ms, page.to_ms)
    if page.case_numbers:
        inside = [document for document in inside if firm.cases.number(document.case_id) in page.case_numbers]
    shown = inside[page.page * page.size :][: page.size]
    return paging.enveloped(
        call, b",".join(document.row for document in shown), len(inside), page, "documents"
    )


def upload_document(call: Call) -> Response:
    """`POST case/{id}/documents`: a multipart form with the part `file`; answers with the row; 413 above
    the limit.
    """
    visible_row(call)
    limit = call.world.options.upload_limit_bytes
    form = call.upload
    if form is None:
        raise Refusal(413, f"The request is too large; files of at most {limit} bytes are accepted.")
    try:
        form.check()
    except ValueError as error:
        raise Refusal(400, f"{error}.") from None
    if form.size > limit:
        raise Refusal(413, f"The file has {form.size} bytes; at most {limit} are accepted.")
    if not form.size and call.style("refuse_empty"):
        raise Refusal(400, "The file is empty.")
    return raw(call.firm.documents.upload(call.number, form, call.world.now_ms()).row)


class ReceivedUpload(Received):
    """Reads an upload into its form. What is refused for its announced length is not read at all."""

    async def _read(self, call: Call, receive: Receive) -> None:
        length = call.header(b"content-length")
        if length.isdigit() and int(length) > call.world.options.upload_limit_bytes + _FORM_OVERHEAD_BYTES:
            return
        call.upload, more = UploadForm(call.header(b"content-type")), True
        while more:
            piece, more = await next_piece(receive)
            call.upload.feed(piece)
