"""`service-index dev`: Dagster's page and the stewards' desk, started and stopped together.

Belongs here: watching over the two processes. Does not belong here: what they serve. Each has a process group of its own,
so that a stop reaches everything it has started, and nothing else.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from resources.office import Office
from resources.settings import DAGSTER_URL, DESK_URL

HOST = "127.0.0.1"
_PATIENCE = ((signal.SIGINT, 15.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))  # what is sent, and how long it has


class PortTaken(RuntimeError):
    """Another program listens there already. The message is Vietnamese / English."""


def serve_both(office: Office, port: int, desk_port: int) -> str | None:
    """Serves until SIGINT or SIGTERM, then returns None; if one of the two ends by itself, stops the other and names it.

    Raises PortTaken before anything is started.
    """
    for option, wanted in (("--port", port), ("--desk-port", desk_port)):
        _require_free(option, wanted)
    sys.stderr.write(f"Trang Dagster / Dagster's page: http://{HOST}:{port}\n")  # the desk tells its own
    beside = Path(sys.executable)
    dagster = [beside.with_name("dg"), "dev", "--host", HOST, "--port", port]
    desk = [beside, "-m", "pipelines.cli", "desk", "--home", office.home.root, "--host", HOST, "--port", desk_port]
    environment = _environment(office, port, desk_port)
    with _stop_asked() as stop:
        running: dict[str, subprocess.Popen[bytes]] = {}
        try:
            for name, command in (("Dagster", dagster), ("bàn rà soát / the desk", desk)):
                running[name] = _start(command, environment)
            while not stop.wait(0.2):
                for name, process in running.items():
                    if process.poll() is not None:
                        return name
            return None
        finally:
            _end(list(running.values()))


def _environment(office: Office, port: int, desk_port: int) -> dict[str, str]:
    """What both need to know of the office and of each other; an address that was set is left as it is."""
    known = {
        "DAGSTER_HOME": office.home.dagster,
        "SERVICE_INDEX_HOME": office.home.root,
        "SERVICE_INDEX_LANDING": office.landing,
        "SERVICE_INDEX_DAGSTER_URL": f"http://{HOST}:{port}" if office.dagster_url == DAGSTER_URL else None,
        "SERVICE_INDEX_DESK_URL": f"http://{HOST}:{desk_port}" if office.desk_url == DESK_URL else None,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    return os.environ | {name: str(value) for name, value in known.items() if value is not None}


def _require_free(option: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise PortTaken(
                f"Cổng {port} đang có chương trình khác dùng; chọn cổng khác bằng {option}"
                f" / port {port} is taken by another program; choose another with {option}"
            ) from None


def _start(command: Sequence[object], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    root = Path(__file__).resolve().parents[1]  # where pyproject.toml tells dg what to load
    return subprocess.Popen([str(word) for word in command], cwd=root, env=environment, start_new_session=True)


@contextmanager
def _stop_asked() -> Iterator[threading.Event]:
    """An event that Ctrl+C, or a request to end, sets."""
    asked = threading.Event()
    before = {number: signal.signal(number, lambda *_: asked.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ends the groups of the processes, first gently; returns when nothing of them runs any more."""
    for number, seconds in _PATIENCE:
        for process in processes:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
        until = time.monotonic() + seconds
        while any(map(_lives, processes)):
            if time.monotonic() > until:
                break
            time.sleep(0.1)
        else:
            return


def _lives(process: subprocess.Popen[bytes]) -> bool:
    """Whether anything of the group it leads still runs."""
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
