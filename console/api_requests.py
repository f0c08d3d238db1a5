"""What a program may ask of the read interface: parameters, each with its rule, and the reading of one request.

Belongs here: the parameters (the description is made of them too) and refusing what is not one. Does not belong here: answers.

What is not understood is refused, never passed over: a filter with a misspelt name would else show everything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from starlette.requests import Request

from scoring.calendar import PERIOD_KINDS

MOST_ROWS, USUAL_ROWS = 1000, 100
Format = Literal["json", "csv"]


class Refusal(Exception):
    """A request that gets no answer, with the reason in both languages."""

    status = 400
    title = ("Yêu cầu không hợp lệ", "Bad request")

    def __init__(self, vi: str, en: str, parameter: str | None = None) -> None:
        super().__init__(f"{vi} / {en}")
        self.vi, self.en, self.parameter = vi, en, parameter


class BadRequest(Refusal):
    """Something that cannot be asked."""


class NotFound(Refusal):
    """Something that may be asked and is not there."""

    status = 404
    title = ("Không tìm thấy", "Not found")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its rule as a JSON schema, its words. default: what stands where it is not given."""

    name: str
    schema: Mapping[str, Any]
    vi: str
    en: str
    default: Any = None
    place: Literal["query", "path"] = "query"

    def defaulting(self, value: Any) -> Parameter:
        return replace(self, default=value)

    def in_path(self) -> Parameter:
        return replace(self, place="path")

    def read(self, text: str) -> Any:
        """The value that a text stands for. Raises BadRequest."""
        schema = self.schema
        if schema["type"] == "integer":
            if re.fullmatch(r"[0-9]{1,9}", text) and schema["minimum"] <= int(text) <= schema["maximum"]:
                return int(text)
            rule = f"{schema['minimum']}..{schema['maximum']}"
        elif "enum" in schema:
            if text in schema["enum"]:
                return text
            rule = ", ".join(schema["enum"])
        else:
            if re.fullmatch(schema["pattern"].strip("^$"), text):
                return text
            rule = schema["examples"][0]
        raise BadRequest(
            f"{self.name}={text[:40]!r}: cần {rule}", f"{self.name}={text[:40]!r}: expected {rule}", self.name
        )


def _number(name: str, most: int, vi: str, en: str, default: int | None = None) -> Parameter:
    return Parameter(name, {"type": "integer", "minimum": 1, "maximum": most}, vi, en, default)


def _choice(name: str, values: Sequence[str], vi: str, en: str, default: str | None = None) -> Parameter:
    return Parameter(name, {"type": "string", "enum": list(values)}, vi, en, default)


def _text(name: str, pattern: str, example: str, vi: str, en: str) -> Parameter:
    return Parameter(name, {"type": "string", "pattern": f"^{pattern}$", "examples": [example]}, vi, en)


WEEK = _text(
    "week",
    "[0-9]{4}-W(0[1-9]|[1-4][0-9]|5[0-3])",
    "2025-W46",
    "Tuần; mặc định là tuần mới nhất đã công bố",
    "Week; the newest published one by default",
)
REVISION = _number("revision", 999_999, "Bản; mặc định là bản mới nhất", "Revision; the newest by default")
OLD = _number("old", 999_999, "Bản cũ; mặc định là bản 1", "The older revision; 1 by default")
NEW = _number("new", 999_999, "Bản mới; mặc định là bản mới nhất", "The newer revision; the newest by default")
LEVEL = _choice("level", ("province", "department", "commune", "unit"), "Nhóm xếp hạng", "Cohort")
SCOPE = _text("scope", "(VN|H[0-9]{2})", "VN", "Phạm vi: VN hoặc mã tỉnh", "VN or the code of a province")
PERIOD = _choice("period", PERIOD_KINDS, "Loại kỳ", "Kind of period")
CODE = _text("code", r"H[0-9]{2}(\.[0-9]{2,3}){0,2}", "H05.101", "Mã đơn vị", "Code of a unit").in_path()
PAGE = _number("page", 1_000_000, "Trang, từ 1", "Page, from 1", 1)
LIMIT = _number("limit", MOST_ROWS, "Số dòng mỗi trang", "Rows a page", USUAL_ROWS)
FORMAT = _choice(
    "format",
    ("json", "csv"),
    "Dạng trả lời; mặc định theo Accept, rồi json",
    "Form of the answer; by Accept, else json",
)
PAGING = (PAGE, LIMIT, FORMAT)


@dataclass(frozen=True)
class Asked:
    """A request that was understood: the value of every parameter, by name."""

    values: Mapping[str, Any]
    format: Format

    @classmethod
    def of(cls, request: Request, parameters: Sequence[Parameter]) -> Asked:
        """Raises BadRequest: a value that breaks its rule, a parameter that is not known, or is given twice."""
        known = {each.name: each for each in parameters if each.place == "query"}
        given = request.query_params.multi_items()
        for name, _ in given:
            if name not in known:
                there = ", ".join(known)
                raise BadRequest(
                    f"Không có tham số {name[:40]!r}; có: {there}",
                    f"No parameter {name[:40]!r}; there are: {there}",
                    name,
                )
            if sum(each == name for each, _ in given) > 1:
                raise BadRequest(f"{name}: chỉ ghi một lần", f"{name}: give it once", name)
        texts = dict(given) | {name: str(value) for name, value in request.path_params.items()}
        values = {each.name: each.read(texts[each.name]) if each.name in texts else each.default for each in parameters}
        return cls(values, values["format"] or _accepted(request.headers.get("accept", "")))

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


def _accepted(header: str) -> Format:
    """CSV where the header names it before, or rather than, JSON; JSON for everything else."""
    weights = {"application/json": 0.0, "text/csv": 0.0}
    for part in header.split(","):
        media, *options = (each.strip().lower() for each in part.split(";"))
        if media in weights:
            told = next((option[2:] for option in options if option.startswith("q=")), "1")
            weights[media] = float(told) if re.fullmatch(r"[01](\.[0-9]{0,3})?", told) else 0.0
    return "csv" if weights["text/csv"] > weights["application/json"] else "json"
