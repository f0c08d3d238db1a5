"""The file export: a paged list of files by kind, unit and days, then each file, taken up again where it broke off.

Belongs here: the contract (docs/portal.md), downloading, checksums, joining several files to one. Does not belong here: what
is in the files (resources/door.py).

    GET <files path>?kind=dossiers&unit=H05&from=2025-11-10&to=2025-11-16&page=1&size=200
        {"total": 1, "files": [{"id", "name", "kind", "unit", "from", "to", "size_bytes", "sha256", "rows"}], "about": {...}}
    GET <files path>/<id>      the bytes; Range and If-Range are honoured where ETag is sent

Files hold personal fields: they are the owner's only from the first byte on, and never quoted.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from resources.files import sync
from resources.landing import EXTENSIONS, format_of
from resources.originals import is_login_page, look_at
from resources.portal.answers import About, Answer, Row, answer_of, safe, whole
from resources.portal.client import PortalClient, broke_off
from resources.portal.errors import BrokenAnswer, ChecksumMismatch, EndedEarly, HtmlForJson, LoginPage, MissingRows
from resources.portal.feeds import Feed
from resources.portal.paging import read_pages
from resources.portal.staging import Staging, private_file
from resources.refusals import Refusal

INTERFACE = "files"
JOINED = ("ndjson", "jsonl")  # of these several files together are a file again, packed or not
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Listed:
    """A file as the portal lists it. sha256, rows: None where they are not offered."""

    id: str
    extension: str
    compression: str | None
    size_bytes: int
    sha256: str | None
    rows: int | None

    @property
    def ending(self) -> str:
        return ".".join([self.extension, *([self.compression] if self.compression else [])])


@dataclass(frozen=True)
class Downloaded:
    """One whole file in the staging folder. ending: `ndjson.zst`."""

    path: Path
    ending: str
    rows: int | None
    about: About


def download(
    client: PortalClient, feed: Feed, staging: Staging, now: datetime, tell: Callable[[str], None] = lambda _: None
) -> Downloaded:
    """The export of a feed as one file. What has come before is kept. Raises PortalError."""
    listed = read_pages(
        INTERFACE, lambda page: ask_list(client, feed, page, now), lambda row: str(row["id"]), staging, tell=tell
    )
    entries = [_entry(row, feed) for row in listed.rows]
    if len({entry.ending for entry in entries}) > 1 or (len(entries) > 1 and entries[0].extension not in JOINED):
        raise BrokenAnswer(
            INTERFACE,
            f"{len(entries)} tệp không ghép được thành một",
            f"{len(entries)} files cannot be joined to one",
            expected="một tệp, hoặc các tệp ndjson cùng cách nén / one file, or ndjson files packed alike",
        )
    paths = []
    for number, entry in enumerate(entries, start=1):
        tell(f"{INTERFACE} {number}/{len(entries)}")
        paths.append(_fetch(client, entry, staging, number))
    rows = None if any(entry.rows is None for entry in entries) else sum(entry.rows or 0 for entry in entries)
    return Downloaded(_join(paths, staging), entries[0].ending, rows, listed.about)


def ask_list(client: PortalClient, feed: Feed, page: int, now: datetime, *, page_size: int | None = None) -> Answer:
    """One page of the list. Raises PortalError."""
    settings = client.settings
    params: dict[str, str | int] = {
        "kind": feed.kind,
        "unit": settings.root_of(feed.scope),
        "from": feed.week.monday.isoformat(),
        "to": feed.week.sunday.isoformat(),
        "page": page,
        "size": page_size or settings.portal_page_size,
    }
    answer = answer_of(
        client.get(settings.portal_files_path, INTERFACE, params=params, page=page), INTERFACE, page, now=now
    )
    for row in answer.rows:
        if not isinstance(row.get("id"), str) or not row["id"]:
            raise _no_entry("id", page)
    return answer


def _entry(row: Row, feed: Feed) -> Listed:
    """An entry of the list, if it is what was asked for."""
    extension, compression = format_of(str(row.get("name") or ""))
    if extension not in EXTENSIONS:
        raise _no_entry("name", None)
    asked = {"kind": feed.kind, "from": feed.week.monday.isoformat(), "to": feed.week.sunday.isoformat()}
    for name, expected in asked.items():
        told = str(row.get(name, expected))
        # Files of single days lie within the week.
        fits = told == expected if name == "kind" else asked["from"] <= told <= asked["to"]
        if not fits:
            raise BrokenAnswer(
                INTERFACE,
                f"danh sách có tệp của {name} {safe(told)}",
                f"the list has a file of {name} {safe(told)}",
                expected=f"{name} {expected}",
            )
    try:
        size, rows = whole(row.get("size_bytes")), whole(row.get("rows"))
    except ValueError:
        raise _no_entry("size_bytes, rows", None) from None
    sha256 = row.get("sha256")
    if size is None or not (sha256 is None or (isinstance(sha256, str) and re.fullmatch("[0-9a-fA-F]{64}", sha256))):
        raise _no_entry("size_bytes, sha256", None)
    return Listed(row["id"], extension, compression, size, sha256.lower() if sha256 else None, rows)


def _no_entry(name: str, page: int | None) -> BrokenAnswer:
    return BrokenAnswer(
        INTERFACE,
        f"một mục của danh sách thiếu hoặc sai {name}",
        f"an entry of the list lacks {name}, or it is wrong",
        page=page,
        expected="id, name, size_bytes; sha256 (64 hex), rows nếu có / where offered",
    )


def _fetch(client: PortalClient, entry: Listed, staging: Staging, number: int) -> Path:
    """A file of the list in the staging folder, whole and checked. Broken off, it goes on from the last byte; a wrong sum,
    and it is fetched anew, once.
    """
    mark = hashlib.sha256(f"{entry.id} {entry.size_bytes} {entry.sha256}".encode()).hexdigest()[:16]
    done, partial = staging.path(f"file-{mark}"), staging.path(f"file-{mark}.part")
    if done.exists():
        return done
    for fresh in (False, True):
        if fresh:
            partial.unlink(missing_ok=True)
        tries_left = client.settings.portal_tries
        while tries_left:
            have = _size(partial)
            try:
                _fetch_rest(client, entry, partial, number)
                break
            except EndedEarly:
                # A long file over a bad line: only tries that brought nothing are counted against it.
                tries_left -= _size(partial) <= have
                if not tries_left or client.settings.portal_tries == 1:
                    raise
        if _is_sound(partial, entry):
            _judge_rows(partial, entry, number)
            sync(partial)
            os.replace(partial, done)
            return done
    partial.unlink(missing_ok=True)
    raise ChecksumMismatch(
        INTERFACE,
        f"tệp {number} có dung lượng hoặc sha256 khác danh sách",
        f"size or sha256 of file {number} differ from the list",
        expected=f"{entry.size_bytes} bytes" + (f", sha256 {entry.sha256[:16]}…" if entry.sha256 else ""),
    )


def _fetch_rest(client: PortalClient, entry: Listed, partial: Path, number: int) -> None:
    """Adds what is lacking. Raises EndedEarly when the line breaks off again."""
    have = _size(partial)
    if have >= entry.size_bytes:
        return
    headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if entry.sha256:
            headers["If-Range"] = f'"{entry.sha256}"'  # the contract: ETag is the sha256
    path = f"{client.settings.portal_files_path}/{quote(entry.id, safe='')}"
    response = client.get(path, INTERFACE, headers=headers, page=number, stream=True)
    with response:
        if response.status_code == 416 or (response.status_code == 200 and have):
            partial.unlink(missing_ok=True)  # another file than the one begun, or no ranges here
            if response.status_code == 416:
                raise broke_off(INTERFACE, number)
        _refuse_page(response, entry, number)
        handle = private_file(partial)
        try:
            # read1 hands over what has come; iter_content would lose the block in which the line breaks off.
            while block := response.raw.read1(_BLOCK_BYTES, decode_content=True):
                os.write(handle, block)
        except ReadTimeoutError as error:
            raise client.failed(requests.ReadTimeout(error), INTERFACE, number) from None
        except (HTTPError, OSError) as error:
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
                raise
            raise broke_off(INTERFACE, number) from None
        finally:
            os.close(handle)
    if _size(partial) < entry.size_bytes:
        raise broke_off(INTERFACE, number)


def _refuse_page(response: requests.Response, entry: Listed, number: int) -> None:
    """A login page is never saved as a file (known failures, line 25)."""
    if "html" in response.headers.get("Content-Type", "").lower() and entry.extension != "html":
        text = response.raw.read(200_000, decode_content=True).decode("utf-8", "replace")
        kind: type[LoginPage | HtmlForJson] = LoginPage if is_login_page(text) else HtmlForJson
        raise kind(
            INTERFACE,
            "trả về trang web thay cho tệp",
            "a web page instead of the file",
            page=number,
            expected=entry.ending,
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _is_sound(path: Path, entry: Listed) -> bool:
    if path.stat().st_size != entry.size_bytes:
        return False
    if entry.sha256 is None:
        return True
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == entry.sha256


def _judge_rows(path: Path, entry: Listed, number: int) -> None:
    """Whole when unpacked, with as many lines as were announced; every line of NDJSON ended, or joining would glue two."""
    try:
        original = look_at(path, entry.compression)
    except Refusal as refusal:
        raise BrokenAnswer(
            INTERFACE, f"tệp {number}: {refusal.vi}", f"file {number}: {refusal.en}", expected=entry.ending
        ) from None
    if entry.extension not in JOINED:
        return
    if not original.tail.endswith(b"\n"):
        raise EndedEarly(
            INTERFACE,
            f"tệp {number}: dòng cuối không trọn",
            f"file {number}: the last line is not ended",
            expected="mỗi dòng kết thúc bằng xuống dòng / every line ended by a line feed",
        )
    if entry.rows is not None and original.lines != entry.rows:
        raise MissingRows(
            INTERFACE,
            f"tệp {number} có {original.lines} dòng",
            f"file {number} has {original.lines} rows",
            expected=f"{entry.rows} dòng như cổng báo / {entry.rows} rows, as announced",
        )


def _join(paths: list[Path], staging: Staging) -> Path:
    """One after the other: packed files in a row are a packed file of all their lines."""
    if len(paths) == 1:
        return paths[0]
    whole_file = staging.path("joined")
    whole_file.unlink(missing_ok=True)
    with os.fdopen(private_file(whole_file), "ab") as out:
        for path in paths:
            with path.open("rb") as file:
                shutil.copyfileobj(file, out, _BLOCK_BYTES)
    sync(whole_file)
    return whole_file
