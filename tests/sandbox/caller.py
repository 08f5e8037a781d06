"""A law firm in a running sandbox, as one test sees it: its API with a token, and its switches."""

from __future__ import annotations

import ssl
from typing import Any

import httpx2

from sandbox.server import SandboxServer

EVER = {"modifiedFromDateTime": "2000-01-01T00:00:00Z", "modifiedToDateTime": "2038-01-01T00:00:00Z"}


class Caller:
    """`api` carries the firm's token; `control` speaks to `/_sandbox/` and always names the firm."""

    def __init__(self, server: SandboxServer, firm: str) -> None:
        self.firm = firm
        self.server = server
        # A bare context: loading the machine's certificates takes longer than most tests here.
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.control = httpx2.Client(
            base_url=server.url + "/_sandbox/", params={"firm": firm}, timeout=10, verify=tls
        )
        self.api = httpx2.Client(base_url=server.base_url, timeout=10, verify=tls)
        self.log_in()

    def close(self) -> None:
        self.api.close()
        self.control.close()

    def log_in(self, password: str = "sandbox") -> httpx2.Response:
        answer = self.api.post("Users/authenticate", json={"Username": self.firm, "Password": password})
        if answer.status_code == 200:
            self.api.headers["Authorization"] = "Bearer " + answer.json()["token"]
        return answer

    def fault(self, name: str, **params: Any) -> None:
        answer = self.control.post("faults", json={"name": name, "firm": self.firm, **params})
        assert answer.status_code == 200, answer.text

    def search(self, page: int = 0, size: int = 1000, query: str = "", **window: Any) -> httpx2.Response:
        body = {**EVER, **window, "pageRequest": {"currentPage": page, "pageSize": size}}
        return self.api.post("case/byDatePaged" + query, json=body)

    def rows(self, page: int = 0, size: int = 1000, query: str = "", **window: Any) -> list[dict[str, Any]]:
        answer = self.search(page, size, query, **window)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["records"]
        return found

    def case_ids(self, kind: str = "importable") -> list[int]:
        found: list[int] = self.control.get("cases", params={"ids": 1, "kind": kind}).json()["cases"]
        return found

    def truth(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control.get("cases", params=query).json()["cases"]
        return found

    def note(self, case_id: int, text: str = "Hello\n[ref:1]", **fields: Any) -> httpx2.Response:
        return self.api.post(
            f"case/{case_id}/notes", json={"subject": "Case Status Message", "noteText": text, **fields}
        )

    def report(self, **query: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.control.get("report", params=query).json()
        return found

    def notes_of(self, case_id: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.report(case=case_id)["notes"][self.firm].get(str(case_id), [])
        return found
