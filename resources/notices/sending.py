"""The door out: one message to one address, through Apprise.

Belongs here: the address from the environment, and what came of sending. Does not belong here: what is said, when. Text is handed
over as plain text: Apprise escapes it for the form each service takes (HTML, Markdown). No address and nothing Apprise says
about one is ever told or logged: it may hold a password.
"""

from __future__ import annotations

import logging
import os
import re

_ERROR_CODE = re.compile(r"error[=: ]+(\d{3})\b")


class NotSent(RuntimeError):
    """A message did not go out. The message names the route's variable or the kind of fault, never an address."""


def address_of(address_variable: str) -> str | None:
    """The address a route's variable holds at this moment. Never to be shown."""
    return os.environ.get(address_variable, "").strip() or None


def send(address_variable: str, title: str, body: str) -> None:
    """Sends a message. Raises NotSent; what was sent in several parts may then have gone out in part."""
    address = address_of(address_variable)
    if address is None:
        raise NotSent(not_set(address_variable))
    from apprise import Apprise, AppriseAsset, NotifyFormat, OverflowMode
    from apprise.common import PersistentStoreMode

    logger = logging.getLogger("apprise")
    heard = _Heard()
    before, propagated, handlers = logger.level, logger.propagate, logger.handlers
    logger.propagate, logger.handlers = False, [heard]
    logger.setLevel(logging.WARNING)
    try:
        asset = AppriseAsset(async_mode=False, storage_mode=PersistentStoreMode.MEMORY, app_id="service-index")
        service = Apprise.instantiate(address, asset=asset)
        if service is None:
            raise NotSent(
                f"{address_variable}: không phải địa chỉ Apprise dùng được"
                f" / {address_variable} holds no address that Apprise can use"
            )
        if "overflow" not in address.casefold():
            service.overflow_mode = OverflowMode.SPLIT
        sender = Apprise(asset=asset)
        sender.add(service)
        delivered = bool(sender.notify(title=title, body=body, body_format=NotifyFormat.TEXT, interpret_escapes=False))
    finally:
        logger.propagate, logger.handlers = propagated, handlers
        logger.setLevel(before)
    if not delivered:
        codes = ", ".join(sorted(heard.codes)) or "–"
        raise NotSent(f"dịch vụ không nhận / the service did not take it (HTTP {codes})")


def not_set(address_variable: str) -> str:
    return f"biến môi trường {address_variable} chưa được đặt / the environment variable {address_variable} is not set"


class _Heard(logging.Handler):
    """Keeps the status codes of what Apprise says, and nothing else of it."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        self.codes |= set(_ERROR_CODE.findall(record.getMessage()))
