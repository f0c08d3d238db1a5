"""What stands in deploy/: units, compose file, values of Helm: valid, without a secret, with commands and settings there are."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from resources.settings import PREFIX, Settings
from tests.deploying.chart import CHART
from tests.deploying.declared import (
    COMPOSE,
    HELM,
    INSTALLED,
    ROOT,
    SERVICES,
    STATE,
    SYSTEMD,
    compose,
    env_file,
    parsed,
    started_by,
    texts,
    unit,
    units,
    words_of,
)

SCRIPTS = Path(sys.executable).parent
UNIT_KEYS = {
    "Unit": {"Description", "Documentation", "Wants", "After"},
    "Install": {"WantedBy"},
    "Timer": {"OnBootSec", "OnUnitInactiveSec", "OnCalendar", "AccuracySec", "RandomizedDelaySec", "Persistent"},
}
NARROW = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "RestrictSUIDSGID": "yes",
    "CapabilityBoundingSet": "",
    "User": "service-index",
}
SECRETS = ("DATABASE_URL", "DESK_SECRET", "PORTAL_TOKEN", "PORTAL_PROXY", "LANDING_URL")


def inside(words: list[str]) -> list[str]:
    """The command that a shell's line is about."""
    if words[0] in ("/bin/sh", "sh"):
        line = re.sub(r"^(exec|while :; do) ", "", words[2])
        return shlex.split(line.split(";")[0])
    return words


@pytest.mark.parametrize("path", units(), ids=lambda path: path.name)
def test_systemd_itself_finds_nothing_wrong_with_a_unit(path: Path, tmp_path: Path) -> None:
    """Only the commands are not there where it is tested; they are put there for the time of the test."""
    if shutil.which("systemd-analyze") is None:
        known = [set(unit(path)[section]) - keys for section, keys in UNIT_KEYS.items() if section in unit(path)]
        assert not any(known), "systemd-analyze is not here to judge, and these keys are not known"
        return
    for each in units():
        text = each.read_text(encoding="utf-8").replace(f"{INSTALLED}/.venv/bin", str(SCRIPTS))
        (tmp_path / each.name).write_text(text.replace(INSTALLED, str(ROOT)), encoding="utf-8")
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / path.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = [line for line in (told.stdout + told.stderr).splitlines() if "service-index" in line]
    assert complaints == []


@pytest.mark.parametrize("path", sorted(SYSTEMD.glob("*.service")), ids=lambda path: path.stem)
def test_a_service_may_do_little_and_has_its_secrets_from_a_file(path: Path) -> None:
    service = unit(path)["Service"]
    assert {key: service[key][0] for key in NARROW} == NARROW
    assert service["EnvironmentFile"] == ["/etc/service-index/service-index.env", "/etc/service-index/secrets.env"]
    assert "Environment" not in service
    assert service["StateDirectory"] == [Path(STATE).name]


def test_each_timer_has_its_service_and_each_other_service_is_started_with_the_machine() -> None:
    for path in units():
        if path.suffix == ".timer":
            assert path.with_suffix(".service").is_file()
            assert unit(path)["Install"]["WantedBy"] == ["timers.target"]
        elif not path.with_suffix(".timer").is_file():
            assert unit(path)["Install"]["WantedBy"] == ["multi-user.target"]
            assert unit(path)["Service"]["Restart"] == ["always"]


def commands() -> list[tuple[str, list[str]]]:
    found = [(path.name, inside(started_by(path))) for path in sorted(SYSTEMD.glob("*.service"))]
    found += [
        (f"compose {name}", inside(words_of(each))) for name, each in compose()["services"].items() if "command" in each
    ]
    items = parsed(HELM / "console.yaml")["items"]
    pods = [
        item["spec"].get("jobTemplate", item)["spec"]["template"]
        for item in items
        if item["kind"] in ("Deployment", "CronJob")
    ]
    return found + [(f"helm {each['name']}", each["command"]) for pod in pods for each in pod["spec"]["containers"]]


@pytest.mark.parametrize(("where", "words"), commands(), ids=[where for where, _ in commands()])
def test_each_command_exists_and_takes_the_options_it_is_given(where: str, words: list[str]) -> None:
    program = Path(words[0]).name
    assert (SCRIPTS / program).is_file(), f"{where}: there is no command {program}"
    options = [word for word in words[1:] if word.startswith("--")]
    if program == "service-index":
        from pipelines.cli import app

        found: Any = typer.main.get_command(app).commands[words[1]]  # type: ignore[attr-defined]
    else:
        found = _dagster(program, words)
    known = {name for parameter in found.params for name in parameter.opts}
    assert set(options) <= known, where
    assert any(option in options for option in ("--workspace", "--port")) or program == "service-index"


def _dagster(program: str, words: list[str]) -> Any:
    if program == "dagster-webserver":
        from dagster_webserver.cli import dagster_webserver

        return dagster_webserver
    if program == "dagster-daemon":
        from dagster._daemon.cli import run_command

        return run_command
    from dagster._cli import create_dagster_cli

    group: Any = create_dagster_cli().commands[words[1]]
    return group.commands[words[2]]


def test_compose_starts_the_same_processes_as_systemd() -> None:
    """With what is tested by starting one, the other is tested too; only the address that is listened on differs."""
    services = compose()["services"]
    for name in SERVICES:
        own = [
            Path(word).name if word.startswith(f"{INSTALLED}/.venv") else word
            for word in started_by(SYSTEMD / f"service-index-{name}.service")
        ]
        assert [word.replace("0.0.0.0", "127.0.0.1") for word in words_of(services[name])] == own


def test_the_compose_file_is_one_by_the_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    told = subprocess.run([*command, str(COMPOSE / "compose.yaml")], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def test_images_have_their_version_and_only_the_proxy_is_open_to_the_world() -> None:
    services = compose()["services"]
    for name, service in services.items():
        tag = service["image"].partition(":")[2]
        assert re.match(r"\d+\.\d+", tag), f"{name}: {service['image']} is not pinned"
        assert ("ports" in service) == (name == "proxy")
    assert re.search(r"^FROM python:3\.11\.\d+-", (COMPOSE / "Dockerfile").read_text(), re.M)
    assert "USER service-index" in (COMPOSE / "Dockerfile").read_text()
    caddy = (COMPOSE / "Caddyfile").read_text()
    site, page = caddy.split("{$DAGSTER_ADDRESS}")
    assert "basic_auth" in page
    assert "basic_auth" not in site
    assert "/metrics" in site


def test_files_that_are_mounted_or_copied_are_there() -> None:
    for service in compose()["services"].values():
        for volume in service.get("volumes", []):
            if volume.startswith(("./", "../")):
                assert (COMPOSE / volume.split(":")[0]).is_file(), volume
    for line in re.findall(r"^COPY (.*) \S+$", (COMPOSE / "Dockerfile").read_text(), re.M):
        for name in line.split():
            assert (ROOT / name).exists(), name
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert rooms <= set(re.findall(r"^COPY (\w+) \w+$", (COMPOSE / "Dockerfile").read_text(), re.M))


def test_every_value_of_helm_is_one_the_chart_knows() -> None:
    values = parsed(HELM / "values.yaml")
    assert not unknown(values, CHART, "")
    assert values["runLauncher"]["type"] == "K8sRunLauncher"
    assert unknown({"runLauncher": {"typo": 1}}, CHART, "") == [".runLauncher.typo"]


def test_runs_and_desk_of_the_cluster_have_the_same_home_addresses_and_lake_on_s3() -> None:
    (deployment,) = parsed(HELM / "values.yaml")["dagster-user-deployments"]["deployments"]
    runs = {each["name"]: each["value"] for each in deployment["env"] if each["name"].startswith("SERVICE_INDEX_")}
    assert runs["SERVICE_INDEX_LAKE_URL"].startswith("s3://")
    workloads = [item for item in parsed(HELM / "console.yaml")["items"] if item["kind"] in ("Deployment", "CronJob")]
    for item in workloads:
        job = item["spec"].get("jobTemplate", item)["spec"]
        (container,) = job["template"]["spec"]["containers"]
        own = {each["name"]: each.get("value") for each in container["env"]}
        shared = {name: value for name, value in runs.items() if name != "SERVICE_INDEX_MEMORY_LIMIT"}
        assert {name: own.get(name) for name in shared} == shared, item["metadata"]["name"]


def unknown(values: Any, known: Any, where: str) -> list[str]:
    if known is None:  # anything: Kubernetes' own, or a plain value
        return []
    if isinstance(values, list):
        return [name for each in values for name in unknown(each, known, where)]
    wrong = [f"{where}.{name}" for name in values if name not in known]
    return wrong + [
        name for key, each in values.items() if key in known for name in unknown(each, known[key], f"{where}.{key}")
    ]


def test_dagster_is_looked_for_where_the_house_looks() -> None:
    for path in (SYSTEMD / "service-index.env", COMPOSE / "service-index.env"):
        said = env_file(path)
        assert said["DAGSTER_HOME"] == f"{said['SERVICE_INDEX_HOME']}/dagster"
    values = parsed(HELM / "values.yaml")
    assert values["global"]["dagsterHome"] == f"{STATE}/dagster"


def test_every_variable_that_is_named_is_a_setting() -> None:
    named = {(path.name, name) for path, text in texts() for name in re.findall(rf"\b{PREFIX}([A-Z_]+[A-Z])\b", text)}
    assert len(named) > 10
    assert [(file, name) for file, name in sorted(named) if name.lower() not in Settings.model_fields] == []


def test_no_secret_stands_in_any_file() -> None:
    for path, text in texts():
        for name in [
            *(f"{PREFIX}{each}" for each in SECRETS),
            "DAGSTER_POSTGRES_URL",
            "NOTICES_\\w+",
            "POSTGRES_PASSWORD",
        ]:
            given = re.findall(rf"^[^#\n]*\b{name}[ \t]*[=:][ \t]*(\S+)", text, re.M)
            assert given == [], f"{path}: {name}"
        for user, password in re.findall(r"://([^\s:/@]+):([^\s@/]+)@", text):
            assert password.upper() == "PASSWORD", f"{path}: an address with a password, {user}"
        assert not re.search(r"-----BEGIN|\$2[aby]\$\d\d\$|AKIA[0-9A-Z]{16}", text), path
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert {"/deploy/compose/secrets.env", "/deploy/compose/proxy.env", "/deploy/compose/secrets/"} <= set(ignored)
