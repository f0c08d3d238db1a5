"""The original file as it arrived: its sha256, whether it is whole, and what it really is whatever its name says.

Belongs here: one pass over the bytes. Does not belong here: reading rows out of them (resources/readers.py).

DuckDB does not check the checksum of a gzip archive and takes a JSON array that breaks off for a whole one, so both are
checked here, on the bytes, before anything is read.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import zstandard

from resources.refusals import Refusal

HEAD_BYTES = 1 << 20
TAIL_BYTES = 1 << 16
_BLOCK_BYTES = 4 << 20
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"PAR1", "parquet"),
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"{\\rtf", "RTF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
)
_LOGIN = re.compile(
    r"type\s*=\s*[\"']?password|đăng nhập|dang nhap|\blog ?in\b|\bsign ?in\b|sso|captcha", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Original:
    """A file that arrived. head, tail: first and last bytes of its content, decompressed. lines: newlines in it.

    form: `zip`, `ole`, `parquet`, `html`, `text` or the name of a format nobody can read here. encoding: of text.
    """

    path: Path
    sha256: str
    size_bytes: int
    content_bytes: int
    head: bytes
    tail: bytes
    lines: int
    form: str
    encoding: str | None

    @property
    def text_head(self) -> str:
        """The first characters of a text; the last, possibly cut, line included."""
        assert self.encoding is not None
        return codecs.getincrementaldecoder(self.encoding)("replace").decode(self.head)


def look_at(path: Path, compression: str | None) -> Original:
    """One pass over a file. Raises Refusal for an empty, broken or unfinished one; OSError when it is gone."""
    before = path.stat()
    digest = hashlib.sha256()
    head, tail, lines, size = bytearray(), b"", 0, 0
    for block in _content(path, compression, digest):
        size += len(block)
        lines += block.count(b"\n")
        if len(head) < HEAD_BYTES:
            head += block[: HEAD_BYTES - len(head)]
        tail = (tail + block)[-TAIL_BYTES:] if len(block) < TAIL_BYTES else block[-TAIL_BYTES:]
    after = path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise Refusal(
            "still_changing",
            "tệp đang được ghi",
            "the file is still being written",
            do_vi="Chờ chép xong rồi chạy lại",
            do_en="Let the copy end, then run again",
        )
    form = _form(bytes(head))
    return Original(
        path=path,
        sha256=digest.hexdigest(),
        size_bytes=after.st_size,
        content_bytes=size,
        head=bytes(head),
        tail=tail,
        lines=lines,
        form=form,
        encoding=_encoding(bytes(head)) if form in ("text", "html") else None,
    )


def sha256_of(path: Path) -> tuple[str, int]:
    """sha256 and size of a file that cannot be read otherwise; of nothing when it is gone."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
    except OSError:
        return hashlib.sha256(b"").hexdigest(), 0


def content(original: Original, compression: str | None, limit_bytes: int) -> bytes:
    """The whole content, decompressed. Raises Refusal beyond a limit: such formats are read in memory."""
    if original.content_bytes > limit_bytes:
        raise Refusal(
            "too_large",
            f"tệp dạng này được đọc trong bộ nhớ và chỉ được đến {limit_bytes >> 20} MB",
            f"a file of this form is read in memory and may have {limit_bytes >> 20} MB at most",
            value=f"{original.content_bytes >> 20} MB",
            expected=f"<= {limit_bytes >> 20} MB",
            do_vi="Xuất dạng CSV, NDJSON hoặc Parquet",
            do_en="Export it as CSV, NDJSON or Parquet",
        )
    return b"".join(_content(original.path, compression, hashlib.sha256()))


def _content(path: Path, compression: str | None, digest: hashlib._Hash) -> Iterator[bytes]:
    """The decompressed blocks of a file, its own bytes going through the digest. Raises Refusal if not whole."""
    with path.open("rb") as file:
        blocks = iter(lambda: file.read(_BLOCK_BYTES), b"")
        if compression is None:
            whole = _hashed(blocks, digest)
        elif compression == "gz":
            whole = _gunzip(_hashed(blocks, digest))
        else:
            whole = _unzstd(_hashed(blocks, digest))
        empty = True
        for block in whole:
            empty = empty and not block.strip()
            yield block
    if empty:
        raise Refusal(
            "empty",
            "tệp rỗng",
            "the file is empty",
            value=f"{path.stat().st_size} bytes",
            expected="> 0 bytes",
            do_vi="Xuất lại từ hệ thống nguồn và chép lại",
            do_en="Export it again at the source and copy it again",
        )


def _hashed(blocks: Iterator[bytes], digest: hashlib._Hash) -> Iterator[bytes]:
    for block in blocks:
        digest.update(block)
        yield block


def _gunzip(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Every member of a gzip file, checksums checked."""
    member, started = zlib.decompressobj(wbits=31), False
    try:
        for block in blocks:
            while block:
                if member.eof:
                    block = block.lstrip(b"\0")  # padding between members is allowed
                    if not block:
                        break
                    member = zlib.decompressobj(wbits=31)
                yield member.decompress(block)
                started = True
                block = member.unused_data
    except zlib.error:
        _broken_archive("gzip", "hỏng", "damaged")
    if not started or not member.eof:
        _broken_archive("gzip", "bị cắt cụt", "cut off")


def _unzstd(blocks: Iterator[bytes]) -> Iterator[bytes]:
    frame, started = zstandard.ZstdDecompressor().decompressobj(), False
    try:
        for block in blocks:
            while block:
                if frame.eof:
                    frame = zstandard.ZstdDecompressor().decompressobj()
                yield frame.decompress(block)
                started = True
                block = frame.unused_data
    except zstandard.ZstdError:
        _broken_archive("zstd", "hỏng", "damaged")
    if not started or not frame.eof:
        _broken_archive("zstd", "bị cắt cụt", "cut off")


def _broken_archive(name: str, vi: str, en: str) -> NoReturn:
    raise Refusal(
        "archive",
        f"không giải nén được: tệp nén {name} {vi} hoặc không phải {name}",
        f"cannot be unpacked: the {name} archive is {en}, or no {name} archive",
        expected=f"{name}, nguyên vẹn / whole",
        do_vi="Chép lại tệp nguyên vẹn; so dung lượng với bản gốc",
        do_en="Copy the whole file again; compare its size with the original",
    )


def _form(head: bytes) -> str:
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    start = _decoded(head[:4096]).lstrip("\ufeff \t\r\n").lower()
    return (
        "html" if re.match(r"<(!doctype|html|\?xml|head|body|table|div|meta|style|script|form|!--)", start) else "text"
    )


def _decoded(head: bytes) -> str:
    encoding = _bom_encoding(head) or "utf-8"
    return head.decode(encoding, "replace")


def _bom_encoding(head: bytes) -> str | None:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith(codecs.BOM_UTF16_LE):
        return "utf-16"
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    start = head[:400]
    if start and start[1::2].count(0) > len(start) * 0.4:
        return "utf-16-le"
    return "utf-16-be" if start and start[0::2].count(0) > len(start) * 0.4 else None


def _encoding(head: bytes) -> str:
    """The encoding of a text: UTF-8 or UTF-16, with or without a mark. Raises Refusal for any other."""
    if found := _bom_encoding(head):
        return found
    try:
        # A character may be cut at the end of the head; broken bytes further on are met line by line.
        codecs.getincrementaldecoder("utf-8")("strict").decode(head.splitlines(keepends=True)[0])
    except UnicodeDecodeError as error:
        refuse_encoding(f"byte 0x{head[error.start]:02x} @ {error.start}")
    if b"\0" in head:
        refuse_form("nhị phân / binary", "csv, json, xlsx, parquet")
    return "utf-8"


def refuse_encoding(found: str) -> NoReturn:
    """Refuse a text in an encoding that is not read."""
    raise Refusal(
        "encoding",
        "tệp không phải UTF-8 hay UTF-16 (có thể là Windows-1258, TCVN3, UTF-16 BE, hoặc đã bị chuyển mã sai)",
        "the file is neither UTF-8 nor UTF-16 (perhaps Windows-1258, TCVN3, UTF-16 BE, or broken by re-encoding)",
        row=1,
        value=found,
        expected="UTF-8, UTF-16 LE",
        do_vi="Lưu lại dạng 'CSV UTF-8' từ tệp gốc",
        do_en="Save the original again as 'CSV UTF-8'",
    )


def refuse_form(found: str, expected: str) -> NoReturn:
    """Refuse a file that is something else than its name says, naming what it is."""
    raise Refusal(
        "other_form",
        f"nội dung là {found}, không đúng với đuôi tên tệp",
        f"the content is {found}, not what the file's name says",
        value=found,
        expected=expected,
        do_vi="Tải lại đúng tệp, hoặc đổi đuôi cho đúng với nội dung",
        do_en="Download the right file, or give it the extension of its content",
    )


def is_login_page(html: str) -> bool:
    return _LOGIN.search(html) is not None


def refuse_page(html: str) -> NoReturn:
    """Refuse a web page that holds no table of ours, telling a login page from any other."""
    vi, en = ("trang đăng nhập", "a login page") if is_login_page(html) else ("một trang web", "a web page")
    raise Refusal(
        "web_page",
        f"tệp là {vi} được lưu lại, không phải bảng dữ liệu",
        f"the file is {en} that was saved, not a table",
        value="HTML",
        expected="csv, xlsx, json",
        do_vi="Đăng nhập lại vào cổng, tải lại bảng và thay tệp này",
        do_en="Log in to the portal again, download the table again and replace this file",
    )
