"""Case Status as the demo plays it: what clients and the firm write and upload, as events."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Self

import httpx2

from core.cloud_event import new_event

_CLIENTS: Final = ("Delphine Moreau", "Tobias Petrov", "Inés Núñez", "Marcus Okonkwo", "Greta O'Neill")
_STAFF: Final = ("Ruth Okafor", "Lena Fischer", "Ivy Santos")
_ASKED: Final = (
    "Is there any news on my case?",
    "I saw the doctor yesterday; he sends the bill to your office.",
    "The adjuster called again. What should I say?",
    "Gracias, ¿cuándo será la audiencia?",
    "I have a new phone number & a new address.",
    "Thank you! 🙏",
)
_ANSWERED: Final = (
    "Your next appointment is on Tuesday at 10:30.",
    "Please sign the form <attached> and send it back.",
    "We have asked the hospital for your records.",
    "The other side has until Friday to answer.",
)


class Upstream:
    """Hands the demo firm's events to the service, as Case Status would: over HTTP, with a key."""

    def __init__(self, url: str, api_key: str, firm_id: str) -> None:
        self._firm_id = firm_id
        headers = {"Authorization": f"Bearer {api_key}"}
        self._http = httpx2.Client(base_url=url, headers=headers, timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def message_id(self, number: int) -> str:
        """Return the id of message `number`."""
        return f"{self._firm_id}-{number}"

    def send(self, number: int, case_id: str, now: datetime) -> None:
        """Send message `number` of a client, or of staff where the number is odd; `now` is its time."""
        inbound, turn = number % 2 == 0, number // 2
        names, texts = (_CLIENTS, _ASKED) if inbound else (_STAFF, _ANSWERED)
        data: dict[str, Any] = {
            "message_id": self.message_id(number),
            "direction": "inbound" if inbound else "outbound",
            "sender_name": names[turn % len(names)],
            "sender_role": "client" if inbound else "staff",
            "text": texts[turn % len(texts)],
            "sent_at": now.isoformat(),
            "attachments": [],
        }
        self._post("message-sent", self.message_id(number), case_id, now, data)

    def upload(self, document: Mapping[str, Any], case_id: str, now: datetime) -> None:
        """Tell of a document that the sandbox's Case Status has."""
        data = {
            name: document[name] for name in ("file_name", "content_type", "size", "sha256", "content_url")
        }
        document_id = f"{self._firm_id}-document-{document['number']}"
        ids = {"document_id": document_id, "uploaded_at": now.isoformat(), "uploaded_by": _CLIENTS[0]}
        self._post("document-uploaded", document_id, case_id, now, {**ids, **data})

    def _post(self, kind: str, subject_id: str, case_id: str, now: datetime, data: Mapping[str, Any]) -> None:
        whole = {"firm_id": self._firm_id, "case_integration_id": case_id, **data}
        event = new_event(kind, f"event-{subject_id}", now, whole, source="/case-status", subject=case_id)
        self._http.post("/v1/events", json=event).raise_for_status()
