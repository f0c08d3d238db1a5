"""The templates' environment: Jinja as it is, in ways that cost less where a site of thousands of pages is made.

Belongs here: how templates are compiled and what a call, a sentence or a value in them costs. Does not belong here: what
templates may use (rendering.py), words.

What comes out is what Jinja itself would write. Each way was measured on a page of a unit, which has some 1,500 values:

- a sentence without values is put into the template's text before it is compiled: an environment speaks one language;
- a sentence with values is filled here, not by Jinja's extension, which asks three functions for it;
- a plain function is called as it is: Jinja looks at each call for a wish to be handed the context;
- a value that needs no escaping is not wrapped, since all that is left to do with it is joining texts;
- templates share one dict of globals: a view of several is gone through name by name at each import and include.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, MutableMapping
from functools import cache
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any

import jinja2
from jinja2.compiler import CodeGenerator
from jinja2.ext import Extension
from jinja2.runtime import Context, Macro
from markupsafe import Markup, escape

Said = Callable[..., str]
_SENTENCE = re.compile(r'\{\{ _\(("(?:[^"\\]|\\.)*")\) \}\}')
_CACHED = type(cache(len))
_PLAIN = (FunctionType, MethodType, _CACHED)


def environment(templates: Path, text: Callable[[str], str]) -> jinja2.Environment:
    """An environment in one language. text: a sentence of the templates in that language."""
    pages = _Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=[_Sentences],
    )
    pages.globals["_"] = _sayer(text)
    return pages


def _sayer(text: Callable[[str], str]) -> Said:
    """What `_` is: the sentence, trusted as the templates are, with its values escaped."""
    told = cache(text)

    def say(sentence: str, **values: Any) -> Markup:
        return Markup(told(sentence) % {name: _shown(value) for name, value in values.items()})

    return say


def _shown(value: Any) -> str:
    """A value as it stands in the page, with nothing left in it that would be markup."""
    kind = type(value)
    if kind is Markup:
        return value
    if kind is int:
        return str(value)
    return escape(value)


class _Sentences(Extension):
    """Puts sentences without values into the source."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        say: Said = self.environment.globals["_"]  # type: ignore[assignment]
        return _SENTENCE.sub(lambda found: str(say(json.loads(found[1]))), source)


class _Context(Context):
    def call(__self, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        if type(__obj) in _PLAIN and not hasattr(__obj, "jinja_pass_arg"):
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
            return __obj(*args, **kwargs)
        if type(__obj) is Macro:
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
            return __obj(__self.eval_ctx, *args, **kwargs)
        return super().call(__obj, *args, **kwargs)


class _Generator(CodeGenerator):
    """Writes a value out by `environment.shown` where Jinja writes `escape`."""

    def _output_child_pre(self, node: Any, frame: Any, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.shown(")


class _Environment(jinja2.Environment):
    context_class = _Context
    code_generator_class = _Generator
    shown = staticmethod(_shown)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals
