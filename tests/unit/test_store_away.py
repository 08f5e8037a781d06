"""What is said of a database to which no connection comes about."""

import psycopg
import pytest

from adapters.postgres.store.errors import translated
from core.errors import TransientError

AT = 'connection failed: connection to server at "10.1.2.3", port 5433 failed: '


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f'{AT}FATAL:  database "cb_LATIN1" does not exist',
            "there is no database 'cb_LATIN1' at 10.1.2.3:5433",
        ),
        (f'{AT}FATAL:  role "bob" does not exist', "user or password is not accepted by 10.1.2.3:5433"),
        (f'{AT}FATAL:  password authentication failed for user "bob"', "user or password is not accepted by"),
        (f"{AT}fe_sendauth: no password supplied", "user or password is not accepted by 10.1.2.3:5433"),
        (f'{AT}FATAL:  no pg_hba.conf entry for host "9.9.9.9", user "bob"', "no line of pg_hba.conf lets"),
        (f"{AT}FATAL:  sorry, too many clients already", "no connection is left at 10.1.2.3:5433"),
        (f"{AT}FATAL:  remaining connection slots are reserved for roles", "no connection is left at"),
        (f"{AT}FATAL:  the database system is starting up", "not ready is 10.1.2.3:5433"),
        (f"{AT}Connection refused\n\tIs the server running?", "nothing listens at 10.1.2.3:5433"),
        (f"{AT}server does not support SSL, but SSL was required", "no agreement on TLS is found with"),
        (f"{AT}received invalid response to SSL negotiation: H", "no agreement on TLS is found with"),
        (f"{AT}timeout expired", "no answer in time came from 10.1.2.3:5433"),
        (f"{AT}FATAL:  unsupported startup parameter: options", "a pooler that takes no settings"),
        (f"{AT}quelque chose d'autre", "no connection came about to 10.1.2.3:5433"),
        (
            'connection to server at "db.test" (::1), port 5432 failed: Connection refused',
            "nothing listens at db.test:5432",
        ),
        (
            'connection is bad: connection to server on socket "/run/x/.s.PGSQL.5432" failed: '
            "No such file or directory",
            "nothing listens at /run/x/.s.PGSQL.5432",
        ),
        ("failed to resolve host 'db.invalid': [Errno -2] Name", "no machine is called 'db.invalid'"),
        (
            f"{AT}Connection refused\n- {AT.replace('2.3', '2.4')}timeout expired",
            "10.1.2.3:5433; no answer in time came from 10.1.2.4:5433",
        ),
    ],
)
def test_it_is_said_which_server_and_why(text: str, said: str) -> None:
    for kind in (psycopg.OperationalError, psycopg.errors.ConnectionTimeout):
        error = translated(kind(text))
        assert isinstance(error, TransientError)
        assert said in str(error)
        assert "bob" not in str(error)
        assert "9.9.9.9" not in str(error)


def test_of_a_connection_that_was_lost_nothing_more_is_said() -> None:
    lost = translated(psycopg.OperationalError("consuming input failed: server closed the connection"))
    assert str(lost) == "the database does not answer (OperationalError, SQLSTATE none)"
