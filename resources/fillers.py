"""Fillers: what people type into a personal field when they have nothing to put there, and how it is told from a value.

Belongs here: the words and numbers, and their SQL. Does not belong here: which fields are asked (mappings), what passes
the door (resources/scrubbing.py): of a personal field only that it is there, and whether what is there is a filler.
"""

from __future__ import annotations

from resources.engine import quote_text

FILLER = "filler"
"""What passes the door in the place of a filler; of anything else `1` does."""

#: Without accents, in small letters: nobody's name, or no name at all.
WORDS = (
    *("khong", "khong co", "khong ro", "khong biet", "chua co", "chua ro", "chua cap nhat", "dang cap nhat"),
    *("nguyen van a", "nguyen thi a", "nguyen van b", "nguyen thi b", "nguyen van c", "nguyen thi c"),
    *("tran van a", "tran thi a", "tran van b", "tran thi b", "le van a", "le thi a", "le van c", "le thi c"),
    *(
        "cong dan",
        "nguoi dan",
        "ho va ten",
        "ho ten",
        "chu ho so",
        "nguoi nop",
        "test",
        "abc",
        "n/a",
        "na",
        "null",
        "none",
    ),
)
# One sign again and again, nothing but zeros before a one, or the digits in their order.
_RUNS = "|".join(f"{digit}+" for digit in range(10))
_NUMBERS = rf"{_RUNS}|0+1|0?123456789\d{{0,3}}|[xX]+|[-–.?_/ ]+"
_LONGEST = 24  # bytes with accents: no word and no number above is longer


def is_filler(text: str) -> str:
    """SQL: whether a text is a filler; NULL where there is none."""
    words = ", ".join(map(quote_text, WORDS))
    return (
        f"(regexp_full_match(trim({text}), {quote_text(_NUMBERS)}) OR "
        f"(strlen({text}) <= {_LONGEST} AND lower(strip_accents(trim({text}))) IN ({words})))"
    )
