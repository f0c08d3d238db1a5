"""What of a column's texts passes the door: a text that cannot be read and looks personal is masked before it is kept.

Belongs here: the SQL of one passing text or list. Does not belong here: which columns pass (readers), what looks personal
(resources/masking.py), how a text is read (resources/mapping_sql.py).

Rows shift: a comma too many, and a name stands among the dates. What can be read as its column's value passes as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from resources.catalogue import table
from resources.engine import quote_name, quote_text
from resources.fillers import FILLER, is_filler
from resources.mapping import Mapping, Rule, heading_key
from resources.mapping_sql import CODES, read_instant
from resources.masking import is_no_code, is_number, looks_personal, masked

SHORT = 4  # bytes: no name is shorter; flags and codes are, and there are many of them
FREE = ("procedure_code", "procedure_name", "unit_name", "statistics_code")  # other countries' codes are words too
_WORDY = re.compile(r"[\s.,;'’@/\\-]|\d{9}")  # a text that could be taken for a personal one has one of these
_PLAIN_FORMAT = re.compile(r"%Y%m%d(%H%M%S)?|(%[YmdHMSgfpz]|[-/:.T ])*[-/:](%[YmdHMSgfpz]|[-/:.T ])*")


def scrubbed(mapping: Mapping, name: str, text: str, of_list: str | None = None) -> str:
    """SQL of a source column's text (or of a field `name` of the elements of a list) as it may be kept."""
    used = {column: rule for column, rule in mapping.columns.items() if name in _names(rule, of_list)}
    if of_list is None and (name in dict(mapping.skip) or any(each in FREE and not used[each].codes for each in used)):
        return text
    types = {_kind(mapping, column) for column in used}
    if of_list is None and any(column in CODES for column in used):
        # The code of a dossier may hold a long number, that of a unit does not.
        suspect = f"({is_no_code(text)} OR {is_number(text)})" if "unit_code" in used else is_no_code(text)
    else:
        suspect = looks_personal(text, numbers="BIGINT" not in types)
    sound = "".join(f" AND ({each}) IS NOT TRUE" for each in _sound(mapping, used, name, text, of_list))
    return f"CASE WHEN {_plain(text)} THEN {text} WHEN {suspect}{sound} THEN {masked(text)} ELSE {text} END"


def _sound(mapping: Mapping, used: dict[str, Rule], name: str, text: str, of_list: str | None) -> Iterator[str]:
    """Conditions under which a text that looks personal is one the mapping knows."""
    texts = set(mapping.empty)
    for column, rule in used.items():
        kind = _kind(mapping, column)
        texts |= {code for code, _ in rule.codes}
        if kind == "BOOLEAN":
            texts |= {*mapping.true, *mapping.false}
        texts |= {each for test in rule.where if of_list and test.field == name for each in test.texts}
        formats = (*(rule.times or mapping.times), *(rule.dates or mapping.dates))
        if kind in ("TIMESTAMP", "DATE") and not all(_PLAIN_FORMAT.fullmatch(each) for each in formats):
            yield f"{read_instant(mapping, rule, text)} IS NOT NULL"
    if wordy := sorted({heading_key(each) for each in texts if _WORDY.search(each)}):
        yield f"lower(nfc_normalize(trim({text}))) IN ({', '.join(map(quote_text, wordy))})"


def _kind(mapping: Mapping, column: str) -> str:
    """What a column's source texts are: seconds are made of moments."""
    if mapping.columns[column].aggregate == "seconds":
        return "TIMESTAMP"
    return table(mapping.table).column(column).type


def _names(rule: Rule, of_list: str | None) -> set[str]:
    """The source columns a rule reads, or the fields of the elements of a list."""
    if of_list is None:
        return set(rule.sources)
    return rule.list_fields if rule.list_name == of_list else set()


def scrubbed_list(mapping: Mapping, name: str, sql: str) -> str:
    """The same for a list of structs, every field of it; of personal fields nothing but that they are there."""
    fields = mapping.source_lists[name]
    personal = {heading_key(each) for each in mapping.personal}
    private = {each for each in fields if heading_key(each) in personal}
    members = {
        each: presence(mapping, each, _member(each))
        if each in private
        else scrubbed(mapping, each, _member(each), name)
        for each in fields
    }
    packed = ", ".join(f"{quote_name(each)} := {member}" for each, member in members.items())
    made = f"list_transform({sql}, lambda e: struct_pack({packed}))"
    if private:
        return made
    # Taking a list apart and packing it again costs far more than a look at whether there is any need.
    long = " OR ".join(f"strlen({_member(each)}) >= {SHORT}" for each in fields)
    odd = " OR ".join(f"NOT ({_plain(_member(each))}{_known(mapping, name, each)})" for each in fields)
    some_long, some_odd = (f"list_bool_or(list_transform({sql}, lambda e: {each}))" for each in (long, odd))
    return f"CASE WHEN {some_long} THEN CASE WHEN {some_odd} THEN {made} ELSE {sql} END ELSE {sql} END"


def presence(mapping: Mapping, name: str, text: str) -> str:
    """Of a personal field: that there is something, never what; and whether it is a filler, where the mapping asks."""
    asked = any(rule.convert == "filler" and name in rule.sources for rule in mapping.columns.values())
    filler = f"WHEN {is_filler(text)} THEN {quote_text(FILLER)} " if asked else ""
    return f"CASE WHEN nullif(trim({text}), '') IS NULL THEN NULL {filler}ELSE '1' END"


def alike(one: tuple[str, str], other: tuple[str, str]) -> str:
    """SQL of whether two lists, each with the field looked at, have a text in common: `1`, else NULL. The texts stay
    outside.
    """
    texts = (
        f"[nullif(trim({_member(field)}), '') FOR e IN {sql} IF trim({_member(field)}) <> '']"
        for sql, field in (one, other)
    )
    return f"CASE WHEN list_has_any({', '.join(texts)}) THEN '1' END"


def _plain(text: str) -> str:
    """Nearly all texts are moments and flags: they are let through before anything costs time."""
    return (
        f"{text} IS NULL OR strlen({text}) < {SHORT} "
        f"OR (strlen({text}) NOT BETWEEN 9 AND 12 AND TRY_CAST({text} AS BIGINT) IS NOT NULL)"
    )


def _known(mapping: Mapping, list_name: str, name: str) -> str:
    """More that is let through: the texts the mapping looks for in a field."""
    rules = [rule for rule in mapping.columns.values() if rule.list_name == list_name]
    texts = sorted({text for rule in rules for test in rule.where if test.field == name for text in test.texts})
    return f" OR {_member(name)} IN ({', '.join(map(quote_text, texts))})" if texts else ""


def _member(name: str) -> str:
    return f"e.{quote_name(name)}"
