"""A document as one HTML page: everything in it, no script, nothing from outside, one A4 page in print.

Belongs here: filling the template `page.html`. Does not belong here: what is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publishing.bulletin.document import Document, as_data
from publishing.bulletin.places import Link
from publishing.site.languages import Language

if TYPE_CHECKING:
    from jinja2 import Template


def html(document: Document, language: Language, link: Link) -> bytes:
    return html_of(as_data(document, language, link))


def html_of(data: Mapping[str, Any]) -> bytes:
    """The same of a document's data in one language."""
    return _template().render(data).encode()


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).with_name("templates"))
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html")
