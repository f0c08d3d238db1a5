"""A page, a text or a copied file of the site, before it is made.

Belongs here: their shape. Does not belong here: which there are (pages.py, provinces.py), making them
(rendering.py, building.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from publishing.site.addresses import Address

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """A page in every language. inputs: what it is made of, of which equal ones have equal `repr`; facts: made when needed."""

    address: Address
    template: str
    inputs: Any
    facts: Callable[[], Facts]


@dataclass(frozen=True)
class Text:
    """A file that is no page, in no language: its path in the site, what it is made of, and how."""

    path: str
    inputs: Any
    make: Callable[[], str]


@dataclass(frozen=True)
class Copy:
    """A published file that the site carries as it is. mark: equal for equal files."""

    path: str
    source: Path
    mark: str


def plain(where: Address, template: str, facts: Facts) -> Page:
    """A page whose facts are at hand."""
    return Page(where, template, facts, lambda: facts)
