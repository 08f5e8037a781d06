"""Installing packages starts no service and leaves no trace of how that was prevented."""

import os
from pathlib import Path

import pytest

from tests.servers.packages import NotInstalledError, install_rabbitmq

needs_debian_root = pytest.mark.skipif(
    os.geteuid() != 0 or not Path("/etc/debian_version").exists(), reason="only as root on Debian"
)


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in which an apt-get of ours notes its arguments, and whether a service could have started."""
    record = tmp_path / "record"
    programs = tmp_path / "bin"
    programs.mkdir()
    apt = programs / "apt-get"
    apt.write_text(
        f'#!/bin/sh\necho "$@" "policy: $({tmp_path}/policy-rc.d >/dev/null 2>&1; echo $?)" >> {record}\n'
        f"[ -e {tmp_path}/fail ] && echo 'E: no network' && exit 100\nexit 0\n"
    )
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    return record


@needs_debian_root
def test_no_service_may_start_while_packages_are_installed(record: Path, tmp_path: Path) -> None:
    said: list[str] = []
    install_rabbitmq(said.append, tmp_path / "policy-rc.d")
    update, install = record.read_text().splitlines()
    assert "update policy: 101" in update
    assert "install --yes --no-install-recommends rabbitmq-server policy: 101" in install
    assert not (tmp_path / "policy-rc.d").exists()
    assert "INSTALLING" in said[0]


@needs_debian_root
def test_a_policy_that_the_machine_has_already_is_left_alone(record: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 77\n")
    policy.chmod(0o755)
    install_rabbitmq(lambda _text: None, policy)
    assert "policy: 77" in record.read_text()
    assert policy.read_text() == "#!/bin/sh\nexit 77\n"


@needs_debian_root
def test_a_failure_is_told_in_apts_words_and_the_policy_removed(record: Path, tmp_path: Path) -> None:
    (tmp_path / "fail").touch()
    with pytest.raises(NotInstalledError, match="apt-get update failed: E: no network"):
        install_rabbitmq(lambda _text: None, tmp_path / "policy-rc.d")
    assert not (tmp_path / "policy-rc.d").exists()
    assert len(record.read_text().splitlines()) == 1


def test_without_root_nothing_is_tried(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(NotInstalledError):
        install_rabbitmq(lambda _text: None)
    assert not record.exists()
