"""A new, empty cluster, and in it the service's role and database."""

import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from adapters.embedded.postgres_account import Account
from adapters.embedded.postgres_binaries import Binaries
from adapters.embedded.postgres_errors import (
    EmbeddedPostgresError,
    disk_full_error,
    folder_error,
    last_lines,
    says_disk_full,
)
from adapters.embedded.postgres_folder import DataFolder, write_private

SUPERUSER = "postgres"
ROLE = "casebridge"
DATABASE = "casebridge"

INITDB_WITHIN_S = 120.0


def make_cluster(
    folder: DataFolder, binaries: Binaries, account: Account, password: str, *, sync: bool = True
) -> None:
    """Run `initdb` aside and move the whole result into place, so that a crash leaves no half cluster.

    `sync` waits until the disk has it.
    """
    staging = folder.root / "postgres.new"
    # initdb runs under the server's account, which cannot read our own password file.
    password_copy = folder.root / "postgres.initdb"
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        account.own(staging)
        write_private(password_copy, password)
        account.own(password_copy)
        options = ["-D", str(staging), "--pwfile", str(password_copy), *([] if sync else ["--no-sync"])]
        _initdb(binaries, account, options, folder.root)
        staging.rename(folder.cluster)
    except PermissionError as error:
        raise account.refused() if account.switch else folder_error(error, folder.root) from error
    except OSError as error:
        raise folder_error(error, folder.root) from error
    finally:
        password_copy.unlink(missing_ok=True)
        shutil.rmtree(staging, ignore_errors=True)


def create_database(superuser_url: str, password: str) -> None:
    """Create role and database where the first start has not done so, or was cut off before it did.

    Raises `psycopg.OperationalError` where the server does not let the superuser in.
    """
    with psycopg.connect(superuser_url, autocommit=True, connect_timeout=20) as connection:
        if connection.execute("select 1 from pg_roles where rolname = %s", [ROLE]).fetchone() is None:
            # No superuser: row-level security must bind the service here as it does in production.
            connection.execute(
                sql.SQL("create role {} login createdb createrole password {}").format(
                    sql.Identifier(ROLE), sql.Literal(password)
                )
            )
        if connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(
                sql.SQL("create database {} owner {}").format(sql.Identifier(DATABASE), sql.Identifier(ROLE))
            )


def environment() -> dict[str, str]:
    """Return the environment of PostgreSQL's programs: not ours, which may hold PG* variables and secrets."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


def _initdb(binaries: Binaries, account: Account, options: list[str], root: Path) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments, no shell
            [
                binaries.initdb,
                *("-U", SUPERUSER, "--auth=scram-sha-256", "--encoding=UTF8"),
                *_locale_options(binaries.major),
                *options,
            ],
            check=False,
            cwd="/",
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=INITDB_WITHIN_S,
            **account.process_options(),
        )
    except subprocess.TimeoutExpired as error:
        raise EmbeddedPostgresError(
            f"initdb did not finish within {INITDB_WITHIN_S:.0f} s in {root}. "
            "Look at the load of its disk, or name a data folder on another one."
        ) from error
    if done.returncode != 0:
        said = done.stdout.decode(errors="replace")
        if says_disk_full(said):
            raise disk_full_error(root)
        raise EmbeddedPostgresError(f"no database could be made in {root}; initdb said:\n{last_lines(said)}")


def _locale_options(major: int) -> list[str]:
    """Sort by code point: the order must not change with the machine's C library."""
    if major >= 17:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]
