"""What tests say to homes and ask of them. Helpers only."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from resources import lake
from resources.home import Home
from resources.remote_lake import RemoteLake


def say(home: Path, **settings: str) -> None:
    """Writes the home's settings."""
    home.mkdir(parents=True, exist_ok=True)
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in settings.items()]
    (home / "service-index.toml").write_text("".join(lines))


def lake_bytes(home: Path) -> dict[str, bytes]:
    """Every file of a home's lake by its place."""
    folder = home / "lake"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def lose_copy(home: Path) -> None:
    """As a machine whose disk was lost would find it: no file of the lake, no index."""
    shutil.rmtree(home / "lake", ignore_errors=True)
    for path in home.glob("lake-copy*"):
        path.unlink()


def keeper(home: Home) -> RemoteLake:
    found = lake.registered(home.lake)
    assert isinstance(found, RemoteLake)
    return found


def object_of(store: str, home: Home, name: str) -> str:
    """Where the content of a file stands."""
    sha256 = keeper(home).manifest.files([name])[name].sha256
    return f"{store}/objects/{sha256[:2]}/{sha256}"
