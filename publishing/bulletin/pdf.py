"""A document as PDF, set by Typst with the typefaces its compiler brings, so that every machine makes the same bytes.

Belongs here: handing the document to the template `page.typ` as data. Nothing of it is ever read as Typst's own language,
so there is nothing to escape. Does not belong here: what is said.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from publishing.bulletin.document import Document, as_data
from publishing.bulletin.places import Link
from publishing.site.languages import Language

_TEMPLATE = Path(__file__).with_name("templates") / "page.typ"


def pdf(document: Document, language: Language, link: Link) -> bytes:
    return _compiled(document, language, link, "pdf")


def png(document: Document, language: Language, link: Link) -> bytes:
    """A picture of its page; a document of several pages has none."""
    return _compiled(document, language, link, "png")


def _compiled(document: Document, language: Language, link: Link, form: Literal["pdf", "png"]) -> bytes:
    import typst

    made = typst.compile(
        _TEMPLATE.read_bytes(),
        format=form,
        ignore_system_fonts=True,
        sys_inputs={"document": json.dumps(as_data(document, language, link), ensure_ascii=False)},
        ppi=144.0,
    )
    if not isinstance(made, bytes):
        raise ValueError(f"{document.name}: {len(made)} pages, one was expected")
    return made
