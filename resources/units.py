"""The registry of units: provinces by the portal's codes, communes by statistics codes, and how codes and names are
read.

Belongs here: normal forms of codes and names (in Python, and the same in SQL for the engine), the 34 provinces and
3,321 communes in force since 2025-07-01. Does not belong here: departments and who is ranked; they come from the
exports.

Joins are by normalised code only; names are for people to read, and for finding a statistics code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

from resources.engine import quote_text

Level = Literal["province", "department", "commune"]

# The same patterns run in Python and in the engine (RE2): keep to what both understand.
_OLD_CODE = r"[0-9]{3}(\.[0-9]{2,3})+\.H[0-9]{2}"  # 000.00.15.H37: from the smallest unit up, zeros where there is none
_LEVELS: tuple[tuple[Level, str], ...] = (
    ("province", r"H[0-9]{2}"),
    ("department", r"H[0-9]{2}\.[0-9]{2}(\.[0-9]{2,3})?"),
    ("commune", r"H[0-9]{2}\.[0-9]{3}(\.[0-9]{2,3})?"),
)
_ANY_CODE = r"H[0-9]{2}(\.[0-9]{2,3}){0,2}"  # of any of these levels
_NAME_NOISE = (
    r"^\s*(?i:UBND|Ủy ban nhân dân|Uỷ ban nhân dân)\s+",
    r"\s*[-–,]\s*(?i:tỉnh|thành phố|TP\.?)\s+[^-–,]+$",
    r"^(?i:tỉnh|thành phố|TP\.?)\s+",
)
_COMMUNE_WORD = re.compile(r"^(phường|xã|đặc khu)\s+", re.IGNORECASE)
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")


@dataclass(frozen=True, slots=True)
class Province:
    """A province: the portal's code (H05), its name as shown, the statistics office's code (24)."""

    code: str
    name: str
    statistics_code: int


@cache
def provinces() -> Mapping[str, Province]:
    """The 34 provinces by the portal's code."""
    import yaml

    text = files("resources").joinpath("portal_provinces.yaml").read_text(encoding="utf-8")
    raw = yaml.load(text, Loader=yaml.CSafeLoader)
    return {code: Province(code, entry["name"], int(entry["statistics"])) for code, entry in raw.items()}


def normalise_code(text: str) -> str:
    """A unit code in its new form: `000.00.15.H37` is `H37.15`, ` h05.101 ` is `H05.101`; other texts only trimmed."""
    code = text.strip().upper()
    if not re.fullmatch(_OLD_CODE, code):
        return code
    return ".".join(segment for segment in reversed(code.split(".")) if not re.fullmatch("0+", segment))


@lru_cache(maxsize=16_384)  # more than there are units: each is asked for by every row of its figures
def level_of(code: str) -> Level | None:
    """The level a normalised code stands for: H37 province, H37.15 department, H37.101 commune; else None."""
    return next((level for level, pattern in _LEVELS if re.fullmatch(pattern, code)), None)


def province_of(code: str) -> str | None:
    """The province a normalised code belongs to, known or not: `H05.101` to `H05`."""
    return code[:3] if level_of(code) else None


def province_name(code: str) -> str | None:
    """The name of a province by its code, or by the code of a unit in it. None when it is not one of the 34."""
    province = provinces().get(code[:3])
    return province.name if province else None


def is_known_province(code: str) -> bool:
    return code in provinces()


def clean_name(text: str) -> str:
    """A unit's name for display: `UBND xã Hòn Đất - tỉnh An Giang` is `Xã Hòn Đất`."""
    name = unicodedata.normalize("NFC", text).strip()
    for noise in _NAME_NOISE:
        name = re.sub(noise, "", name)
    return name[:1].upper() + name[1:]


def find(name: str, province: str) -> str | None:
    """The five-digit statistics code of the commune of that name in a province (by its portal code), or None.

    Names are compared without administrative words, case, and the two ways of placing a tone mark (Hòa, Hoà).
    """
    known = provinces().get(province)
    if known is None:
        return None
    bare = re.sub(rf"\s*[-–]\s*{known.name}\s*$", "", unicodedata.normalize("NFC", name))
    return _communes().get((known.statistics_code, _name_key(bare)))


def commune_count() -> int:
    """How many communes the registry knows: 3,321."""
    return len(_communes())


def code_sql(text: str) -> str:
    """SQL of `normalise_code` over an SQL expression."""
    upper = f"upper(trim({text}))"
    segments = f"list_filter(list_reverse(string_split({upper}, '.')), lambda s: NOT regexp_full_match(s, '0+'))"
    return (
        f"CASE WHEN regexp_full_match({upper}, {quote_text(_OLD_CODE)}) "
        f"THEN array_to_string({segments}, '.') ELSE {upper} END"
    )


def level_sql(code: str) -> str:
    """SQL of `level_of` over an SQL expression that is a normalised code."""
    cases = " ".join(
        f"WHEN regexp_full_match({code}, {quote_text(pattern)}) THEN {quote_text(level)}" for level, pattern in _LEVELS
    )
    return f"CASE {cases} END"


def province_sql(code: str) -> str:
    """SQL of `province_of` over an SQL expression that is a normalised code."""
    return f"CASE WHEN regexp_full_match({code}, {quote_text(_ANY_CODE)}) THEN left({code}, 3) END"


def name_sql(text: str) -> str:
    """SQL of `clean_name` over an SQL expression."""
    name = f"trim(nfc_normalize({text}))"
    for noise in _NAME_NOISE:
        name = f"regexp_replace({name}, {quote_text(noise)}, '')"
    return f"upper(left({name}, 1)) || substr({name}, 2)"


@cache
def _communes() -> Mapping[tuple[int, str], str]:
    from vietnam_provinces import Ward

    return {(int(ward.province_code), _name_key(ward.name)): f"{int(ward.code):05d}" for ward in Ward.iter_all()}


def _name_key(name: str) -> str:
    """Lower case, administrative words gone, every word's tone moved to its end."""
    bare = _COMMUNE_WORD.sub("", clean_name(name)).casefold()
    words = []
    for word in re.split(r"[\s'’-]+", unicodedata.normalize("NFD", bare)):
        letters = "".join(letter for letter in word if letter not in _TONES)
        words.append(letters + "".join(sorted(letter for letter in word if letter in _TONES)))
    return " ".join(words).strip()
