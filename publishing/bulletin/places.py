"""Places: where on the site a figure stands, so that each figure of a bulletin can be followed.

Belongs here: the pages a bulletin links to, and links as they are to stand in a file. Does not belong here: how pages are
called (publishing/site/addresses.py), making them.
"""

from __future__ import annotations

from collections.abc import Callable

from publishing.site.addresses import Address, address
from resources.units import level_of

Link = Callable[[Address, str], str]
"""Gives the link to a page in a language, as it is to stand in a document."""


def release(week: str) -> Address:
    return address("releases", week)


def unit(code: str) -> Address:
    """The page of a unit, or of a province."""
    return address("provinces" if level_of(code) == "province" else "units", code)


def site_at(root: str) -> Link:
    """Links to a site that is served at this address."""
    return lambda page, language: f"{root.rstrip('/')}/{page.path(language)}"


def site_beside(way: str) -> Link:
    """Links to the site's folder, this way off: to files, since from a disk nothing finds index.html by itself."""
    return lambda page, language: f"{way.rstrip('/')}/{page.file(language)}"
