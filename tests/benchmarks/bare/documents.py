"""The limit of `documents`: `python -m tests.benchmarks.bare.documents FILE THREADS` moves documents.

The file is a JSON list of {"content_url", "url", "token", "size"}. One client, all threads on it: each
streams what a GET gives into a multipart POST, and does nothing else.
"""

import json
import queue
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2

_HEAD = b'--bare\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
_TAIL = b"\r\n--bare--\r\n"


def main(file: str, threads: int) -> None:
    """Move all documents; RuntimeError unless every one was answered with 200."""
    documents = json.loads(Path(file).read_text())
    waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    for document in documents:
        waiting.put(document)
    answered: list[int] = []

    def move() -> None:
        while True:
            try:
                document = waiting.get_nowait()
            except queue.Empty:
                return
            headers = {
                "Authorization": f"Bearer {document['token']}",
                "Content-Type": "multipart/form-data; boundary=bare",
                "Content-Length": str(len(_HEAD) + document["size"] + len(_TAIL)),
            }
            with client.stream("GET", document["content_url"]) as content:
                body = _body(content.iter_raw())
                answered.append(client.post(document["url"], headers=headers, content=body).status_code)

    with httpx2.Client(trust_env=False, timeout=30) as client:
        workers = [threading.Thread(target=move) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    if answered != [200] * len(documents):
        raise RuntimeError(f"{answered.count(200)} of {len(documents)} documents were taken")


def _body(content: Iterator[bytes]) -> Iterator[bytes]:
    yield _HEAD
    yield from content
    yield _TAIL


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
