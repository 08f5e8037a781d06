"""Any event is judged by the contract, and its refusal never quotes it."""

import json
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from core.case_id import normal_case_id
from core.errors import InvalidEventError
from core.event import EventKind, UpstreamEvent, parse_event
from core.instant import shown_in
from tests.fakes.samples import a_message, document_data, event_body, message_data
from tests.unit.judging import DOCUMENT, MESSAGE, SECRET, judged, refusal

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_event_or_refused(body: bytes) -> None:
    assert isinstance(judged(body), UpstreamEvent | InvalidEventError)


@given(st.sampled_from([MESSAGE, DOCUMENT]), st.data())
def test_any_values_in_any_fields_are_an_event_or_refused_without_quoting_the_content(
    kind: EventKind, data: st.DataObject
) -> None:
    fields = (
        message_data(text=SECRET, sender_name=SECRET) if kind is MESSAGE else document_data(file_name=SECRET)
    )
    for name in data.draw(st.lists(st.sampled_from(sorted(fields)), max_size=4, unique=True)):
        fields[name] = data.draw(json_values | st.just([SECRET]) | st.just({SECRET: SECRET}))
    envelope = data.draw(st.dictionaries(st.sampled_from(["id", "source", "time", "subject"]), json_values))
    verdict = judged(event_body(fields, kind, **envelope))
    if isinstance(verdict, InvalidEventError):
        assert SECRET not in str(verdict)
        assert verdict.reason in {"malformed", "oversized", "foreign", "contradictory", "unknown_type"}
    else:
        assert verdict.content.firm_id == verdict.firm_id
        json.dumps(verdict.content.to_data()).encode()


@given(st.text(max_size=200))
def test_a_refusal_never_quotes_what_it_refuses(words: str) -> None:
    words = f"{words}-{SECRET}"
    for body in (
        words.encode("utf-8", "surrogatepass"),
        event_body(message_data(direction=words)),
        event_body(message_data(sent_at=words)),
        event_body(message_data(sender_role=words)),
        event_body(message_data(), type=words),
        event_body(message_data(), subject=words),
        event_body(message_data(message_id="\x00" + words[-100:])),
    ):
        assert SECRET not in str(refusal(body))


@given(st.datetimes(datetime(1970, 1, 3), datetime(2200, 1, 1)), st.integers(-1439, 1439))  # noqa: DTZ001 - Hypothesis adds the zone
def test_any_real_time_is_kept_as_its_instant_in_utc(moment: datetime, offset_minutes: int) -> None:
    moment = moment.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
    event = a_message(sent_at=moment.isoformat())
    assert event.occurred_at == moment
    assert event.content.to_data()["sent_at"].endswith("+00:00")


# --- what null, and a whole number, are

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@given(st.integers() | st.floats(), st.booleans())
def test_any_number_is_a_size_or_refused(number: float, as_float: bool) -> None:
    verdict = judged(
        event_body(
            document_data(size=float(number) if as_float and abs(number) < 1e300 else number), DOCUMENT
        )
    )
    if isinstance(verdict, UpstreamEvent):
        assert verdict.content.to_data()["size"] == number


@given(
    st.from_regex(
        r"[0-9]{4}-[01][0-9]-[0-3][0-9][Tt][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,9})?(Z|[+-][0-2][0-9]:[0-6][0-9])",
        fullmatch=True,
    )
)
def test_any_text_like_a_time_is_an_instant_that_can_be_shown_anywhere_or_refused(said: str) -> None:
    try:
        event = parse_event(event_body(message_data(sent_at=said)), now=NOW)
    except InvalidEventError:
        pass
    else:
        assert event.occurred_at.utcoffset() == timedelta(0)
        assert event.occurred_at <= NOW + timedelta(days=1)
        for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
            assert shown_in(event.occurred_at, ZoneInfo(zone))


@given(st.text(max_size=30))
def test_a_case_id_is_normal_once_it_was_made_so(text: str) -> None:
    assert normal_case_id(normal_case_id(text)) == normal_case_id(text)
