"""The guard at the door of the desk: sessions' secret, tokens against forged forms, throttled logins, headers.

Belongs here: what keeps strangers and other sites out. Does not belong here: passwords (resources/users.py), pages.
"""

from __future__ import annotations

import hmac
import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from resources.home import Home

LARGEST_FORM_BYTES = 64 * 1024
TRIES, WINDOW_SECONDS = 5, 300
_REMEMBERED = 10_000
_TOKEN = "csrf"
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


class SafeHeaders:
    """Adds the headers that keep a page to itself to every answer; what an answer says by itself stays."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name.lower() for name, _ in message["headers"]}
                ours = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in said]
                message["headers"] = [*message["headers"], *ours]
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)


def secret_key(home: Home, given: str | None) -> str:
    """The key that signs sessions: the one given, else one made once and kept in `<home>/desk.secret`, for its owner only."""
    if given:
        return given
    path = home.root / "desk.secret"
    if not path.exists():
        own = path.with_name(f".desk.secret.{secrets.token_hex(6)}")
        with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        _keep_first(own, path)
    return path.read_text()


def _keep_first(own: Path, path: Path) -> None:
    """Of two processes that start at once one key stands for both."""
    try:
        os.link(own, path)
    except FileExistsError:
        pass
    finally:
        own.unlink()


def token_of(session: MutableMapping[str, Any]) -> str:
    """The token every form of this session carries."""
    token: str = session.setdefault(_TOKEN, secrets.token_urlsafe(24))
    return token


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form of this session. Raises HTTPException: 403 forged, 411/413/415 what no form of ours sends."""
    length = request.headers.get("content-length", "")
    if not length.isdigit():
        raise HTTPException(411)
    if int(length) > LARGEST_FORM_BYTES:
        raise HTTPException(413)
    if request.headers.get("content-type", "").split(";")[0] != "application/x-www-form-urlencoded":
        raise HTTPException(415)
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    expected = request.session.get(_TOKEN, "")
    if not expected or not hmac.compare_digest(form.get(_TOKEN, "").encode(), expected.encode()):
        raise HTTPException(403, "forged")
    return form


class Throttle:
    """Counts failed logins: after TRIES of one name from one place, or four times as many from one place, it is a pause."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def wait_seconds(self, place: str, name: str) -> int:
        """How long this place has to wait before it may try this name; 0: it may."""
        return max(self._left((place, name), TRIES), self._left((place, ""), 4 * TRIES))

    def failed(self, place: str, name: str) -> None:
        for key in ((place, name), (place, "")):
            self._failures.setdefault(key, []).append(self._clock())
            self._failures.move_to_end(key)
        while len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, place: str, name: str) -> None:
        self._failures.pop((place, name), None)

    def _left(self, key: tuple[str, str], tries: int) -> int:
        now = self._clock()
        recent = [at for at in self._failures.get(key, ()) if now - at < WINDOW_SECONDS]
        if key in self._failures:
            self._failures[key] = recent
        return int(WINDOW_SECONDS - (now - recent[-tries])) + 1 if len(recent) >= tries else 0
