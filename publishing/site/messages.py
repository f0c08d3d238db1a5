"""The catalogue of sentences: what the templates say, and how locale/en.po says it in English.

Belongs here: finding the sentences and bringing the catalogue in line with them (`python -m publishing.site.messages`).
Does not belong here: reading the catalogue while the site is built (languages.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from publishing.site.languages import LOCALES
from publishing.site.rendering import TEMPLATES

_METHODS = [("**.html", "jinja2"), ("**.xml", "jinja2"), ("**.json", "jinja2")]
_CODE = ("rendering.py",)  # modules that say something by `_`

_HEAD = """\
# The site in English. Vietnamese is the language of the templates. In line with them by: python -m publishing.site.messages
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: en\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


def sentences() -> list[str]:
    """Every sentence of the templates and of the code, once, in the order of the files."""
    return list(dict.fromkeys(_found()))


def _found() -> Iterator[str]:
    from babel.messages.extract import extract_from_dir, extract_from_file

    options = {method: {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"} for method, _ in _METHODS}
    for _, _, message, _, _ in extract_from_dir(TEMPLATES, _METHODS, options):
        yield _one(message)
    for name in _CODE:
        for _, message, _, _ in extract_from_file("python", Path(__file__).with_name(name)):
            yield _one(message)


def _one(message: str | tuple[str, ...]) -> str:
    return message if isinstance(message, str) else message[0]


def bring_in_line(path: Path = LOCALES / "en.po") -> tuple[list[str], list[str]]:
    """Adds what is missing, without words, and removes what nothing says any more. Returns both."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po, write_po

    with path.open("rb") as file:
        old = read_po(file, locale="en")
    new = Catalog(locale="en", charset="utf-8")
    wanted = sentences()
    for message in wanted:
        known = old.get(message)
        new.add(message, known.string if known else "")
    with path.open("wb") as file:
        file.write(_HEAD.encode())
        write_po(file, new, width=0, omit_header=True)
    missing = [message for message in wanted if not (told := new.get(message)) or not told.string]
    return missing, sorted({str(message.id) for message in old if message.id} - set(wanted))


if __name__ == "__main__":
    for sentence in bring_in_line()[0]:
        print(sentence)
