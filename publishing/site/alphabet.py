"""The Vietnamese alphabet: the order in which names are listed.

Belongs here: one sort key. Does not belong here: which names are listed.

Names are compared syllable by syllable, as dictionaries do: first the letters (a ă â b c d đ e ê …), then the tone (none,
huyền, hỏi, ngã, sắc, nặng). Numbers stand before letters and count as numbers: Phường 2, Phường 10.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_LETTERS = {letter: place for place, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_SYLLABLE = re.compile(r"\d+|[^\W\d_]+")

Key = tuple[tuple[tuple[int, int, tuple[int, ...], int], ...], str]


@cache
def alphabet_key(name: str) -> Key:
    """Where a name stands: give it to `sorted` as the key. Case and the place of a tone mark (hòa, hoà) do not matter."""
    lower = unicodedata.normalize("NFC", name.casefold())
    return tuple(map(_syllable, _SYLLABLE.findall(lower))), name


def _syllable(text: str) -> tuple[int, int, tuple[int, ...], int]:
    if text.isdigit():
        return 0, int(text), (), 0
    letters, tone = [], 0
    for char in text:
        apart = unicodedata.normalize("NFD", char)
        tone = next((_TONES[mark] for mark in apart if mark in _TONES), tone)
        letter = unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in _TONES))
        letters.append(_LETTERS.get(letter, len(_LETTERS) + ord(letter[0])))
    return 1, 0, tuple(letters), tone
