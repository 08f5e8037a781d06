"""Tokens by OAuth against the sandbox's authorization server: renewal, trouble there, states."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.http.limits import Limits
from adapters.smartadvocate.oauth import OAUTH_LIMITS
from core.actor import SYSTEM
from core.credentials import OAuthCredentials
from core.errors import (
    ConfigurationError,
    ConnectionRejectedError,
    RateLimitedError,
    TransientError,
    UnknownFirmError,
    WrongAccountError,
)
from core.firm import ConnectionState
from core.schedule import JobName
from core.usecases.steps.lose_connection import lose_connection
from tests.fakes.samples import a_case
from tests.integration.oauth_support import FIRM, OAuthBench, oauth_bench


@pytest.fixture
def bench(migrated_database_url: str) -> Iterator[OAuthBench]:
    with oauth_bench(migrated_database_url) as bench:
        bench.consent()
        yield bench


def test_a_token_works_on_the_api_and_says_whose_it_is(bench: OAuthBench) -> None:
    now = bench.application.store.clock.now()
    page = bench.application.smartadvocate.case_management.search_cases(
        bench.firm, now - timedelta(days=3650), now, 0
    )
    assert page.rows
    standing = bench.application.desk.show_connection(SYSTEM, FIRM)
    assert standing.state is ConnectionState.CONNECTED
    assert standing.account is not None
    assert standing.account.startswith("firm1 (user ")


def test_a_token_is_renewed_ahead_of_its_end_by_the_stores_clock(bench: OAuthBench) -> None:
    first = bench.token()
    assert bench.token() == first
    bench.sql("update connections set renew_at = now() - interval '1s'")
    assert bench.token() != first
    assert bench.grants()[0]["refreshes"] == 1


@pytest.mark.parametrize("fault", ["server_error", "store_then_reset", "html_200", "too_many_requests"])
def test_while_a_token_is_still_good_a_failed_renewal_stops_nobody(bench: OAuthBench, fault: str) -> None:
    bench.switch(grace_s=60)
    first = bench.token()
    bench.sql("update connections set renew_at = now() - interval '1s'")
    bench.control("PUT", "faults", {"name": fault, "purpose": "oauth-token"})
    assert bench.token() == first
    calls = bench.control("GET", "report?notes=0", None)["requests"]["oauth-token"]
    assert bench.token() == first
    assert bench.control("GET", "report?notes=0", None)["requests"]["oauth-token"] == calls


@pytest.mark.parametrize("fault", ["store_then_reset", "html_200", "huge_200", "malformed_200", "empty_200"])
def test_a_lost_answer_is_recovered_where_the_server_gives_it_again(bench: OAuthBench, fault: str) -> None:
    bench.switch(grace_s=60)
    bench.expire()
    bench.fault(fault)
    assert bench.token()
    [grant] = bench.grants()
    assert (grant["refreshes"], grant["recovered"], grant["revoked"]) == (1, 1, False)


@pytest.mark.parametrize("fault", ["store_then_reset", "html_200", "huge_200", "malformed_200", "empty_200"])
def test_a_lost_answer_of_a_strict_server_means_reconnect_and_no_loop(bench: OAuthBench, fault: str) -> None:
    bench.expire()
    bench.fault(fault)
    for _ in range(4):
        with pytest.raises(ConnectionRejectedError):
            bench.token()
    assert bench.grants()[0]["token_calls"] == 3  # the code, the lost refresh, the one that was refused


def test_a_token_endpoint_in_trouble_is_left_alone_for_a_while(bench: OAuthBench) -> None:
    bench.expire()
    bench.control("PUT", "faults", {"name": "server_error", "purpose": "oauth-token", "status": 500})
    for _ in range(5):
        with pytest.raises(TransientError):
            bench.token()
    assert bench.grants()[0]["token_calls"] == 1
    assert bench.control("GET", "report?notes=0", None)["requests"]["oauth-token"]["500"] == 1
    bench.control("DELETE", "faults", None)
    bench.forgive()
    assert bench.token()


def test_a_slow_token_endpoint_is_given_up_within_the_databases_limits(bench: OAuthBench) -> None:
    limits = OAUTH_LIMITS
    longest = 2 * (limits.pool + limits.connect + limits.read)
    assert longest < 45  # seconds that others wait for the lock; an idle transaction is ended after 60
    bench.application.smartadvocate.oauth._limits = Limits(connect=1, read=0.3, write=1, pool=1)
    bench.expire()
    bench.control("PUT", "faults", {"name": "latency", "purpose": "oauth-token", "ms": 3000})
    with pytest.raises(TransientError):
        bench.token()
    bench.control("DELETE", "faults", None)
    bench.forgive()
    assert bench.token()


def test_a_pause_that_the_token_endpoint_asks_for_is_kept(bench: OAuthBench) -> None:
    bench.expire()
    bench.fault("too_many_requests", retry_after=40)
    for _ in range(2):
        with pytest.raises(RateLimitedError) as caught:
            bench.token()
        assert caught.value.retry_after is not None
        assert caught.value.retry_after > timedelta(seconds=30)


def test_a_withdrawn_grant_is_lost_once_and_restored_once_by_the_same_firm(bench: OAuthBench) -> None:
    bench.control("POST", "oauth/revoke", None)
    for _ in range(3):
        with pytest.raises(ConnectionRejectedError) as caught:
            bench.application.smartadvocate.case_management.case_by_id(bench.firm, "1")
        with bench.application.store.unit_of_work(SYSTEM) as uow:
            lose_connection(uow, FIRM, caught.value)
            uow.commit()
    standing = bench.application.desk.show_connection(SYSTEM, FIRM)
    assert standing.state is ConnectionState.RECONNECT_REQUIRED
    assert standing.why is not None
    assert standing.since is not None
    bench.consent()
    with bench.application.store.unit_of_work(SYSTEM) as uow:
        lose_connection(uow, FIRM, caught.value)  # the error of a worker that was late
        uow.commit()
        assert not uow.issues.list_open(frozenset({FIRM}))
    assert bench.firm.connection is ConnectionState.CONNECTED
    kinds = [kind for (kind,) in bench.sql("select kind from outbox where kind is not null order by row_id")]
    assert kinds == ["connection-lost", "connection-restored"]
    assert bench.sql("select count(*) from issues where kind = 'connection_lost'") == [(1,)]


def test_the_probe_an_hour_before_the_nightly_run_finds_a_dead_connection(bench: OAuthBench) -> None:
    bench.control("POST", "oauth/revoke", None)
    with bench.application.store.unit_of_work(SYSTEM) as uow:
        uow.jobs.enqueue(JobName.PROBE_CONNECTIONS, [FIRM])
        uow.commit()
    [(job_id,)] = bench.sql("select job_id from jobs where name = 'probe-connections'")
    bench.application.jobs.probe_connection(SYSTEM, job_id)
    assert bench.firm.connection is ConnectionState.RECONNECT_REQUIRED
    assert not bench.sql("select 1 from jobs where name = 'probe-connections'")


def test_an_account_of_another_firm_is_refused_and_nothing_changes(bench: OAuthBench) -> None:
    row = bench.control("GET", "cases?firm=firm1&limit=1", None)["cases"][0]
    with bench.application.store.unit_of_work(SYSTEM) as uow:
        uow.cases.save(FIRM, [a_case(str(row["caseID"]), readable_id=row["caseNumber"])])
        uow.commit()
    before = bench.token()
    with pytest.raises(WrongAccountError, match="belongs to another firm"):
        bench.consent("firm2")
    assert bench.token() == before
    assert bench.firm.connection is ConnectionState.CONNECTED
    bench.consent("firm1")
    assert bench.firm.connection is ConnectionState.CONNECTED


def test_disconnecting_revokes_keeps_the_data_and_ends_all_tokens(bench: OAuthBench) -> None:
    token = bench.token()
    with bench.application.store.unit_of_work(SYSTEM) as uow:
        uow.cases.save(FIRM, [a_case("1")])
        uow.commit()
    assert bench.application.desk.disconnect_firm(bench.application.settings.actor(), FIRM)
    assert bench.grants()[0]["revoked"]
    headers = {"Authorization": f"Bearer {token}"}
    assert bench.browser.get(f"{bench.sandbox.base_url}case/1", headers=headers).status_code == 401
    with pytest.raises(ConnectionRejectedError):
        bench.token()
    assert bench.firm.connection is ConnectionState.DISCONNECTED
    assert bench.sql("select count(*) from cases") == [(1,)]
    assert not bench.sql("select 1 from connections")


def test_where_revoking_fails_the_firm_is_disconnected_and_it_can_be_tried_again(bench: OAuthBench) -> None:
    bench.control("PUT", "faults", {"name": "server_error", "purpose": "oauth-revoke", "times": 1})
    with pytest.raises(TransientError):
        bench.application.desk.disconnect_firm(bench.application.settings.actor(), FIRM)
    assert bench.firm.connection is ConnectionState.DISCONNECTED
    assert bench.application.desk.disconnect_firm(bench.application.settings.actor(), FIRM)
    assert bench.grants()[0]["revoked"]


def test_a_firm_is_deleted_with_everything_but_the_audit_log_and_only_once_disconnected(
    bench: OAuthBench,
) -> None:
    actor = bench.application.settings.actor()
    with bench.application.store.unit_of_work(SYSTEM) as uow:
        uow.cases.save(FIRM, [a_case("1")])
        uow.cases.save("south", [a_case("1")])
        uow.commit()
    with pytest.raises(ConfigurationError, match="firm 'north' is"):
        bench.application.desk.delete_firm(actor, FIRM)
    bench.application.desk.disconnect_firm(actor, FIRM)
    bench.application.desk.delete_firm(actor, FIRM)
    with pytest.raises(UnknownFirmError):
        bench.application.desk.delete_firm(actor, FIRM)
    tables = bench.sql(
        "select table_name from information_schema.columns where column_name = 'firm_id' "
        "and table_schema = 'public'"
    )
    left = {t for (t,) in tables if bench.sql(f"select 1 from {t} where firm_id = %s", FIRM)}
    assert left == {"audit_log"}
    assert bench.sql("select firm_id from cases") == [("south",)]
    actions = [action for (action,) in bench.sql("select action from audit_log order by entry_id")]
    assert actions == [
        *("connect-link-made", "signed-in", "firm-connected"),
        *("firm-disconnected", "firm-deleted"),
    ]


def test_a_server_without_refresh_tokens_means_reconnect_when_the_access_runs_out(bench: OAuthBench) -> None:
    bench.switch(refresh=False, tell_life=False, tell_account=False)
    bench.consent()
    assert bench.token()
    bench.expire()
    with pytest.raises(ConnectionRejectedError, match="no refresh token"):
        bench.token()


def test_keys_rotate_while_tokens_are_read_and_renewed(bench: OAuthBench, migrated_database_url: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from bootstrap.application import Application
    from bootstrap.secret import Secret
    from bootstrap.settings import Settings
    from tests.integration.oauth_support import KEYS

    new = "k2:" + "bmV3" * 10 + "bmU="
    both = bench.settings.changed(secret_keys=Secret(f"{new},{KEYS}"))
    assert isinstance(both, Settings)
    rotating = Application(both)
    actor = rotating.settings.actor()
    stop = False

    def work() -> int:
        number = 0
        while not stop:
            assert rotating.smartadvocate.tokens.token(bench.firm)
            if number % 5 == 0:
                bench.expire()
            number += 1
        return number

    try:
        with ThreadPoolExecutor(4) as threads:
            workers = [threads.submit(work) for _ in range(4)]
            for _ in range(20):
                assert not rotating.desk.rotate_keys(actor).problems
                if rotating.store.keys.counts() == {"k1": 0, "k2": 2}:
                    break
            stop = True
            assert sum(worker.result(60) for worker in workers)
        rotating.desk.rotate_keys(actor)
        assert rotating.store.keys.counts() == {"k1": 0, "k2": 2}
    finally:
        rotating.close()
    only_new = Application(bench.settings.changed(secret_keys=Secret(new)))
    try:
        assert only_new.smartadvocate.tokens.token(bench.firm)
    finally:
        only_new.close()
    assert not bench.grants()[0]["revoked"]


def test_a_lost_key_stops_the_firm_for_a_while_and_fails_nothing(
    bench: OAuthBench, migrated_database_url: str
) -> None:
    from bootstrap.application import Application
    from bootstrap.secret import Secret

    other = Application(bench.settings.changed(secret_keys=Secret("k9:" + "bmV3" * 10 + "bmU=")))
    try:
        with pytest.raises(TransientError, match="'k1'"):
            other.smartadvocate.tokens.token(bench.firm)
        rotated = other.desk.rotate_keys(other.settings.actor())
        assert rotated.secrets == 0
        assert rotated.problems
        assert other.store.keys.counts() == {"k1": 2, "k9": 0}
    finally:
        other.close()


def test_no_secret_shows_in_errors_logs_rows_or_reprs(
    bench: OAuthBench, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    connections = bench.application.store.connections
    kept = connections.get(FIRM)
    assert kept is not None
    assert kept.bearer is not None
    assert isinstance(kept.credentials, OAuthCredentials)
    secrets = [kept.bearer.token, kept.credentials.refresh_token or "", "sandbox-secret"]
    shown = [repr(kept), repr(kept.bearer), repr(replace(kept, bearer=None)), repr(bench.settings)]
    shown.append(repr(bench.application.smartadvocate.oauth.__dict__))
    bench.expire()
    for fault in ("html_200", "server_error", "malformed_200"):
        bench.fault(fault)
        with pytest.raises((TransientError, ConnectionRejectedError)) as caught:
            bench.token()
        shown += [str(caught.value), repr(caught.value), repr(caught.value.__context__)]
        bench.forgive()
    shown += [str(row) for row in bench.sql("select outbox::text from outbox")]
    shown += [str(row) for row in bench.sql("select connections::text from connections")]
    shown += [str(row) for row in bench.sql("select audit_log::text from audit_log")]
    shown += [caplog.text, *capfd.readouterr()]
    for secret in secrets:
        assert secret
        assert secret not in "\n".join(shown)
