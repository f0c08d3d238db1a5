"""A document as PDF, set by Typst with the typefaces its compiler brings, so that every machine makes the same bytes.

Belongs here: handing the document to the template `page.typ` as data. Nothing of it is ever read as Typst's own language,
so there is nothing to escape. Does not belong here: what is said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from publishing.bulletin.document import Document, as_data
from publishing.bulletin.places import Link
from publishing.site.languages import Language

if TYPE_CHECKING:
    import typst

Form = Literal["pdf", "png"]
_LARGEST, _SMALLEST = 100, 80  # sizes, in percent of the template's
_SHARES = range(_LARGEST, _SMALLEST, -4)
_TOO_LONG = "more than one page"  # as the template says it
_PPI = 144.0
_TEMPLATE = Path(__file__).with_name("templates") / "page.typ"


def pdf(document: Document, language: Language, link: Link) -> bytes:
    return pdf_of(as_data(document, language, link))


def pdf_of(data: Mapping[str, Any]) -> bytes:
    """The same of a document's data in one language."""
    return _compiled(data, "pdf")


def png(document: Document, language: Language, link: Link) -> bytes:
    """A picture of its page; a document of several pages has none."""
    return _compiled(as_data(document, language, link), "png")


def _compiled(data: Mapping[str, Any], form: Form) -> bytes:
    """What has to be one page is set as large as it fits there, and in the smallest size where it does not."""
    told = json.dumps(data, ensure_ascii=False)
    if data["one_page"]:
        for share in _SHARES:
            if (fitting := _in_size(told, share, form)) is not None:
                return fitting
    share = _SMALLEST if data["one_page"] else _LARGEST
    made = _compiler().compile(format=form, sys_inputs={"document": told, "share": str(share)}, ppi=_PPI)
    if not isinstance(made, bytes):
        raise ValueError(f"{data['title']}: {len(made or ())} pages, one was expected")
    return made


def _in_size(told: str, share: int, form: Form) -> bytes | None:
    """None where it does not fit on a page. Trying costs half of what measuring first did: mostly the largest size fits."""
    import typst

    try:
        made = _compiler().compile(
            format=form, sys_inputs={"document": told, "share": str(share), "tries": ""}, ppi=_PPI
        )
    except typst.TypstError as error:
        if _TOO_LONG in str(error):
            return None
        raise
    assert isinstance(made, bytes)
    return made


@cache
def _compiler() -> typst.Compiler:
    """Reads the typefaces once."""
    import typst

    return typst.Compiler(str(_TEMPLATE), ignore_system_fonts=True)
