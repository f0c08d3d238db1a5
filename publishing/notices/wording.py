"""Wording: the message a receiver gets, out of all that there is to tell.

Belongs here: putting notices into words, in order and not too many. Does not belong here: which notices (pipelines). The
result is plain text; it is escaped for each service where it is sent (resources/notices/sending.py).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2

from publishing.site.languages import Language, languages
from resources.notices.notice import SEVERITIES, Notice
from scoring.yamlnodes import read_yaml

WORDS = Path(__file__).with_name("words.yaml")
MOST_LINES = 20
LONGEST_VALUE = 200
_BETWEEN = "\n\n———\n\n"


@dataclass(frozen=True, slots=True)
class Message:
    """Plain text, ready to be sent."""

    title: str
    body: str


def digest(notices: Sequence[Notice], language: str, *, again: bool = False) -> Message:
    """One message of several notices, the gravest events first. language: vi, en or both (one below the other).

    again: it may have been sent before, and says so.
    """
    said = [_digest(notices, each, again) for each in languages() if language in (each.code, "both")]
    return Message(said[0].title, _BETWEEN.join(each.body for each in said))


def _digest(notices: Sequence[Notice], language: Language, again: bool) -> Message:
    order = list(_words().events)
    ordered = sorted(
        notices, key=lambda one: (order.index(one.event), SEVERITIES.index(one.severity), one.week or "", one.id)
    )
    told, heads, lines = 0, [], []
    for event, of_event in groupby(ordered, key=lambda one: one.event):
        head = _words().say(f"{event}.head", language)
        heads.append(head)
        alike = list(of_event)
        shown = alike[: max(0, MOST_LINES - told)]
        if shown:
            lines.append(f"{head[:1].upper()}{head[1:]}")
        for one in shown:
            line = _words().say(f"{event}.line", language, week=one.week, facts=one.facts)
            lines.append(f"- {line}" + (f"\n  {one.link}" if one.link else ""))
        told += len(shown)
    if told < len(ordered):
        lines.append(_words().say("more", language, count=len(ordered) - told))
    if again:
        lines.insert(0, _words().say("again", language))
    return Message(_words().say("title", language, heads=heads), "\n".join(lines) + "\n")


class _Words:
    """The templates of words.yaml by their name and language."""

    def __init__(self) -> None:
        root = read_yaml(WORDS)
        events = root.need("events").mapping()
        self.events = tuple(events)
        nodes = {name: root.need(name) for name in ("title", "more", "again")}
        nodes |= {f"{event}.{part}": node.need(part) for event, node in events.items() for part in ("head", "line")}
        self._environments = {language.code: _environment(language) for language in languages()}
        self._templates = {
            (name, code): self._environments[code].from_string(node.need(code).text())
            for name, node in nodes.items()
            for code in self._environments
        }

    def say(self, name: str, language: Language, **facts: Any) -> str:
        return self._templates[name, language.code].render(facts)


@cache
def _words() -> _Words:
    return _Words()


def _environment(language: Language) -> jinja2.Environment:
    environment = jinja2.Environment(
        autoescape=False,  # plain text; every value passes _one_line
        undefined=jinja2.StrictUndefined,
        finalize=_one_line,
    )
    environment.globals |= {
        "said": language.said,
        "word": language.word,
        "moment": lambda text: language.moment(datetime.fromisoformat(text)),
    }
    return environment


def _one_line(value: object) -> str:
    """A value as one line of text that forges no line, hides nothing and mentions nobody."""
    text = "".join(" " if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") else char for char in str(value))
    text = " ".join(text.split()).replace("@", "＠")
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
