"""Routes: who is told what, read from the office's `notices.yaml`.

Belongs here: the file, what it may say, which route takes a notice, and quiet hours. Does not belong here: addresses, which stand
in the environment only, and sending.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from resources.notices.notice import EVENTS, SEVERITIES, TO_LEADERS, Notice
from resources.settings import PREFIX
from resources.units import level_of, normalise_code
from scoring.calendar import VIETNAM_OFFSET
from scoring.yamlnodes import Node, read_yaml

FILE_NAME = "notices.yaml"
PACKAGED = Path(__file__).with_name("routes.yaml")
LEVELS = ("province", "department", "commune")
ROLES = ("operator", "steward", "leader", "public")
LANGUAGES = ("vi", "en", "both")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{2,63}")
_QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_ROUTE_KEYS = ("name", "role", "address_variable", "language", "events", "urgent", "severities", "levels", "units")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One receiver. address_variable: the environment variable that holds the address. Empty levels, units: all."""

    name: str
    role: str
    address_variable: str
    language: str = "vi"
    events: tuple[str, ...] = tuple(event for event in EVENTS if event != TO_LEADERS)
    urgent: tuple[str, ...] = ()
    severities: tuple[str, ...] = SEVERITIES
    levels: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    def takes(self, notice: Notice) -> bool:
        """Whether the receiver is told of it. A notice about no unit is about all of them."""
        if notice.event not in self.events or notice.severity not in self.severities:
            return False
        about = [code for code in notice.units if self._is_under(code)] if self.units else list(notice.units)
        if notice.units and self.levels:
            about = [code for code in about if level_of(code) in self.levels]
        return bool(about) or not notice.units

    def _is_under(self, code: str) -> bool:
        return any(code == unit or code.startswith(f"{unit}.") for unit in self.units)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """All receivers and what holds for each of them. quiet: from and to, Vietnamese time; None where there are no such hours."""

    routes: tuple[Route, ...]
    digest_minutes: int
    tries: int
    keep_days: int
    quiet: tuple[time, time] | None

    def of(self, notice: Notice) -> list[Route]:
        return [route for route in self.routes if route.takes(notice)]

    def are_quiet(self, now: datetime) -> bool:
        """Whether a moment (naive UTC) lies in the quiet hours."""
        if self.quiet is None:
            return False
        first, last = self.quiet
        clock = (now + VIETNAM_OFFSET).time()
        return first <= clock < last if first <= last else clock >= first or clock < last


def read_routes(home: Path) -> Routes:
    """The office's routes; none where it has no file. Raises RuleSetError with file and line."""
    root = read_yaml(PACKAGED)
    if (own := home / FILE_NAME).is_file():
        root = root.merged(read_yaml(own))
    root.allow(("digest_minutes", "quiet_hours", "tries", "keep_days", "routes"))
    routes = tuple(_route(node) for node in root.need("routes").items())
    for at, route in enumerate(routes):
        if route.name in {other.name for other in routes[:at]}:
            node = root.need("routes").items()[at]
            node.fail(f"tuyến {route.name!r} xuất hiện hai lần", f"the route {route.name!r} is given twice")
    return Routes(
        routes=routes,
        digest_minutes=_whole(root.need("digest_minutes"), 0, 24 * 60),
        tries=_whole(root.need("tries"), 1, 20),
        keep_days=_whole(root.need("keep_days"), 1, 90),
        quiet=_quiet(root.mapping().get("quiet_hours")),
    )


def _route(node: Node) -> Route:
    said = node.allow(_ROUTE_KEYS)
    name = node.need("name").text()
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", name):
        node.need("name").fail(
            f"tên tuyến {name!r}: chỉ a-z, 0-9, gạch ngang", f"route {name!r}: only a-z, 0-9, hyphen"
        )
    lists = {
        "events": EVENTS,
        "urgent": EVENTS,
        "severities": SEVERITIES,
        "levels": LEVELS,
    }
    given = {
        key: tuple(each.one_of(allowed) for each in said[key].items()) for key, allowed in lists.items() if key in said
    }
    if "units" in said:
        given["units"] = tuple(_unit(each) for each in said["units"].items())
    return Route(
        name=name,
        role=node.need("role").one_of(ROLES),
        address_variable=_variable(node.need("address_variable")),
        language=said["language"].one_of(LANGUAGES) if "language" in said else "vi",
        **given,
    )


def _variable(node: Node) -> str:
    name = node.text()
    if not _VARIABLE.fullmatch(name) or name.startswith(PREFIX):
        # What stands there may be an address with a password, so it is not shown.
        node.fail(
            f"cần tên một biến môi trường (NOTICES_…), không phải địa chỉ, không bắt đầu bằng {PREFIX}",
            f"expected the name of an environment variable (NOTICES_…), not an address, and none that begins with {PREFIX}",
        )
    return name


def _unit(node: Node) -> str:
    code = normalise_code(node.text())
    if level_of(code) is None:
        node.fail(f"{node.shown} không phải mã đơn vị", f"{node.shown} is not the code of a unit")
    return code


def _whole(node: Node, least: int, most: int) -> int:
    number = node.number()
    if number != int(number) or not least <= number <= most:
        node.fail(f"cần một số nguyên từ {least} đến {most}", f"expected a whole number from {least} to {most}")
    return int(number)


def _quiet(node: Node | None) -> tuple[time, time] | None:
    if node is None or node.value is None:
        return None
    match = _QUIET.fullmatch(node.text())
    if not match:
        node.fail(f"cần dạng 21:00-06:00, không phải {node.shown}", f"expected the form 21:00-06:00, not {node.shown}")
    return time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
