"""What is kept of a count for the week after it: a few small tables in a folder, and a seal that says of what they are made.

Belongs here: writing, sealing, looking whether they stand as they were sealed, opening them. Does not belong here: what is in
them (scoring/next_week.py), what they must be made of to be used, and when they go (assets/kept.py).
"""

from __future__ import annotations

import glob
import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from resources.engine import quote_text, write_bytes_atomically, write_parquet
from resources.files import partial_path
from scoring.next_week import KEPT

if TYPE_CHECKING:
    import duckdb

_SEAL, _CODES = "seal.json", "codes"


def write_kept(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the tables of a plan that keeps, while its schema is there, into a folder without a seal."""
    unseal(folder)
    for name in KEPT:
        write_parquet(con, f"FROM counting.{name}", _file(folder, name))


def seal(folder: Path, made_of: str) -> None:
    """Say of what the tables are made: last, so that whoever is killed before leaves tables nobody uses."""
    content = {"made_of": made_of, "files": {name: _sha256(_file(folder, name)) for name in KEPT}}
    write_bytes_atomically(folder / _SEAL, json.dumps(content).encode())


def unseal(folder: Path) -> None:
    (folder / _SEAL).unlink(missing_ok=True)


def stands(folder: Path, made_of: str) -> bool:
    """Whether the folder is sealed as made of just this, and every byte is as it was sealed."""
    try:
        content = json.loads((folder / _SEAL).read_bytes())
        return bool(
            content["made_of"] == made_of
            and all(content["files"][name] == _sha256(_file(folder, name)) for name in KEPT)
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


@contextmanager
def kept_open(con: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[None]:
    """The tables as temporary views by their names."""
    try:
        for name in KEPT:
            con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS FROM read_parquet({quote_text(_file(folder, name))})")
        yield
    finally:
        for name in KEPT:
            con.execute(f"DROP VIEW IF EXISTS temp.{name}")


def codes_of(con: duckdb.DuckDBPyConnection, folder: Path, path: Path) -> Path:
    """The hashes of the codes in a typed file of dossiers, row by row (column `dossier`), a ninth of what the codes take to read.

    They stand in `<folder>/codes` under a name that tells of which file they are, of whose hashing, and their own sha256; where
    they are missing or other than that, they are made.
    """
    name = _codes_name(path)
    for found in (folder / _CODES).glob(f"{glob.escape(name)}.*.parquet"):
        if found.name == f"{name}.{_sha256(found)[:16]}.parquet":
            return found
        found.unlink(missing_ok=True)
    made = partial_path(folder / _CODES / f"{name}.parquet")  # of this process alone: another may make the same
    write_parquet(con, f"SELECT hash(dossier_code) AS dossier FROM read_parquet({quote_text(path)})", made)  # noqa: S608
    return made.rename(made.with_name(f"{name}.{_sha256(made)[:16]}.parquet"))


def forget_codes(folder: Path, but_of: Iterable[Path]) -> None:
    """Removes what `codes_of` made, except of the typed files named."""
    wanted = {_codes_name(path) for path in but_of}
    for found in (folder / _CODES).glob("*.parquet"):
        if found.name.split(".")[0] not in wanted:
            found.unlink(missing_ok=True)


def _codes_name(path: Path) -> str:
    import duckdb

    told = path.stat()
    version = duckdb.__version__.replace(".", "_")
    return f"{path.stem.replace('.', '_')}-{told.st_size:x}-{told.st_mtime_ns:x}-{version}"


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.parquet"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
