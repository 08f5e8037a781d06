"""Documents from storages that say odd things about them: the length and the hash decide, no header does."""

import gzip
import hashlib
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

import pytest

from adapters.case_status.content import CaseStatusContents, ContentLimits
from adapters.case_status.hosts import content_hosts
from adapters.http.client import open_http_client
from core.document import ContentSource
from core.errors import CasebridgeError, ContentMismatchError, TransientError
from core.reason import Reason
from tests.system_clock import SystemClock

DOCUMENT = bytes(range(256)) * 1000
ABCD = b"abcd"


@dataclass
class Storage:
    """Answers every request with these bytes, whatever they are."""

    answer: bytes = b""
    drip_s: float = 0
    requests: list[bytes] = field(default_factory=list)
    url: str = ""
    over: threading.Event = field(default_factory=threading.Event)

    def serve(self, listening: socket.socket) -> None:
        while not self.over.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection:
            self.requests.append(connection.recv(65_536))
            try:
                if not self.drip_s:
                    connection.sendall(self.answer)
                    return
                for byte in self.answer:
                    connection.sendall(bytes([byte]))
                    if self.over.wait(self.drip_s):
                        return
            except OSError:
                return


@pytest.fixture
def storage() -> Iterator[Storage]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made = Storage(url=f"http://127.0.0.1:{listening.getsockname()[1]}/x.pdf")
        threading.Thread(target=made.serve, args=(listening,), daemon=True).start()
        yield made
        made.over.set()
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def contents() -> Iterator[CaseStatusContents]:
    hosts = content_hosts((), {"127.0.0.1"})
    with open_http_client(hosts, tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as http:
        yield CaseStatusContents(http, hosts, SystemClock(), ContentLimits(read=2.0, whole=3.0, per_mib=0.1))


def answer(body: bytes, encoding: str | None, framing: str = "length", status: int = 200) -> bytes:
    head = [f"HTTP/1.1 {status} OK", "Connection: close"]
    if encoding is not None:
        head.append(f"Content-Encoding: {encoding}")
    if framing == "length":
        head.append(f"Content-Length: {len(body)}")
    if framing == "chunked":
        head.append("Transfer-Encoding: chunked")
        parts = [body[i : i + 5000] for i in range(0, len(body), 5000)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def source(storage: Storage, document: bytes, *, proven: bool = True) -> ContentSource:
    return ContentSource(storage.url, len(document), hashlib.sha256(document).hexdigest() if proven else None)


def read(contents: CaseStatusContents, wanted: ContentSource) -> bytes:
    with contents.open(wanted) as pieces:
        return b"".join(pieces)


SIGNATURE = b";chunk-signature=" + b"ad80c730a21e5b8d" * 4


def in_chunks(data: bytes, signature: bytes = b"", behind: bytes = b"") -> bytes:
    parts = [data[i : i + 65_536] for i in range(0, len(data), 65_536)] + [b""]
    return b"\r\n".join(b"%x%s\r\n%s" % (len(part), signature, part) for part in parts) + behind + b"\r\n\r\n"


def with_another_byte(packed: bytes, at: int) -> bytes:
    changed = bytearray(packed)
    changed[at] ^= 1
    return bytes(changed)


ENCODINGS = [
    *(None, "", " ", "identity", "Identity", "identity,identity", "UTF-8", "base64", "aws-chunked", "binary"),
    *("none", "br", "zstd", "gzip", "GZIP", "deflate", "aws-chunked,gzip", "x", "☃"),
]


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_right_bytes_are_right_whatever_a_header_calls_them(
    storage: Storage, contents: CaseStatusContents, encoding: str | None, framing: str
) -> None:
    storage.answer = answer(DOCUMENT, encoding, framing)
    assert read(contents, source(storage, DOCUMENT)) == DOCUMENT
    assert read(contents, source(storage, DOCUMENT, proven=False)) == DOCUMENT


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("document", [DOCUMENT, ABCD, b""])
@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("GZip", gzip.compress),
        ("aws-chunked, gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data)[2:-4]),
        ("deflate, gzip", lambda data: gzip.compress(zlib.compress(data))),
        ("gzip", lambda data: with_another_byte(gzip.compress(data), -8)),
        ("deflate", lambda data: with_another_byte(zlib.compress(data), -1)),
        ("aws-chunked", lambda data: in_chunks(data, SIGNATURE)),
        ("aws-chunked", in_chunks),
    ],
)
def test_what_was_compressed_unasked_is_undone_where_the_hash_proves_it(  # type: ignore[no-untyped-def]  # a generator of contexts
    storage: Storage, contents: CaseStatusContents, encoding: str, body, document: bytes, framing: str
) -> None:
    storage.answer = answer(body(document), encoding, framing)
    assert read(contents, source(storage, document)) == document


PACKED = {
    "once": gzip.compress(DOCUMENT),
    "twice": gzip.compress(gzip.compress(DOCUMENT)),
    "in members": gzip.compress(DOCUMENT[:999]) + gzip.compress(DOCUMENT[999:]) + bytes(99),
    "with an envelope": zlib.compress(DOCUMENT),
    "with more behind": gzip.compress(DOCUMENT) + b"\r\n",
    "without its end": gzip.compress(DOCUMENT)[:-8],
}


KEPT_ODDLY = {
    "with another checksum": with_another_byte(gzip.compress(DOCUMENT), -8),
    "with another length": with_another_byte(gzip.compress(DOCUMENT), -1),
    "in an envelope with another checksum": with_another_byte(zlib.compress(DOCUMENT), -4),
    "in pieces that are signed": in_chunks(DOCUMENT, SIGNATURE),
    "in pieces": in_chunks(DOCUMENT),
    "in pieces with trailers": in_chunks(DOCUMENT, behind=b"x-amz-checksum-crc32:sOO8/Q==\r\n"),
    "in pieces, packed before": in_chunks(gzip.compress(DOCUMENT), SIGNATURE),
    "in pieces, packed after": gzip.compress(in_chunks(DOCUMENT, SIGNATURE)),
}


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize(
    "encoding", [None, "gzip", "gzip,gzip", "gzip;q=1.0", "utf-8", "application/gzip", "deflate", "br, gzip"]
)
def test_the_bytes_and_no_name_tell_how_they_were_packed(
    storage: Storage, contents: CaseStatusContents, encoding: str | None, packed: str, framing: str
) -> None:
    storage.answer = answer(PACKED[packed], encoding, framing)
    assert read(contents, source(storage, DOCUMENT)) == DOCUMENT


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("kept", KEPT_ODDLY)
@pytest.mark.parametrize("encoding", [None, "gzip", "aws-chunked"])
def test_what_is_wrong_about_the_packing_alone_costs_no_document(
    storage: Storage, contents: CaseStatusContents, encoding: str | None, kept: str, framing: str
) -> None:
    storage.answer = answer(KEPT_ODDLY[kept], encoding, framing)
    assert read(contents, source(storage, DOCUMENT)) == DOCUMENT


@pytest.mark.parametrize("status", [203, 206])
def test_whole_content_counts_however_a_proxy_calls_the_answer(
    storage: Storage, contents: CaseStatusContents, status: int
) -> None:
    storage.answer = answer(DOCUMENT, None, status=status)
    for proven in (True, False):
        assert read(contents, source(storage, DOCUMENT, proven=proven)) == DOCUMENT
    storage.answer = answer(DOCUMENT[:1000], None, status=status)
    for proven in (True, False):
        with pytest.raises(ContentMismatchError):
            read(contents, source(storage, DOCUMENT, proven=proven))


def test_what_a_storage_has_taken_on_for_later_is_asked_for_again(
    storage: Storage, contents: CaseStatusContents
) -> None:
    storage.answer = answer(b"", None, status=202)
    with pytest.raises(TransientError):
        read(contents, source(storage, DOCUMENT))


def test_chunks_overrule_a_length(storage: Storage, contents: CaseStatusContents) -> None:
    storage.answer = answer(DOCUMENT, None, "chunked").replace(b"\r\n", b"\r\nContent-Length: 5\r\n", 1)
    assert read(contents, source(storage, DOCUMENT)) == DOCUMENT


@pytest.mark.parametrize("encoding", [None, "gzip", "br"])
def test_plain_bytes_of_another_length_are_not_waited_for(
    storage: Storage, contents: CaseStatusContents, encoding: str | None
) -> None:
    storage.answer = answer(DOCUMENT + b"x", encoding)[:-9]  # the rest never comes
    with pytest.raises(ContentMismatchError):
        read(contents, source(storage, DOCUMENT))


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_compressed_file_that_is_the_document_stays_as_it_is(
    storage: Storage, contents: CaseStatusContents, framing: str
) -> None:
    packed = gzip.compress(DOCUMENT)
    storage.answer = answer(packed, "gzip", framing)
    assert read(contents, source(storage, packed)) == packed


@pytest.mark.parametrize("encoding", ["gzip", "aws-chunked,gzip"])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_without_a_hash_nothing_is_undone(
    storage: Storage, contents: CaseStatusContents, encoding: str, framing: str
) -> None:
    storage.answer = answer(gzip.compress(ABCD), encoding, framing)
    with pytest.raises(ContentMismatchError):
        read(contents, source(storage, ABCD, proven=False))


@cache
def bomb() -> bytes:
    """64 MiB in 64 KiB; made when a test asks for it, not by every process that collects the tests."""
    return gzip.compress(bytes(2**26))


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (lambda: gzip.compress(DOCUMENT + b"x"), "gzip"),
        (lambda: gzip.compress(DOCUMENT[:-1]), "gzip"),
        (lambda: gzip.compress(b"x" * len(DOCUMENT)), "gzip"),
        (lambda: gzip.compress(DOCUMENT)[:-99], "gzip"),
        (lambda: DOCUMENT + b"x", "gzip"),
        (lambda: DOCUMENT[:-1], "deflate"),
        (lambda: gzip.compress(gzip.compress(gzip.compress(DOCUMENT))), "gzip,gzip,gzip"),
        (bomb, "gzip"),
        (lambda: gzip.compress(bomb()), "gzip, gzip"),
        (lambda: b"", "gzip"),
        (lambda: in_chunks(DOCUMENT[:-1], SIGNATURE), "aws-chunked"),
        (lambda: in_chunks(DOCUMENT, SIGNATURE).replace(b"\r\n10000;", b"\r\nfffffffffff;"), "aws-chunked"),
        (lambda: in_chunks(DOCUMENT, SIGNATURE).replace(b"\r\n10000;", b"\r\n-1;"), "aws-chunked"),
        (lambda: b"5" * 300_000, "aws-chunked"),
    ],
)
def test_what_fits_neither_way_is_a_mismatch(
    storage: Storage, contents: CaseStatusContents, body: Callable[[], bytes], encoding: str, framing: str
) -> None:
    storage.answer = answer(body(), encoding, framing)
    given: list[bytes] = []
    with pytest.raises(ContentMismatchError), contents.open(source(storage, DOCUMENT)) as pieces:
        given.extend(pieces)
    assert sum(map(len, given)) < len(DOCUMENT)


def test_what_breaks_off_is_tried_again(storage: Storage, contents: CaseStatusContents) -> None:
    whole = answer(gzip.compress(DOCUMENT), "gzip", "chunked")
    for cut in (whole[:-20], answer(gzip.compress(DOCUMENT)[:-30], "gzip", "close")):
        storage.answer = cut
        with pytest.raises(TransientError):
            read(contents, source(storage, DOCUMENT))


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4, 4\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\nContent-Length: \xd9\xa4\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000 + b"\r\n\r\nabcd",
        b"HTTP/1.1 302 Found\r\nLocation: http://[::1/\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: \xff\xfe\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 429 Slow\r\nRetry-After: " + b"9" * 5000 + b"\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 103 Early\r\n\r\n" * 5000,
        b"not HTTP at all\r\n\r\n",
        b"",
    ],
)
def test_odd_headers_are_an_error_of_ours(
    storage: Storage, contents: CaseStatusContents, head: bytes
) -> None:
    storage.answer = head
    with pytest.raises(CasebridgeError):
        read(contents, source(storage, ABCD + b"e"))


@pytest.mark.parametrize("location", ["", "Location:\r\n", "Location: ?again\r\n", "Location: /x.pdf\r\n"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_that_lead_nowhere_are_no_question_of_the_host(
    storage: Storage, contents: CaseStatusContents, status: int, location: str
) -> None:
    storage.answer = f"HTTP/1.1 {status} There\r\n{location}Content-Length: 0\r\n\r\n".encode()
    with pytest.raises(CasebridgeError) as caught:
        read(contents, source(storage, ABCD))
    assert caught.value.reason == Reason.CONTENT_REFUSED


@pytest.mark.parametrize(
    "where", [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500, answer(b"x" * 500, None, status=400)]
)
def test_headers_and_refusals_that_drip_end_with_the_document_s_time(
    storage: Storage, contents: CaseStatusContents, where: bytes
) -> None:
    """Each byte comes well within the limit for a wait; all of them would take minutes."""
    storage.answer, storage.drip_s = where, 0.5
    began = threading.Event()
    timer = threading.Timer(30, began.set)
    timer.daemon = True
    timer.start()
    with pytest.raises(CasebridgeError) as caught:
        read(contents, source(storage, ABCD))
    timer.cancel()
    assert not began.is_set()
    assert caught.value.reason in {
        Reason.CONTENT_UNAVAILABLE,
        Reason.CONTENT_TOO_SLOW,
        Reason.CONTENT_REFUSED,
    }
