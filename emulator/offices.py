"""The offices that every emulated province has: its departments, and what its communes handle (`offices.yaml`).

Belongs here: reading that file. Does not belong here: a province's own units.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Office:
    """A department, or the communes together; `objects` are what its procedures are about."""

    name: str
    field: str
    objects: tuple[str, ...]


@cache
def offices() -> tuple[Office, ...]:
    """The departments in the order of their codes, then the communes."""
    import yaml

    text = files("emulator").joinpath("offices.yaml").read_text(encoding="utf-8")
    raw = yaml.load(text, Loader=yaml.CSafeLoader)
    return tuple(Office(entry["name"], entry["field"], tuple(entry["objects"])) for entry in raw)


def departments() -> tuple[Office, ...]:
    """The departments in the order of their codes."""
    return offices()[:-1]
