"""docs/settings.md, made from the settings: name, variable, type, default, what it is for in both languages, secret or not.

Belongs here: the page and its Vietnamese words. Does not belong here: the settings (resources/settings.py, whose descriptions are
the English words). Run as `python -m publishing.settings_doc`; a test compares the committed page with the settings.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from resources.files import write_bytes_atomically
from resources.settings import FILE_NAME, PREFIX, Settings

DEFAULT_PATH = Path("docs/settings.md")
FIRST = ("home", "landing", "database_url")  # the rest by name, the portal's last
MEANINGS = {
    "home": "thư mục chứa mọi dữ liệu",
    "landing": "thư mục nhận bản xuất; mặc định <home>/landing",
    "landing_url": "nơi lấy tệp về thư mục nhận: s3://bucket/folder, sftp://…",
    "lake_url": "nơi đặt kho, s3://bucket/folder, nhiều máy dùng chung; mặc định <home>/lake",
    "database_url": "PostgreSQL, postgresql+psycopg://user:password@host/name; mặc định một tệp SQLite trong home",
    "desk_secret": "khóa ký phiên làm việc, ít nhất 32 ký tự; mặc định <home>/desk.secret",
    "desk_url": "địa chỉ mọi người mở bàn rà soát; trang Dagster dẫn tới đó",
    "dagster_url": "địa chỉ mọi người mở trang Dagster; bàn rà soát dẫn tới đó",
    "public_url": "địa chỉ của trang công bố; nguồn tin (feed) ghi địa chỉ này",
    "openlineage": "nơi báo các lần chạy: file:/path hoặc http(s)://server; mặc định không báo",
    "memory_limit": "bộ nhớ lớn nhất DuckDB dùng, 4GB; mặc định phần lớn bộ nhớ máy",
    "threads": "số lõi DuckDB dùng; mặc định tất cả",
    "engine": "máy đếm của cả năm: duckdb, hoặc Spark: local[*], spark://host:7077, sc://host:15002 (cài thêm [spark])",
    "keep_runs_days": "prune: giữ các lần chạy Dagster đã có kết quả mới thay thế",
    "keep_raw_days": "prune: giữ bản xuất thô không bản công bố nào dựa vào",
    "log_format": "nhật ký: cho người đọc, hoặc mỗi dòng một JSON",
    "log_level": "nhật ký: không ghi mức thấp hơn; info ghi từng lần chạy, công bố, tin nhắn",
    "portal_url": "địa chỉ các giao diện của cổng; không có thì không tải gì",
    "portal_token": "mã gửi kèm mỗi yêu cầu; chỉ đặt trong biến môi trường",
    "portal_token_header": "tiêu đề HTTP mang mã",
    "portal_token_prefix": "chữ đứng trước mã; mặc định Bearer trong Authorization, nơi khác không có",
    "portal_evaluation_path": "các giao diện đánh giá năm 2026",
    "portal_procedures_path": "danh mục thủ tục",
    "portal_scores_path": "bảng điểm năm 2025 (trường params của biểu mẫu)",
    "portal_files_path": "xuất tệp: danh sách, rồi <path>/<id>",
    "portal_as_of": "tên trường hỏi số liệu tính đến một ngày, nếu cổng có",
    "portal_scopes": "tải số liệu của ai: VN và mã tỉnh, VN,H05",
    "portal_roots": "mã cổng dùng cho một tỉnh, nếu khác: H05=401621,H44=...",
    "portal_kinds": "tải những loại bản xuất nào",
    "portal_periods": "kỳ của counts và scores: ytd, quarter, month",
    "portal_page_size": "số dòng mỗi lần hỏi",
    "portal_connect_seconds": "chờ kết nối lâu nhất",
    "portal_read_seconds": "chờ dữ liệu tiếp theo lâu nhất",
    "portal_requests_per_second": "không quá bấy nhiêu yêu cầu mỗi giây",
    "portal_tries": "tổng số lần thử một yêu cầu",
    "portal_backoff_seconds": "lần chờ đầu giữa hai lần thử; mỗi lần gấp đôi",
    "portal_longest_wait_seconds": "lần chờ lâu nhất giữa hai lần thử, kể cả Retry-After",
    "portal_ca_file": "chứng thư (PEM) được tin thay cho của hệ thống",
    "portal_proxy": "địa chỉ proxy; có thể chứa mật khẩu",
}
_DEFAULTS = {"landing": "<home>/landing", "home": "./home"}
_HEAD = f"""# Cài đặt · Settings

Trang này được viết bằng `python -m publishing.settings_doc` từ resources/settings.py. *This page is written by that command.*

Điều gì nói trước thì tính: tùy chọn của lệnh, biến môi trường, tệp `<home>/{FILE_NAME}` (`memory_limit = "4GB"`), mặc
định. Cài đặt sai là một dòng lỗi khi bắt đầu. *What counts, the first that says something: a command's option, the environment,
the file, the default. A wrong setting is one clear line at start, exit code 2.* What is secret belongs in the environment;
`portal_token` is refused in the file. Secrets are shown nowhere, and masked in logs.

"""
_BESIDE = {
    "NOTICES_…": (
        "địa chỉ nhận thông báo, tên do `notices.yaml` đặt · addresses of notices, as `notices.yaml` names them "
        "([notices](notices.md))",
        "yes",
    ),
    "DAGSTER_HOME": ("thư mục của Dagster, phải là `<home>/dagster` · Dagster's folder, which must be that one", ""),
    "DAGSTER_POSTGRES_URL": (
        "cơ sở dữ liệu của Dagster khi dùng PostgreSQL · Dagster's database, where it is PostgreSQL "
        "(deploy/dagster/postgresql.yaml)",
        "yes",
    ),
    "AWS_…": (
        "S3 của lake_url, landing_url: khóa truy cập, vùng, AWS_ENDPOINT_URL của máy chủ khác Amazon · S3 of those two: access "
        "key, region, the endpoint where it is not Amazon's",
        "yes",
    ),
    "DESK_PASSWORD": (
        "mật khẩu cho `service-index user add` khi không hỏi được · the password where it cannot be asked for",
        "yes",
    ),
}


def settings_text() -> str:
    """The whole page. Raises KeyError for a setting without Vietnamese words, ValueError for one without English ones."""
    names = [
        *FIRST,
        *sorted(set(Settings.model_fields) - set(FIRST), key=lambda name: (name.startswith("portal_"), name)),
    ]
    lines = ["| setting | variable | type | default | Tiếng Việt | English | secret |", "|" + " --- |" * 7]
    for name in names:
        field = Settings.model_fields[name]
        if not field.description:
            raise ValueError(f"{name}: expected a description in resources/settings.py")
        cells = (
            f"`{name}`",
            f"`{PREFIX}{name.upper()}`",
            type_of(field),
            _default(name, field),
            MEANINGS[name],
            field.description,
            "yes" if is_secret(field) else "",
        )
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    beside = ["", "## Bên cạnh đó · Beside them", "", "| variable | what | secret |", "| --- | --- | --- |"]
    beside += [f"| `{name}` | {text} | {secret} |" for name, (text, secret) in _BESIDE.items()]
    return _HEAD + "\n".join([*lines, *beside]) + "\n"


def is_secret(field: FieldInfo) -> bool:
    return SecretStr in (field.annotation, *get_args(field.annotation))


def type_of(field: FieldInfo) -> str:
    """text, whole number, number, path or the values it may have; with its bounds."""
    kinds = [kind for kind in get_args(field.annotation) or [field.annotation] if kind is not type(None)]
    if get_origin(field.annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(field.annotation))
    known: dict[Any, str] = {str: "text", SecretStr: "text", int: "whole number", float: "number", Path: "path"}
    return known[kinds[0]] + "".join(_bound(each) for each in field.metadata)


def _bound(rule: object) -> str:
    words = {"ge": "at least", "gt": "more than", "le": "at most", "min_length": "characters, at least"}
    return "".join(f", {words[name]} {getattr(rule, name):g}" for name in words if hasattr(rule, name))


def _default(name: str, field: FieldInfo) -> str:
    if name in _DEFAULTS:
        return f"`{_DEFAULTS[name]}`"
    return "" if field.default in (None, "") else f"`{field.default}`"


def _cell(text: str) -> str:
    return re.sub(r"(?<!`)<(\w+)>", r"&lt;\1&gt;", text).replace("|", "\\|") if "`" not in text else text


def main(arguments: Sequence[str] = ()) -> None:
    """Write the page, to the path given or to docs/settings.md of the current folder."""
    write_bytes_atomically(Path(arguments[0]) if arguments else DEFAULT_PATH, settings_text().encode())


if __name__ == "__main__":
    main(sys.argv[1:])
