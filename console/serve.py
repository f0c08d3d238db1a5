"""Serving the desk: one process, the office's own key, nothing from outside.

Belongs here: starting the server. Does not belong here: the application (console/app.py).
"""

from __future__ import annotations

import threading

import uvicorn

from assets.review import follow_decisions
from assets.site import build_site
from console.app import create_app
from console.guard import secret_key
from resources.logs import logger, start_logs
from resources.office import Office
from resources.settings import load_settings


def serve(office: Office, host: str, port: int, *, https_only: bool = False) -> None:
    """Serves until stopped. First makes good what a desk that was stopped left undone; the public pages meanwhile."""
    follow_decisions(office)
    threading.Thread(target=build_site, args=[office], daemon=True).start()
    settings = load_settings(home=office.home.root)
    start_logs(settings, quietly=False)
    given = settings.desk_secret
    app = create_app(
        office, secret_key(office.home, given.get_secret_value() if given else None), https_only=https_only
    )
    logger().info("desk_started", host=host, port=port)
    # log_config None: what uvicorn tells goes through the house's logs, masked as they are
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=https_only,
    )
    logger().info("desk_stopped")
