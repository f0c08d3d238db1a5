"""What a file holds, taken out of what it is packed in: archives, workbooks, papers, databases, Parquet. Helpers only, no tests.

Of a PDF only its streams are opened: its letters are numbers of glyphs. The same texts stand in the pages beside it.
"""

from __future__ import annotations

import gzip
import io
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pyarrow.parquet as pq
import zstandard

_DEEPEST = 5


def texts_in(name: str, content: bytes, depth: int = 0) -> Iterator[tuple[str, str]]:
    """The content as text, and whatever is packed in it, each with a name. What cannot be opened is told as it is."""
    yield name, content.decode("latin-1")
    if depth < _DEEPEST:
        for inner, unpacked in _unpacked(content):
            yield from texts_in(f"{name}!{inner}", unpacked, depth + 1)


def _unpacked(content: bytes) -> Iterator[tuple[str, bytes]]:
    if content.startswith(b"\x1f\x8b"):
        with suppress(OSError, EOFError):
            yield "gzip", gzip.decompress(content)
    elif content.startswith(b"\x28\xb5\x2f\xfd"):
        with suppress(zstandard.ZstdError):
            yield "zstd", zstandard.ZstdDecompressor().stream_reader(content).read()
    elif content.startswith(b"PK\x03\x04"):
        with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from ((entry, archive.read(entry)) for entry in archive.namelist())
    elif content.startswith(b"PAR1"):
        table = pq.read_table(io.BytesIO(content))
        yield "metadata", repr(table.schema.metadata).encode()
        yield from ((each, repr(table.column(each).to_pylist()).encode()) for each in table.column_names)
    elif content.startswith(b"%PDF"):
        for at, stream in enumerate(re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.S)):
            with suppress(zlib.error):
                yield f"stream {at}", zlib.decompress(stream)


def texts_of(path: Path) -> Iterator[tuple[str, str]]:
    """The same for a file; a SQLite database is read row by row, with what still stands in its log."""
    with path.open("rb") as file:
        is_database = file.read(15) == b"SQLite format 3"
    if is_database:
        with closing(sqlite3.connect(path)) as connection:
            names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for name in names:
                for row in connection.execute(f'SELECT * FROM "{name}"'):
                    for value in row:  # a value may be packed itself: Dagster keeps its snapshots so
                        packed = value if isinstance(value, bytes) else str(value).encode()
                        yield from texts_in(f"{path}!{name}", packed)
                        with suppress(zlib.error):
                            yield f"{path}!{name}!zlib", zlib.decompress(packed).decode("latin-1")
    yield from texts_in(str(path), path.read_bytes())
