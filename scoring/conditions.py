"""What a condition of a rule set may say, and the check that it says nothing else.

Belongs here: the columns the engine derives for conditions, the listed functions, the check of one expression.
Does not belong here: running a condition, or putting it into a query (counting does).

A condition is ONE SQL expression over the columns of its population: no statement, no subquery, no other table, no
function but the listed ones. Anything not allowed by name is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

#: Columns a condition may use beyond those of its population's table; counting derives them as of the week counted.
DERIVED_COLUMNS: dict[str, tuple[str, ...]] = {
    "dossiers": ("timely", "overdue", "complained", "service_level"),
    "procedures": (
        "published_lead_days",
        "disclosed_lag_days",
        "disclosure_due_on",
        "dossier_count",
        "paid_online_count",
    ),
    "petitions": ("on_time",),
    "units": (),
    # One row a unit: dossiers on the portal in the period, the national report of the period, last year's total for a
    # period of that length. Conditions of this population are whole numbers, not true or false.
    "sync": ("received", "reported", "last_year_share"),
}

# fmt: off
_OPERATORS = frozenset({
    "And", "Or", "Not", "Paren", "EQ", "NEQ", "GT", "GTE", "LT", "LTE", "In", "Between", "Is", "Case", "If",
    "Add", "Sub", "Mul", "IntDiv", "Neg", "Column", "Identifier", "Literal", "Boolean", "Null",
})
# fmt: on
_FUNCTIONS = {"Coalesce": "coalesce", "Greatest": "greatest", "Least": "least", "Abs": "abs", "Nullif": "nullif"}


class ConditionError(ValueError):
    """An expression that is not a condition; the message is Vietnamese / English."""


def check_condition(sql: str, columns: Collection[str] | None, more_functions: Mapping[str, str] | None = None) -> None:
    """Raise ConditionError unless `sql` is one expression over `columns` (any column when None).

    more_functions: sqlglot's node names, each with the name people write, allowed beyond the functions of rule sets.
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        parsed = sqlglot.parse(sql, dialect="duckdb")
    except SqlglotError as error:
        reason = str(error).splitlines()[0]
        raise ConditionError(f"không đọc được biểu thức {sql!r} / not an expression: {reason}") from None
    if len(parsed) != 1 or parsed[0] is None:
        raise ConditionError(f"cần đúng một biểu thức, không phải {sql!r} / expected exactly one expression")
    if any(isinstance(node, exp.Query) for node in parsed[0].walk() if node is not parsed[0]):
        raise ConditionError(f"không được dùng truy vấn con: {sql!r} / a subquery is not allowed")
    functions = {**_FUNCTIONS, **(more_functions or {})}
    for node in parsed[0].walk():
        name = type(node).__name__
        if node.comments:  # would swallow what a query puts behind the condition
            raise ConditionError(f"không ghi chú trong biểu thức: {sql!r} / no comment inside an expression")
        if name in _OPERATORS or name in functions:
            if isinstance(node, exp.Column):
                _check_column(node, columns)
        elif isinstance(node, exp.Func):
            listed = ", ".join(functions.values())
            called = node.name if isinstance(node, exp.Anonymous) else node.sql_name().lower()
            raise ConditionError(
                f"hàm {called!r} không có trong danh sách ({listed}) / the function {called!r} is not listed ({listed})"
            )
        else:
            raise ConditionError(
                f"cần một biểu thức, không phải câu lệnh: {sql!r} / expected an expression, not a statement ({name})"
            )


def _check_column(node: object, columns: Collection[str] | None) -> None:
    from sqlglot import exp

    assert isinstance(node, exp.Column)
    if len(node.parts) > 1:
        raise ConditionError(f"cột không mang tên bảng: {node.sql()} / a column takes no table name: {node.sql()}")
    if columns is not None and node.name not in columns:
        listed = ", ".join(sorted(columns))
        raise ConditionError(f"cột lạ {node.name!r} / unknown column {node.name!r}; có / there are: {listed}")
