"""The limit of `notes`: `python -m tests.benchmarks.bare.notes FILE THREADS` sends the requests of a file.

The file is a JSON list of {"url", "token", "body"}. One client, all threads on it.
"""

import json
import queue
import sys
import threading
from pathlib import Path

import httpx2


def main(file: str, threads: int) -> None:
    """Send all requests; RuntimeError unless every one was answered with 200."""
    requests = json.loads(Path(file).read_text())
    waiting: queue.SimpleQueue[tuple[str, dict[str, str], bytes]] = queue.SimpleQueue()
    for request in requests:
        headers = {"Authorization": f"Bearer {request['token']}", "Content-Type": "application/json"}
        waiting.put((request["url"], headers, request["body"].encode()))
    answered: list[int] = []

    def send() -> None:
        while True:
            try:
                url, headers, body = waiting.get_nowait()
            except queue.Empty:
                return
            answered.append(client.post(url, headers=headers, content=body).status_code)

    with httpx2.Client(trust_env=False, timeout=30) as client:
        workers = [threading.Thread(target=send) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    if answered != [200] * len(requests):
        raise RuntimeError(f"{answered.count(200)} of {len(requests)} notes were taken")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
