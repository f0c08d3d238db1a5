"""The description of the read interface: an OpenAPI 3.1 document, made of what the interface itself is made of.

Belongs here: that document. Does not belong here: parameters (console/api_requests.py), columns (resources/catalogue.yaml).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from console.api_requests import Parameter
from resources.catalogue import Column, table

if TYPE_CHECKING:
    from console.api import Read

ROOT = "/api/v1"
Schema = dict[str, Any]
_PROBLEM_MEDIA = "application/problem+json"
_TITLES = {
    "/releases": "Các tuần đã công bố / Published weeks",
    "/releases/{week}": "Một tuần và các bản của nó / One week and its revisions",
    "/rankings": "Một bảng xếp hạng / One ranking",
    "/units/{code}": "Một đơn vị qua các tuần / One unit over the weeks",
    "/changes": "Khác biệt giữa hai bản của một tuần / What changed between two revisions of a week",
}
_ABOUT = (
    "Số liệu đã công bố của Chỉ số 766, chỉ đọc, không cần đăng nhập. Số trong JSON là số thập phân chính xác: hãy đọc bằng "
    "kiểu thập phân, không bằng số dấu phẩy động. Trống hoặc null là không có, không phải 0. "
    "/ Published figures of the 766 index, read only, no login. Numbers in JSON are exact decimals: read them as decimals, "
    "not as floats. Empty or null is none, never 0."
)


def describe(answers: Mapping[str, tuple[Read, Sequence[Parameter]]]) -> Schema:
    """The document of these paths."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Chỉ số 766 / The 766 index", "version": "1", "description": _ABOUT},
        "servers": [{"url": ROOT}],
        "paths": {path: {"get": _operation(path, parameters)} for path, (_, parameters) in answers.items()},
        "components": {
            "schemas": {
                "Problem": _PROBLEM,
                "RankingRow": _row([_column(column) for column in table("rankings").columns]),
                "ReleaseRow": _row([*_REVISION, ("revisions", _whole("Số bản của tuần / Revisions of the week"))]),
                "RevisionRow": _row([*_REVISION, ("fingerprint", _text("Dấu của mọi đầu vào / Mark of all inputs"))]),
                "ChangeRow": _row(_CHANGE),
            },
            "responses": {
                name: {"description": text, "content": {_PROBLEM_MEDIA: {"schema": _ref("schemas", "Problem")}}}
                for name, text in (
                    ("BadRequest", "Yêu cầu không hợp lệ / Bad request"),
                    ("NotFound", "Không tìm thấy / Not found"),
                )
            },
        },
    }


def _operation(path: str, parameters: Sequence[Parameter]) -> Schema:
    found = {
        "description": _TITLES[path],
        "headers": {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in (
                ("ETag", "Dấu của nội dung / Mark of the content"),
                ("Cache-Control", "Giữ được bao lâu / How long it holds"),
                ("Link", "Trang sau / The next page"),
            )
        },
        "content": {"application/json": {"schema": _page(path)}, "text/csv": {"schema": {"type": "string"}}},
    }
    return {
        "operationId": path.strip("/").split("/")[0] + ("One" if "{" in path else ""),
        "summary": _TITLES[path],
        "parameters": [*map(_parameter, parameters), _IF_NONE_MATCH],
        "responses": {
            "200": found,
            "304": {"description": "Không đổi so với If-None-Match / Not changed since If-None-Match"},
            "400": _ref("responses", "BadRequest"),
            "404": _ref("responses", "NotFound"),
        },
    }


def _parameter(parameter: Parameter) -> Schema:
    schema = dict(parameter.schema)
    if parameter.default is not None:
        schema["default"] = parameter.default
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.place == "path",
        "description": f"{parameter.vi} / {parameter.en}",
        "schema": schema,
    }


def _page(path: str) -> Schema:
    """The object around a page of rows."""
    head = _HEADS[path]
    paging = {
        "page": _whole("Trang / Page"),
        "limit": _whole("Số dòng mỗi trang / Rows a page"),
        "total": _whole("Số dòng của mọi trang / Rows of all pages"),
        "next": _or_null(_text("Địa chỉ trang sau / Address of the next page")),
        "rows": {"type": "array", "items": _ref("schemas", _ROWS[path])},
    }
    return _row([*head, *paging.items()])


def _row(members: Sequence[tuple[str, Schema]]) -> Schema:
    return {
        "type": "object",
        "properties": dict(members),
        "required": [name for name, _ in members],
        "additionalProperties": False,
    }


def _column(column: Column) -> tuple[str, Schema]:
    kind = "number" if column.type.startswith("DECIMAL") else "integer" if column.type == "INTEGER" else "string"
    schema = {"type": kind, "description": f"{column.vi} / {column.en}"}
    return column.name, _or_null(schema) if column.nullable else schema


def _ranking(*names: str) -> list[tuple[str, Schema]]:
    return [_column(table("rankings").column(name)) for name in names]


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


def _whole(description: str) -> Schema:
    return {"type": "integer", "description": description}


def _or_null(schema: Schema) -> Schema:
    return schema | {"type": [schema["type"], "null"]}


def _ref(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "ETag đã có / An ETag you have",
    "schema": {"type": "string"},
}
_PROBLEM: Schema = {
    "type": "object",
    "description": "RFC 9457",
    "properties": {
        **{
            name: {"type": "string"}
            for name in ("type", "title", "detail", "detail_vi", "detail_en", "instance", "parameter")
        },
        "status": {"type": "integer"},
    },
    "required": ["type", "title", "status", "detail", "detail_vi", "detail_en", "instance"],
}
_REVISION: list[tuple[str, Schema]] = [
    *_ranking("week", "revision"),
    ("status", _text("Trạng thái / provisional, final, revised, corrected")),
    ("reason", _or_null(_text("Lý do công bố lại / Why it was published again"))),
    ("published_at", {"type": "string", "format": "date-time", "description": "Lúc công bố (UTC) / When, in UTC"}),
]
_REVISIONS_COMPARED: list[tuple[str, Schema]] = [
    *_ranking("week"),
    ("old_revision", _whole("Bản cũ / The older revision")),
    ("new_revision", _whole("Bản mới / The newer revision")),
]
_FIGURE: Schema = {"type": ["number", "string", "null"]}
_CHANGE: list[tuple[str, Schema]] = [
    *_REVISIONS_COMPARED,
    *_ranking("level", "scope", "period_kind", "unit_code", "unit_name"),
    ("figure", _text("Số liệu nào / Which figure: total, a component, status or basis")),
    ("old", _FIGURE | {"description": "Trước / Before"}),
    ("new", _FIGURE | {"description": "Sau / After"}),
    ("old_rank", _or_null(_whole("Hạng trước / Rank before"))),
    ("new_rank", _or_null(_whole("Hạng sau / Rank after"))),
]
_COHORT = {name: _text(name) for name in ("level", "scope", "period")}
_FILE = {"name": _text("Tên tệp / Name"), "sha256": _text("sha256")}
_HEADS: dict[str, list[tuple[str, Schema]]] = {
    "/releases": [],
    "/releases/{week}": [
        *_ranking("week", "revision"),
        ("rulesets", {"type": "object", "additionalProperties": {"type": "string"}}),
        ("rankings", {"type": "array", "items": _row([*_COHORT.items()])}),
        ("files", {"type": "array", "items": _row([*_FILE.items()])}),
    ],
    "/rankings": _ranking("week", "revision", "level", "scope", "period_kind", "period", "cohort_size", "ranked"),
    "/units/{code}": _ranking("unit_code", "unit_name", "level", "period_kind"),
    "/changes": [*_REVISIONS_COMPARED, ("reason", _or_null(_text("Lý do của bản mới / Reason of the newer revision")))],
}
_ROWS = {
    "/releases": "ReleaseRow",
    "/releases/{week}": "RevisionRow",
    "/rankings": "RankingRow",
    "/units/{code}": "RankingRow",
    "/changes": "ChangeRow",
}
