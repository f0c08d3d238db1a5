"""The environment of the templates writes what Jinja itself would write, and refuses what Jinja refuses."""

from __future__ import annotations

import jinja2
import pytest
from markupsafe import Markup

from checks.breaks import breaks_between
from publishing.site import rendering
from publishing.site.languages import Language, languages
from publishing.site.page import Page
from publishing.site.pages import all_pages
from publishing.site.reading import read_book
from publishing.site.rendering import TEMPLATES, render
from publishing.site.templating import environment
from resources.office import Office

VI, EN = languages()


def as_jinja_has_it(language: Language) -> jinja2.Environment:
    """Jinja's own environment with its own extension for sentences."""
    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    pages.install_gettext_translations(language.catalogue, newstyle=True)  # type: ignore[attr-defined]
    return pages


def test_every_page_is_what_jinja_itself_makes_of_the_templates(built: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [page for page in all_pages(built, read_book(built), breaks_between) if isinstance(page, Page)]
    facts = [page.facts() for page in pages]

    def texts() -> list[str]:
        return [
            render(page.template, page.address, told, language)
            for page, told in zip(pages, facts, strict=True)
            for language in languages()
        ]

    ours = texts()
    word = "Tải dữ liệu"
    monkeypatch.setattr(rendering, "environment", lambda _, text: as_jinja_has_it(VI if text(word) == word else EN))
    rendering._environment.cache_clear()
    try:
        theirs = texts()
    finally:
        rendering._environment.cache_clear()
    assert len({page.template for page in pages}) > 15
    assert [
        page.address for page, mine, other in zip(pages, ours[::2], theirs[::2], strict=True) if mine != other
    ] == []
    assert ours == theirs


def made(source: str, **facts: object) -> str:
    return environment(TEMPLATES, EN.text).from_string(source).render(facts)


def test_outside_text_is_escaped_wherever_it_stands() -> None:
    outside = "<b>&\"'%(n)s"
    escaped = "&lt;b&gt;&amp;&#34;&#39;%(n)s"
    assert made("{{ x }}|{{ x ~ 1 }}|{{ [x][0] }}", x=outside) == f"{escaped}|{escaped}1|{escaped}"
    assert made('{{ _("bản %(n)s", n=x) }}', x=outside).endswith(escaped)
    assert made("{% macro m(t) %}<i>{{ t }}</i>{% endmacro %}{{ m(x) }}", x=outside) == f"<i>{escaped}</i>"
    assert made("{% set y %}{{ x }}{% endset %}{{ y }}", x=outside) == escaped
    assert made("{{ x }}", x=Markup("<b>")) == "<b>"
    assert made("{{ x }}{{ none }}{{ yes }}", x=1.5, none=None, yes=True) == "1.5NoneTrue"


def test_a_sentence_is_said_in_the_language_of_the_environment() -> None:
    assert made('{{ _("Tải dữ liệu") }}') == EN.text("Tải dữ liệu") != "Tải dữ liệu"
    assert made('{% for n in (1, 2) %}{{ _("bản %(n)s", n=n) }};{% endfor %}') == "".join(
        EN.text("bản %(n)s") % {"n": n} + ";" for n in (1, 2)
    )


def test_what_is_not_there_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        made("{{ nothing }}")
    with pytest.raises(jinja2.UndefinedError):
        made("{{ x.nothing }}", x={})
    with pytest.raises(KeyError):
        made('{{ _("bản %(n)s", m=1) }}')
