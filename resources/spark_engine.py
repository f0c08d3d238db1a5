"""The engine for more than one machine: Apache Spark runs the counting plan over the same Parquet files.

Belongs here: a session, the lake's files as views, running the statements, bringing the counts back. Does not belong
here: what the statements say (spark_sql.py, scoring/sql).

Every table of the plan is written as Parquet into a folder that all machines see, so what is done is done: a worker that
dies costs its running tasks and the shuffle files it held, which Spark makes again. How much memory, how many
executors and partitions is the cluster's matter: spark-defaults.conf in SPARK_CONF_DIR, or the Connect server's.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from resources.catalogue import duckdb_schema
from resources.engine import quote_name, quote_text
from resources.files import working_folder
from resources.spark_sql import RESULT, SparkError, spark_rows, spark_schema, spark_statements
from scoring.measures import SOURCES, Source

if TYPE_CHECKING:
    import duckdb
    from pyspark.sql import DataFrame, SparkSession

    from resources.counting import CountInputs

#: What the results depend on, whatever a server's defaults are: instants without a zone, refusals instead of NULL or of
#: less. And how large a compressed file is in memory, by which Spark decides what each machine is handed whole.
_MEANING = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.storeAssignmentPolicy": "ANSI",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.sources.fileCompressionFactor": "10.0",
}


_SLASHES = re.compile("^file:/+")


@dataclass(frozen=True, slots=True)
class SparkEngine:
    """Where Spark is: `local[2]`, `spark://host:7077` or, through Connect, `sc://host:15002`.

    folder: a place all of Spark's machines see under the same path, as they see the lake; what a count leaves there on
    its way is gone at its end.
    """

    address: str
    folder: Path


def count_on_spark(
    con: duckdb.DuckDBPyConnection, inputs: CountInputs, statements: Iterable[str], engine: SparkEngine
) -> None:
    """Fill the empty table `counts` of a DuckDB connection with what a plan's statements count on Spark.

    Rows have no particular order. Raises SparkError, and ValueError for a statement that has no equal in Spark.
    """
    schema = f"counting_{secrets.token_hex(8)}"  # of this count alone: a server of many users has one catalogue
    carried = spark_statements(statements, schema)
    with (
        working_folder(engine.folder.absolute() / schema) as folder,
        _told(engine),
        _session(engine, folder) as session,
    ):
        try:
            session.sql(f"CREATE SCHEMA {schema} LOCATION {_quoted(_address(folder))}")
            for source in SOURCES:
                _open_source(session, source, getattr(inputs, source))
            arrived = [(one.kind, one.scope, one.week.monday, one.export_id) for one in inputs.arrivals]
            types = {"kind": "VARCHAR", "scope": "VARCHAR", "week": "DATE", "export_id": "VARCHAR"}
            session.sql(spark_rows(arrived, types)).createOrReplaceTempView("arrivals")
            session.sql(f"CREATE TABLE {schema}.{RESULT} ({spark_schema(duckdb_schema(RESULT))}) USING PARQUET")
            for statement in carried:
                session.sql(statement)
            _bring_back(con, folder / RESULT)
        finally:
            _forget(session, schema)


def _bring_back(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    files = [quote_text(path) for path in sorted(folder.glob("*.parquet"))]
    if files:
        columns = ", ".join(quote_name(name) for name in duckdb_schema(RESULT))
        con.execute(f"INSERT INTO {RESULT} SELECT {columns} FROM read_parquet([{', '.join(files)}])")  # noqa: S608


def _open_source(session: SparkSession, source: Source, paths: Sequence[Path]) -> None:
    """A temporary view of the files with the number of the file as `place`; an empty one when there are none."""
    types = duckdb_schema(source)
    if not paths:
        session.sql(spark_rows([], {**types, "place": "INTEGER"})).createOrReplaceTempView(source)
        return
    places = {str(path.absolute()): place for place, path in enumerate(paths)}
    for path in places:
        if set(path) & set("*?[]{}\\"):
            raise SparkError(
                f"{path}: Spark không đọc được tên có * ? [ ] {{ }} \\ / Spark cannot read names with these"
            )
    rows = session.read.schema(spark_schema(types)).parquet(*(_address(path) for path in paths))
    _with_place(session, rows, places).createOrReplaceTempView(source)


def _with_place(session: SparkSession, rows: DataFrame, places: dict[str, int]) -> DataFrame:
    """The rows with the number of their file. Spark tells files by addresses of its own, and in two spellings."""
    from pyspark.sql import functions

    numbers = [(_SLASHES.sub("/", file), places[unquote(urlsplit(file).path)]) for file in rows.inputFiles()]
    numbered = session.sql(spark_rows(numbers, {"file": "VARCHAR", "place": "INTEGER"}))
    found = rows.withColumn("file", functions.regexp_replace("_metadata.file_path", _SLASHES.pattern, "/"))
    known = found.join(functions.broadcast(numbered), "file", "left").drop("file")
    lost = functions.raise_error(functions.lit("a row of no file that was asked for"))
    return known.withColumn("place", functions.coalesce("place", lost.cast("int")))


@contextmanager
def _session(engine: SparkEngine, folder: Path) -> Iterator[SparkSession]:
    """A session of its own; Spark stops at the end, unless it ran before."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise SparkError(
            "Chưa cài Spark / Spark is not installed: pip install 'service-index[spark]', with Java 17 or newer"
        ) from None
    running = SparkSession.getActiveSession()
    builder = SparkSession.builder.appName("service-index")
    if engine.address.startswith("sc://"):
        builder = builder.remote(engine.address)
    else:
        builder = builder.master(engine.address).config("spark.ui.enabled", "false")
        if engine.address.startswith("local"):
            builder = builder.config("spark.local.dir", str(folder / "spill"))
    try:
        session = builder.getOrCreate()
    except Exception as error:
        if not _is_sparks(error):
            raise
        raise SparkError(
            f"{engine.address}: không mở được Spark ({_first_line(error)}). Kiểm tra Java 17 (java -version, JAVA_HOME) và máy "
            "chủ Spark có đang chạy không / Spark could not be opened. Check Java 17 (java -version, JAVA_HOME) and that the "
            "master runs"
        ) from None
    mine = session if engine.address.startswith("sc://") else session.newSession()
    try:
        for name, value in _MEANING.items():
            mine.conf.set(name, value)
        yield mine
    finally:
        if running is None:
            session.stop()


def _forget(session: SparkSession, schema: str) -> None:
    """The schema goes, and its files. A Spark that is gone has nothing left to drop."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    with suppress(PySparkException, Py4JError, OSError):
        session.sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


@contextmanager
def _told(engine: SparkEngine) -> Iterator[None]:
    """Spark's errors, pages long, as one line: whoever asks for the root of an error would be told the pages."""
    try:
        yield
    except Exception as error:
        if not _is_sparks(error):
            raise
        raise SparkError(
            f"{engine.address}: Spark không đếm được / Spark could not count: {_first_line(error)}"
        ) from None


def _is_sparks(error: Exception) -> bool:
    return type(error).__module__.startswith(("pyspark", "py4j", "grpc")) and not isinstance(error, ImportError)


def _first_line(error: Exception) -> str:
    lines = [line.strip(": ") for line in str(error).splitlines() if line.strip() and "occurred while" not in line]
    return (lines[0] if lines else type(error).__name__)[:500]


def _address(path: Path) -> str:
    return f"file://{path.absolute()}"


def _quoted(text: str) -> str:
    from sqlglot import exp

    return exp.Literal.string(text).sql(dialect="spark")
