"""Logs: what the software did, one event a line, with week, unit and run, for people (console) or machines (json).

Belongs here: the form of a line, what is bound to it, and masking. Does not belong here: what commands tell their users, and
Dagster's own logs (`--log-format json` of its commands). Nothing is told before `start_logs`, but warnings.

No secret and nothing that looks personal comes into a line: the values of all secret settings, and addresses with passwords, are
masked by what they are, e-mail addresses and numbers of cards and telephones by how they look.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from resources.masking import MASK, names_somebody

if TYPE_CHECKING:
    import structlog

    from resources.settings import Settings

LOGGER = "service_index"
HIDDEN = "(ẩn / hidden)"
SECRET_VARIABLES = ("DAGSTER_POSTGRES_URL", "DESK_PASSWORD", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
"""Variables that hold secrets and are no settings of ours; those of notices begin with NOTICES_."""
_ALSO_OURS = ("uvicorn",)  # the desk's server
_LEAST = 5  # characters: a shorter secret would be found in every second word
_AS_THEY_ARE = ("timestamp", "level", "logger", "run_id", "week", "unit", "step")  # made by us, of forms that are known
_known: tuple[str, ...] = ()
_quietly = False


def start_logs(settings: Settings, *, quietly: bool | None = None) -> None:
    """Lines go to stderr in the form, and from the level on, that the settings say. Safe to repeat.

    quietly: a command, which tells its user everything itself; its logs stay empty unless a level was set. None: as before.
    """
    import structlog

    global _quietly
    _quietly = _quietly if quietly is None else quietly
    level = "critical" if _quietly and "log_level" not in settings.model_fields_set else settings.log_level
    know_secrets(secrets_of(settings))
    form: list[Any] = (
        [structlog.processors.JSONRenderer(ensure_ascii=False, default=str)]
        if settings.log_format == "json"
        else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    )
    handler = _ToStandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_chain(),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *form],
        )
    )
    for name in (LOGGER, *_ALSO_OURS):
        each = logging.getLogger(name)
        each.handlers, each.propagate = [handler], False
        each.setLevel(level.upper())


def logger(**bound: Any) -> structlog.stdlib.BoundLogger:
    """The logger of the house: `logger().info("message_sent", route="operators")`. No texts of rows or people go in."""
    import structlog

    made: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        logging.getLogger(LOGGER),
        wrapper_class=structlog.stdlib.BoundLogger,
        processors=[
            structlog.stdlib.filter_by_level,
            *_chain(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
    )
    return made.bind(**bound)


def told_with(**bound: Any) -> AbstractContextManager[None]:
    """Every line told inside carries these: week, unit, run_id, step. What is None is left out."""
    return _told_with({name: value for name, value in bound.items() if value is not None})


@contextmanager
def _told_with(bound: dict[str, Any]) -> Iterator[None]:
    from structlog.contextvars import bound_contextvars

    with bound_contextvars(**bound):
        yield


def secrets_of(settings: Settings, environment: Mapping[str, str] | None = None) -> set[str]:
    """The secrets of an installation: those of its settings, and those that stand in the environment beside them."""
    environment = os.environ if environment is None else environment
    found = {
        value.get_secret_value()
        for name in type(settings).model_fields
        if isinstance(value := getattr(settings, name), SecretStr)
    }
    found |= {value for name, value in environment.items() if name.startswith("NOTICES_") or name in SECRET_VARIABLES}
    return found


def know_secrets(secrets: Iterable[str]) -> None:
    """From now on these are masked, an address as a whole and its password by itself."""
    global _known
    found = set(_known)
    for secret in secrets:
        found.add(secret)
        try:
            address = urlsplit(secret)
        except ValueError:
            continue
        if address.password:
            found |= {address.password, unquote(address.password)}
    _known = tuple(sorted((each for each in found if len(each) >= _LEAST), key=len, reverse=True))


def without_secrets(text: str) -> str:
    """The text with every secret that is known masked."""
    for secret in _known:
        text = text.replace(secret, HIDDEN)
    return text


def _chain() -> list[Any]:
    import structlog

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _mask,
    ]


def _mask(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if not name.startswith("_"):
            event[name] = _masked(value, by_its_looks=name not in _AS_THEY_ARE)
    return event


def _masked(value: Any, *, by_its_looks: bool) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _masked(each, by_its_looks=by_its_looks) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(each, by_its_looks=by_its_looks) for each in value]
    text = without_secrets(str(value))
    if not by_its_looks:
        return text
    return "\n".join(
        f"{MASK}{len(line)} ký tự / characters)" if names_somebody(line) else line for line in text.split("\n")
    )


class _ToStandardError(logging.Handler):
    """Writes to what stderr is at that moment: commands in tests and servers change it."""

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        with suppress(OSError, ValueError):  # whoever read it has gone
            sys.stderr.write(line + "\n")
            sys.stderr.flush()
