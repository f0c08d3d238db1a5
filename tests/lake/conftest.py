"""A local S3 server as a process of its own, started once, and homes that share a database and a lake that stands there."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from resources import lake
from resources.office import Office, open_office
from resources.settings import load_settings
from tests.lake.homes import say

KEYS = {"AWS_ACCESS_KEY_ID": "clerk", "AWS_SECRET_ACCESS_KEY": "s3cret-w0rd", "AWS_DEFAULT_REGION": "us-east-1"}
STARTS_WITHIN_SECONDS = 120


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """moto's server with a bucket `lake`: the environment in which a process reaches it, ours too meanwhile."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("moto") / "log"
    with log.open("wb") as told, pytest.MonkeyPatch.context() as patch:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        server = subprocess.Popen(command, stdout=told, stderr=told)
        try:
            environment = {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
            for name, value in environment.items():
                patch.setenv(name, value)
            _make_bucket(environment["AWS_ENDPOINT_URL"], server, log)
            yield environment
        finally:
            server.terminate()
            server.wait(30)


def _make_bucket(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while True:
        try:
            assert requests.get(address, timeout=5).ok
            break
        except requests.ConnectionError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)

    import fsspec

    fsspec.filesystem("s3", skip_instance_cache=True).mkdir("lake")


@pytest.fixture
def store(tmp_path: Path) -> str:
    """An empty address of its own, in a folder: what holds there holds everywhere, unless a test says so."""
    return f"file://{tmp_path}/store"


OpenHome = Callable[..., Office]


@pytest.fixture
def open_home(tmp_path: Path, store: str) -> Iterator[OpenHome]:
    """Opens homes by name that share one database (SQLite) and one lake; the lake is brought."""
    opened = []

    def open_it(name: str = "home", address: str = store, database: str = "index.db") -> Office:
        home = tmp_path / name
        say(home, lake_url=address, database_url=f"sqlite:///{tmp_path / database}")
        office = open_office(load_settings(home=home))
        opened.append(office)
        office.bring_lake()
        return office

    yield open_it
    for office in opened:
        office.database.close()
        lake.register(office.home.lake, None)
