"""A post office on 127.0.0.1 that keeps what Apprise hands in, and notices to hand in. Helpers only, no tests."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from resources.notices.notice import Notice

NOON = datetime(2025, 11, 17, 5, 0)  # Monday 12:00 in Vietnam; naive UTC


@dataclass
class Post:
    """letters: what came, in order. answers: status codes given first, before everything is taken."""

    port: int = 0
    letters: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def address(self, box: str = "box", **options: str) -> str:
        """Where Apprise sends JSON to; the password in it must never be seen anywhere."""
        asked = "&".join(f"{name}={value}" for name, value in options.items())
        return f"json://clerk:s3cret-w0rd@127.0.0.1:{self.port}/{box}" + (f"?{asked}" if asked else "")

    def bodies(self, box: str = "box") -> list[str]:
        return [letter["message"] for letter in self.letters if letter["box"] == box]


@contextmanager
def opened() -> Iterator[Post]:
    post = Post()

    class Counter(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            letter = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = post.answers.pop(0) if post.answers else 200
            if status == 200:
                post.letters.append(letter | {"box": self.path.strip("/")})
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
    post.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield post
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def notice(key: str = "a", event: str = "check_failed", **more: Any) -> Notice:
    """A failed check of W46, unless another is asked for."""
    facts = {
        "check_failed": {"title": "Tổng điểm sai / Wrong total", "findings": 3, "units": ["Xã Hợp Thịnh"]},
        "run_failed": {"job": "scoring", "weeks": "2025-W46", "steps": ["scoring_step"], "canceled": False},
        "week_overdue": {"due": "2025-11-17T02:00:00"},
        "exports_missing": {"feeds": ["dossiers H05", "scores VN"]},
        "decision_taken": {"case": 7, "action": "waive"},
        "week_published": {"revision": 2, "status": "corrected", "reviewed": 3},
        "landing_unreachable": {"fault": "ConnectionRefusedError"},
        "message_prepared": {"message": 4, "scope": "H05"},
    }
    return Notice(
        **{
            "key": key,
            "event": event,
            "severity": "error",
            "at": NOON,
            "week": "2025-W46",
            "units": ("H05.141",) if event == "check_failed" else (),
            "link": "http://127.0.0.1:8766/cases/7",
            "facts": facts.get(event, {}),
            **more,
        }
    )


def write_routes(home: Path, text: str) -> None:
    """The office's notices.yaml."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "notices.yaml").write_text(text, encoding="utf-8")
