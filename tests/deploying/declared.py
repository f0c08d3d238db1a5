"""What the files of deploy/ declare: units, processes, variables. Helpers only, no tests."""

from __future__ import annotations

import configparser
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SYSTEMD, COMPOSE, HELM = DEPLOY / "systemd", DEPLOY / "compose", DEPLOY / "helm"
INSTALLED = "/opt/service-index"
STATE = "/var/lib/service-index"
SERVICES = ("code", "webserver", "daemon", "desk")


def unit(path: Path) -> dict[str, dict[str, list[str]]]:
    """A unit's sections; a key that may stand several times has several values."""

    class Several(dict[str, Any]):
        def __setitem__(self, key: str, value: Any) -> None:
            if isinstance(value, list) and isinstance(self.get(key), list):
                self[key].extend(value)
            else:
                super().__setitem__(key, value)

    parser = configparser.RawConfigParser(
        dict_type=Several, strict=False, delimiters=("=",), empty_lines_in_values=False
    )
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(path.read_text(encoding="utf-8"))
    return {name: {key: list(value.split("\n")) for key, value in parser.items(name)} for name in parser.sections()}


def units() -> list[Path]:
    return sorted([*SYSTEMD.glob("*.service"), *SYSTEMD.glob("*.timer")])


def started_by(path: Path) -> list[str]:
    """The words of a unit's ExecStart."""
    (command,) = unit(path)["Service"]["ExecStart"]
    return shlex.split(command)


def parsed(path: Path) -> dict[str, Any]:
    """A YAML file. Raises DuplicateKeyError."""
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return found


def compose() -> dict[str, Any]:
    return parsed(COMPOSE / "compose.yaml")


def words_of(service: dict[str, Any]) -> list[str]:
    command = service["command"]
    return shlex.split(command) if isinstance(command, str) else list(command)


def env_file(path: Path) -> dict[str, str]:
    """The variables of a file as systemd and compose read it."""
    lines = [
        line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#")
    ]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def texts() -> Iterator[tuple[Path, str]]:
    """Every file of deploy/, with its text."""
    for path in sorted(DEPLOY.rglob("*")):
        if path.is_file() and path.name not in ("secrets.env", "proxy.env"):
            yield path, path.read_text(encoding="utf-8")
