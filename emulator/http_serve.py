"""The emulated portal as a server: beside other work in this process, or by itself.

    python -m emulator.http_serve --landing demo/portal --port 8790 [--fault busy]
    python -m emulator.http_serve --landing demo/portal --then service-index pull --weeks 2025-W38..2025-W46

Belongs here: sockets and the command. Does not belong here: what is served (http_app.py). With --then the command is told
where the portal is, and the portal ends with it. A token, if one is wanted, stands in SERVICE_INDEX_PORTAL_TOKEN.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from emulator.http_app import AS_OF, Portal
from emulator.http_faults import PORTAL_FAULTS

HOST = "127.0.0.1"
_PATIENCE_SECONDS = 60


@contextmanager
def serving(
    portal: Portal, port: int = 0, *, certificate: Path | None = None, key: Path | None = None
) -> Iterator[str]:
    """While open, the portal answers at the address it yields. port 0: any that is free. Raises OSError when it is taken."""
    import uvicorn

    tls: dict[str, Any] = {"ssl_certfile": certificate, "ssl_keyfile": key} if certificate else {}
    config = uvicorn.Config(
        portal.app(), log_level="critical", access_log=False, timeout_graceful_shutdown=1, lifespan="off", **tls
    )
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            until = time.monotonic() + _PATIENCE_SECONDS
            while not server.started:
                if not thread.is_alive() or time.monotonic() > until:
                    raise RuntimeError("the emulated portal did not start")
                time.sleep(0.01)
            yield f"{'https' if certificate else 'http'}://{HOST}:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_PATIENCE_SECONDS)


def scopes_in(landing: Path) -> list[str]:
    """VN and the provinces the portal has exports of."""
    from resources.landing import scan

    return sorted(
        {file.scope for file in scan(landing).files if len(file.scope) <= 3}, key=lambda scope: (scope != "VN", scope)
    )


def environment_for(portal: Portal, url: str) -> dict[str, str]:
    """Settings by which `service-index pull` finds the portal; those that are set are left as they are."""
    told = {
        "SERVICE_INDEX_PORTAL_URL": url,
        "SERVICE_INDEX_PORTAL_AS_OF": AS_OF,
        "SERVICE_INDEX_PORTAL_SCOPES": ",".join(scopes_in(portal.landing)),
        "SERVICE_INDEX_PORTAL_REQUESTS_PER_SECOND": "200",
        "SERVICE_INDEX_PORTAL_PAGE_SIZE": "1000",
    }
    return told | dict(os.environ) | {"SERVICE_INDEX_PORTAL_URL": url}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m emulator.http_serve", description="Cổng mô phỏng / the emulated portal"
    )
    parser.add_argument("--landing", type=Path, required=True, help="bản xuất được phục vụ / the exports it serves")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fault", choices=sorted(PORTAL_FAULTS), help="lỗi theo yêu cầu / let it go wrong")
    parser.add_argument(
        "--times", type=int, help="mấy câu trả lời bị lỗi / how many answers are struck; all by default"
    )
    parser.add_argument(
        "--then", nargs=argparse.REMAINDER, help="lệnh chạy rồi dừng cổng / a command; the portal ends with it"
    )
    said = parser.parse_args(arguments)
    if not said.landing.is_dir():
        parser.error(f"{said.landing}: không có thư mục này / there is no such folder")
    portal = Portal(said.landing, token=os.environ.get("SERVICE_INDEX_PORTAL_TOKEN") or None)
    if said.fault:
        portal.let_loose(said.fault, said.times)
    try:
        with serving(portal, said.port) as url:
            if said.then:
                beside = Path(sys.executable).parent
                environment = environment_for(portal, url)
                environment["PATH"] = f"{beside}{os.pathsep}{environment.get('PATH', '')}"
                return subprocess.run(said.then, env=environment, check=False).returncode
            sys.stderr.write(f"Cổng mô phỏng / the emulated portal: {url}\n")
            sys.stderr.flush()
            threading.Event().wait()
    except KeyboardInterrupt:
        pass
    except OSError as error:
        sys.stderr.write(f"Không mở được cổng {said.port} / port {said.port} cannot be opened: {error.strerror}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
