"""What the embedded PostgreSQL decides and says without starting a server."""

import errno
import os
from pathlib import Path

import pytest

from adapters.embedded.cluster import find_binaries, shipped_binaries
from adapters.embedded.folder import EmbeddedPostgresError, default_data_dir, folder_error, says_disk_full
from adapters.embedded.postgres import EmbeddedPostgres
from adapters.embedded.process import Postmaster, read_postmaster
from core.errors import ErrorClass
from core.reason import Reason


def test_the_package_ships_a_server_and_the_newest_comes_first() -> None:
    majors = [find_binaries(folder, None).major for folder in shipped_binaries()]
    assert majors == sorted(majors, reverse=True)
    assert find_binaries(None, None).major == majors[0]


def test_binaries_are_chosen_to_fit_the_data() -> None:
    for folder in shipped_binaries():
        major = find_binaries(folder, None).major
        assert find_binaries(None, major).major == major


def test_a_folder_without_programs_is_refused_with_a_next_step(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match=r"does not run on this machine"):
        find_binaries(tmp_path, None)


def test_a_program_that_is_too_old_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "postgres"
    program.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 9.6.24'\n")
    program.chmod(0o755)
    with pytest.raises(EmbeddedPostgresError, match=r"9\.6\.24.*needs PostgreSQL 15 or newer"):
        find_binaries(tmp_path, None)


def test_data_of_another_version_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("12\n")
    with pytest.raises(EmbeddedPostgresError, match=r"database of PostgreSQL 12"):
        EmbeddedPostgres(tmp_path).start()


def test_a_folder_that_is_no_cluster_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "thesis.txt").write_text("mine")
    with pytest.raises(EmbeddedPostgresError, match="is no PostgreSQL cluster"):
        EmbeddedPostgres(tmp_path).start()
    assert (tmp_path / "postgres" / "thesis.txt").read_text() == "mine"


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("")
    with pytest.raises(EmbeddedPostgresError, match=r"data cannot be made: a file stands in its place"):
        EmbeddedPostgres(file).start()
    with pytest.raises(EmbeddedPostgresError, match="a file stands in its place"):
        EmbeddedPostgres(file / "below").start()


@pytest.mark.parametrize(
    ("number", "said", "reason"),
    [
        (errno.ENOSPC, "is full", Reason.DISK_FULL),
        (errno.EACCES, "no write access", Reason.DATA_FOLDER_UNUSABLE),
        (errno.EROFS, "no write access", Reason.DATA_FOLDER_UNUSABLE),
        (errno.EIO, "cannot be used", Reason.DATA_FOLDER_UNUSABLE),
    ],
)
def test_errors_of_the_disk_say_what_was_seen(number: int, said: str, reason: Reason) -> None:
    error = folder_error(OSError(number, os.strerror(number)), Path("/srv/data"))
    assert error.error_class is ErrorClass.NEEDS_PERSON
    assert error.reason is reason
    with pytest.raises(EmbeddedPostgresError, match=said):
        raise error


@pytest.mark.parametrize(
    ("said", "is_full"),
    [
        ('FATAL:  could not write lock file "postmaster.pid": No space left on device', True),
        ("FATAL:  could not extend file: wrote only 4096 of 8192 bytes\nHINT:  Check free disk space.", True),
        ("FATAL:  could not map anonymous shared memory", False),
    ],
)
def test_a_full_disk_is_recognised_in_what_the_server_says(said: str, is_full: bool) -> None:
    assert says_disk_full(said) is is_full


def test_a_users_data_goes_to_the_xdg_data_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_data_dir() == tmp_path / "casebridge"
    monkeypatch.setenv("XDG_DATA_HOME", "relative/paths/are/to/be/ignored")
    monkeypatch.setenv("HOME", "/home/ada")
    assert default_data_dir() == Path("/home/ada/.local/share/casebridge")


def test_roots_data_goes_where_other_accounts_can_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_data_dir() == Path("/var/lib/casebridge")


def test_a_half_written_postmaster_file_is_no_server(tmp_path: Path) -> None:
    assert read_postmaster(tmp_path) is None
    (tmp_path / "postmaster.pid").write_text("")
    assert read_postmaster(tmp_path) is None
    (tmp_path / "postmaster.pid").write_text("4711\n")
    assert read_postmaster(tmp_path) == Postmaster(4711, tmp_path, None, ready=False)


def test_a_number_that_now_belongs_to_another_program_is_no_server_of_ours(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n")
    found = read_postmaster(tmp_path)
    assert found is not None
    assert not found.is_running()


def test_neither_name_nor_error_shows_the_password(tmp_path: Path) -> None:
    (tmp_path / "postgres.password").write_text("hunter2")
    assert "hunter2" not in repr(EmbeddedPostgres(tmp_path))
