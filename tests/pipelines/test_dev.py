"""`service-index dev` really serves Dagster's page and the desk, and one signal ends all that was started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answer(address: str, until: float) -> str:
    """The page at an address, as soon as it is served."""
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as page:
                return str(page.read().decode())
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            assert time.monotonic() < until, f"nothing is served at {address}"
            time.sleep(0.3)


@pytest.fixture
def ports() -> tuple[int, int]:
    return free_port(), free_port()


@pytest.fixture
def dev(tmp_path: Path, ports: tuple[int, int]) -> Iterator[subprocess.Popen[str]]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SERVICE_INDEX_", "DAGSTER_"))}
    command = [sys.executable, "-m", "pipelines.cli", "dev", "--home", tmp_path / "home", "--landing", tmp_path]
    with (tmp_path / "said.txt").open("w") as said:
        process = subprocess.Popen(
            [*map(str, command), "--port", str(ports[0]), "--desk-port", str(ports[1])],
            env=clean | {"PYTHONUTF8": "1"},
            stdout=said,
            stderr=said,
            text=True,
        )
        yield process
        if process.poll() is None:
            process.terminate()
            process.wait(60)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_pages_are_served_and_both_end_together(
    dev: subprocess.Popen[str], ports: tuple[int, int], tmp_path: Path, number: signal.Signals
) -> None:
    until = time.monotonic() + SECONDS
    assert "Đăng nhập" in answer(f"http://127.0.0.1:{ports[1]}/", until)
    assert "Dagster" in answer(f"http://127.0.0.1:{ports[0]}/", until)
    started = psutil.Process(dev.pid).children(recursive=True)
    assert len(started) >= 2
    said = (tmp_path / "said.txt").read_text()
    for port in ports:
        assert f"http://127.0.0.1:{port}" in said
    dev.send_signal(number)
    assert dev.wait(60) == 0
    assert psutil.wait_procs(started, timeout=5)[1] == []


def test_if_one_of_the_two_dies_the_other_is_stopped_and_it_is_named(
    dev: subprocess.Popen[str], ports: tuple[int, int], tmp_path: Path
) -> None:
    answer(f"http://127.0.0.1:{ports[1]}/", time.monotonic() + SECONDS)
    started = psutil.Process(dev.pid).children(recursive=True)
    desk = next(child for child in psutil.Process(dev.pid).children() if "desk" in child.cmdline())
    desk.kill()
    assert dev.wait(60) == 1
    assert "bàn rà soát / the desk" in (tmp_path / "said.txt").read_text()
    assert psutil.wait_procs(started, timeout=5)[1] == []


@pytest.mark.parametrize(("taken", "option"), [(0, "--port"), (1, "--desk-port")])
def test_a_port_that_is_taken_is_named_before_anything_starts(
    tmp_path: Path, ports: tuple[int, int], taken: int, option: str
) -> None:
    from tests.pipelines.command import ask

    with socket.socket() as other:
        other.bind(("127.0.0.1", ports[taken]))
        other.listen()
        told = ask("dev", "--home", tmp_path / "home", "--port", str(ports[0]), "--desk-port", str(ports[1]))
    assert told.code == 1
    assert f"{ports[taken]}" in told.err
    assert option in told.err
