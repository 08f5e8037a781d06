"""What compose.yaml and the Dockerfile promise, as far as it can be read off them."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.unit.yaml_files import read_yaml

ROOT = Path(__file__).parents[2]
PROCESSES = ("web", "intake", "scheduler", "worker")
OURS = (*PROCESSES, "migrate", "sandbox")


@pytest.fixture(scope="module")
def services() -> Any:
    return read_yaml(ROOT / "compose.yaml")["services"]


def test_every_port_is_published_on_loopback_only(services: Any) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_lasting_service_has_a_health_check_and_comes_back(services: Any) -> None:
    for name in services.keys() - {"migrate"}:
        assert services[name]["healthcheck"]["test"][0] == "CMD", name
        assert services[name]["restart"] == "unless-stopped", name


def test_processes_begin_after_the_migrations(services: Any) -> None:
    for name in PROCESSES:
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_a_worker_has_the_time_to_end_its_jobs(services: Any) -> None:
    from workers.run import STOP_WITHIN_S  # here: it brings the broker's libraries along

    grace_s = float(services["worker"]["stop_grace_period"].removesuffix("s"))
    assert grace_s >= STOP_WITHIN_S + 10


def test_ours_run_without_privileges_and_cannot_write(services: Any) -> None:
    for name in OURS:
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["read_only"] is True
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    user = re.findall(r"^USER (\d+)", dockerfile, re.MULTILINE)
    assert user
    assert int(user[-1]) > 0


def test_the_sandbox_starts_only_when_asked_for_and_learns_no_secret(services: Any) -> None:
    assert services["sandbox"]["profiles"] == ["demo"]
    assert services["sandbox"]["environment"] == {}
    assert services["sandbox"]["env_file"] == []


def test_the_sandbox_is_in_no_wheel_and_in_no_image_but_the_demos(services: Any) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "/sandbox" not in project["tool"]["hatch"]["build"]["targets"]["wheel"]["include"]
    stages = re.split(r"^FROM ", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    [*_, last] = stages
    assert last.splitlines()[0] == "base AS production"
    having = {stage.splitlines()[0] for stage in stages if re.search("COPY.* (sandbox|/opt/demo)", stage)}
    assert having == {"build AS build-demo", "base AS demo"}
    assert {services[name]["build"]["target"] for name in OURS if name != "sandbox"} == {"production"}
    assert services["sandbox"]["build"]["target"] == "demo"
    assert services["sandbox"]["image"] != services["web"]["image"]


def test_the_image_is_what_the_lock_file_says_and_builds_without_buildkit() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    syncs = re.findall(r"uv sync .*", dockerfile)
    assert syncs
    assert all("--frozen" in sync and "--no-dev" in sync for sync in syncs)
    assert "--mount" not in dockerfile
    assert "<<" not in dockerfile


def test_uv_is_pinned_by_version_and_hash_wherever_it_is_installed() -> None:
    pinned = (ROOT / ".ci" / "uv.txt").read_text(encoding="utf-8")
    assert re.findall(r"^[a-z].*", pinned, re.MULTILINE) == re.findall(
        r"^uv==\d+\.\d+\.\d+ \\", pinned, re.MULTILINE
    )
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", pinned)) > 5
    for name in (".ci/get-uv", "Dockerfile"):
        installs = re.findall(r"bin/pip\"? install .*", (ROOT / name).read_text(encoding="utf-8"))
        assert len(installs) == 1, name
        assert "--require-hashes" in installs[0], name
        assert "uv.txt" in installs[0], name
    assert "!.ci/uv.txt" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


def test_every_image_of_others_can_be_given_with_its_digest(services: Any) -> None:
    images = {service["image"] for service in services.values()}
    assert all(re.fullmatch(r"\$\{[A-Z_]*IMAGE:-[^}]+\}", image) for image in images), images
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    stages = set(re.findall(r"^FROM (?:\S+ AS )?(\S+)$", dockerfile, re.MULTILINE))
    bases = set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)) - stages
    assert bases == {"${PYTHON_IMAGE}"}
    assert {
        service["build"]["args"]["PYTHON_IMAGE"] for service in services.values() if "build" in service
    } == {"${PYTHON_IMAGE:-python:3.13-slim}"}
