"""The counting plan in Spark's words: the same statements, carried over by sqlglot as trees.

Belongs here: what DuckDB says in one way and Spark in another. Does not belong here: a rule of counting (scoring), a
session (spark_engine.py). What both understand stands in scoring/sql as it is.

Carried over: macros are written out, the schema gets a name of its own, tables are Parquet, `* REPLACE` becomes
`* EXCEPT`, and the functions in `_FUNCTIONS` get Spark's names. The inserts into `counts` become one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

#: The schema of the plan, and the table it fills outside of it.
PLANNED_SCHEMA, RESULT = "counting", "counts"


class SparkError(RuntimeError):
    """Spark is not there or could not count; the message is one line, Vietnamese / English."""


def spark_statements(statements: Iterable[str], schema: str) -> list[str]:
    """The statements of a plan (`scoring.counting.plan`, without whole rows), for Spark, to be run in order.

    They work in `schema`, which must exist and be empty but for a table `counts`, which they fill. The views
    `dossiers`, `procedures`, `petitions`, `units` and `arrivals` stand outside of it. Raises ValueError for what has no
    equal in Spark.
    """
    import sqlglot
    from sqlglot import exp

    macros: dict[str, exp.Create] = {}
    carried: list[exp.Expr] = []
    results: list[exp.Expr] = []
    for tree in (tree for text in statements for tree in sqlglot.parse(text, dialect="duckdb") if tree):
        if isinstance(tree, exp.Create) and tree.kind == "MACRO":
            macros[tree.this.this.name] = tree
        elif _is_result(tree):
            results.append(_carried(tree.expression, macros, schema))
        else:
            carried.append(_carried(tree, macros, schema))
    if results:
        rows = exp.union(*results, distinct=False) if len(results) > 1 else results[0]
        carried.append(exp.insert(rows, exp.table_(RESULT, db=schema)))
    return [_written(tree) for tree in carried]


def _is_result(tree: exp.Expr) -> bool:
    from sqlglot import exp

    return isinstance(tree, exp.Insert) and tree.this.name == RESULT and not tree.this.db


def _carried(tree: exp.Expr, macros: Mapping[str, exp.Create], schema: str) -> exp.Expr:
    """The tree with every node put as Spark wants it."""
    from sqlglot import exp

    def put(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Anonymous):
            return _written_out(node, macros).transform(put, copy=False)
        if isinstance(node, exp.Table) and node.db == PLANNED_SCHEMA:
            node.set("db", exp.to_identifier(schema))
        elif isinstance(node, exp.Create):
            node.set("properties", exp.Properties(expressions=[exp.FileFormatProperty(this=exp.var("PARQUET"))]))
        elif isinstance(node, exp.Select):
            node.set("expressions", [each for one in node.expressions for each in _stars(one)])
        elif isinstance(node, exp.Func):
            return _function(node)
        return node

    return tree.transform(put, copy=False)


def _written_out(call: exp.Dot, macros: Mapping[str, exp.Create]) -> exp.Expr:
    """A macro's text in place of a call of it."""
    from sqlglot import exp

    macro = macros.get(call.expression.name)
    if macro is None or call.this.name != PLANNED_SCHEMA:
        raise ValueError(f"{call.sql(dialect='duckdb')}: expected a macro that the plan makes before it is called")
    names = [parameter.name for parameter in macro.this.expressions]
    values = dict(zip(names, call.expression.expressions, strict=True))

    def filled(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and not node.table and node.name in values:
            return exp.paren(values[node.name].copy())
        return node

    return macro.expression.transform(filled)


def _stars(column: exp.Expr) -> list[exp.Expr]:
    """`* REPLACE (x AS a)` as `* EXCEPT (a), x AS a`."""
    from sqlglot import exp

    star = column.this if isinstance(column, exp.Column) else column
    replaced = star.args.get("replace") if isinstance(star, exp.Star) else None
    if not replaced:
        return [column]
    star.set("replace", None)
    star.set("except_", [*(star.args.get("except_") or []), *(exp.column(one.alias) for one in replaced)])
    return [column, *replaced]


def _function(call: exp.Func) -> exp.Expr:
    from sqlglot import exp

    put = _functions().get(call.name.lower() if isinstance(call, exp.Anonymous) else type(call).__name__)
    return put(call) if put else call


@cache
def _functions() -> Mapping[str, Callable[[exp.Func], exp.Expr]]:
    """What Spark says otherwise, by DuckDB's name, or sqlglot's where it knows the function."""
    from sqlglot import exp

    def hash_(call: exp.Func) -> exp.Expr:
        # Spark passes over NULL, so that (1, NULL) and (NULL, 1) were one: after each value stands whether it is NULL.
        values = [each for one in call.expressions for each in (one, exp.Is(this=one.copy(), expression=exp.Null()))]
        return exp.func("xxhash64", *values)

    def arg_min(call: exp.Func) -> exp.Expr:
        # DuckDB leaves out rows whose value is NULL; Spark does so only of those whose order is.
        known = exp.Where(this=exp.Not(this=exp.Is(this=call.this.copy(), expression=exp.Null())))
        return exp.Filter(this=exp.func("min_by", call.this, call.expression), expression=known)

    def to_seconds(call: exp.Func) -> exp.Expr:
        zeros = [exp.Literal.number(0) for _ in range(3)]
        return exp.func("make_dt_interval", *zeros, *call.expressions)

    def isodow(call: exp.Func) -> exp.Expr:
        return exp.paren(exp.func("weekday", call.this) + 1)

    return {"hash": hash_, "to_seconds": to_seconds, "ArgMin": arg_min, "DayOfWeekIso": isodow}


def _written(tree: exp.Expr) -> str:
    from sqlglot import ErrorLevel
    from sqlglot.errors import UnsupportedError

    try:
        return tree.sql(dialect="spark", unsupported_level=ErrorLevel.RAISE, comments=False)
    except UnsupportedError as error:
        raise ValueError(f"{error}: Spark has no such thing: {tree.sql(dialect='duckdb')[:200]}") from None


def spark_schema(types: Mapping[str, str]) -> str:
    """Columns and their DuckDB types as Spark writes them in a schema."""
    return ", ".join(f"{_name(name)} {_type(type_)}" for name, type_ in types.items())


def spark_rows(rows: Sequence[Sequence[object]], types: Mapping[str, str]) -> str:
    """A SELECT of some rows, perhaps none; types: column name to DuckDB type."""
    from sqlglot import exp

    if not rows:
        return f"SELECT {', '.join(f'CAST(NULL AS {_type(t)}) AS {_name(n)}' for n, t in types.items())} WHERE FALSE"
    told = exp.values([tuple(row) for row in rows], alias="told", columns=list(types))
    columns = [exp.cast(exp.column(name), type_, dialect="duckdb").as_(name) for name, type_ in types.items()]
    return exp.select(*columns).from_(told).sql(dialect="spark")


def _name(name: str) -> str:
    from sqlglot import exp

    return exp.to_identifier(name, quoted=True).sql(dialect="spark")


def _type(type_: str) -> str:
    from sqlglot import exp

    return exp.DataType.build(type_, dialect="duckdb").sql(dialect="spark")
