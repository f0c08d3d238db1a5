"""Texts that look personal, shown as their kind and length only.

Belongs here: what looks personal, and the text that stands in its place, as SQL. Does not belong here: which columns
it is asked of (resources/scrubbing.py, resources/mapping_sql.py).

A name that slipped into a column of dates cannot be converted, so it would be told as the value that is wrong. Whoever
has to mend it finds it by its file and row; nobody else needs it.
"""

from __future__ import annotations

import re

from resources.engine import quote_text

MASK = "(che / masked: "
# A letter of ours or a mark over one, as two ranges: \p{L} takes thirty times as long to prepare, for every column.
_LETTER, _SPACE, _BETWEEN = r"[A-Za-z\x{c0}-\x{1eff}]", r"[\s\x{a0}]+", r"[\s.,;'’\x{a0}-]+"
_MAIL = "@"
# Identity cards have 9 or 12 digits, telephones 10 or 11, perhaps in groups; 14 are a moment.
_NUMBER = r"(^|\D)(\d{9,12}|0\d{2,3}[ .-]\d{3}[ .-]?\d{3,4})(\D|$)"
_ENDINGS = "pdf|docx?|xlsx?|pptx?|odt|rtf|txt|xml|json|csv|html?|jpe?g|png|gif|bmp|tiff?|heic|zip|rar|7z|p7s|mp[34]"
_PATH = rf"[/\\].*\.[A-Za-z]\w{{1,4}}\s*$|\S\.(?i:{_ENDINGS})\s*$"


def _two_words(between: str) -> str:
    return f"{_LETTER}{between}{_LETTER}{{2}}|{_LETTER}{{2}}{between}{_LETTER}"


def looks_personal(text: str, *, numbers: bool = True) -> str:
    """SQL: whether a text has two words of letters, an @, a path or file name, or (numbers) a run of 9 to 12 digits."""
    return _matches(text, _two_words(_BETWEEN), _MAIL, _PATH, *([_NUMBER] if numbers else []))


def is_no_code(text: str) -> str:
    """SQL: the same of what should be a code, in which hyphens, points and long numbers have their place."""
    return _matches(text, _two_words(_SPACE), _MAIL, _PATH)


def names_somebody(text: str) -> bool:
    """Whether words people wrote carry an e-mail address, or a number such as identity cards and telephones have."""
    return _MAIL in text or re.search(_NUMBER, text) is not None


def is_number(text: str) -> str:
    """SQL: whether a text holds a number such as identity cards and telephones have."""
    return _matches(text, _NUMBER)


def _matches(text: str, *patterns: str) -> str:
    return f"regexp_matches({text}, {quote_text('|'.join(patterns))})"


def masked(text: str) -> str:
    """SQL of what stands in the place of a text: `(che / masked: chữ / letters, 14 ký tự / characters)`."""
    kind = (
        f"CASE WHEN contains({text}, {quote_text(_MAIL)}) THEN 'thư điện tử / e-mail' "
        f"WHEN {_matches(text, _PATH)} THEN 'đường dẫn / path' "
        f"WHEN {_matches(text, _two_words(_BETWEEN))} THEN 'chữ / letters' ELSE 'số / digits' END"
    )
    return f"{quote_text(MASK)} || {kind} || ', ' || length({text}) || ' ký tự / characters)'"


def is_masked(text: str) -> str:
    """SQL: whether a text is what `masked` put in the place of another."""
    return f"starts_with({text}, {quote_text(MASK)})"


def shown(text: str, most: int) -> str:
    """SQL of a text as it may be told: masked where it looks personal, else its first `most` characters."""
    return (
        f"CASE WHEN {is_masked(text)} THEN {text} WHEN {looks_personal(text)} THEN {masked(text)} "
        f"ELSE left({text}, {most}) END"
    )
