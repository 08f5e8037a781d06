import hashlib

import pytest

from sandbox.upload import UploadForm

KIND = "multipart/form-data; boundary=b"
CONTENT = bytes(range(256)) + b"\r\n--\r\n--c\r\n--cb"
BODY = (
    b'--b\r\nContent-Disposition: form-data; name="documentName"\r\n\r\n\xc3\x84rztlich\r\n'
    b"--b\r\nContent-Type: text/plain\r\n"
    b'content-disposition: form-data; name="File"; filename="a %22b%22.pdf"\r\n\r\n'
    + CONTENT
    + b"\r\n--b--\r\n"
)


@pytest.mark.parametrize("size", [1, 7, 100, len(BODY)])
def test_an_upload_is_read_in_pieces_of_any_size(size: int) -> None:
    form = UploadForm(KIND)
    for begin in range(0, len(BODY), size):
        form.feed(BODY[begin : begin + size])
    form.check()
    assert (form.fields, form.file_name) == ({"documentname": "Ärztlich"}, 'a "b".pdf')
    assert (form.size, form.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        ("application/json", b"{}", "boundary"),
        ("multipart/form-data", BODY, "boundary"),
        (KIND, BODY[:-8], "does not end"),
        (KIND, b"", "does not end"),
        (KIND, b"no form at all", "broken"),
        (KIND, b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n", "no name"),
        (
            KIND,
            b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\nx\r\n--b--\r\n',
            "no part named file",
        ),
    ],
)
def test_what_is_no_upload_says_why(kind: str, body: bytes, why: str) -> None:
    form = UploadForm(kind)
    form.feed(body)
    with pytest.raises(ValueError, match=why):
        form.check()
