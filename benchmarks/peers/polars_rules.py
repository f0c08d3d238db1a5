"""The row rules as Polars expressions, over the rows of all weeks at once (`week_end`: the first moment after a row's week).

Belongs here: the expressions. Does not belong here: reading exports, and what becomes of the rows (polars_script.py).

The same 53 as in pandas_rules.py, which tells the five that are left out. What is null is no failure.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl
from polars import col

from benchmarks.peers.pandas_rules import (
    DISTRICT,
    DOSSIER_FORM,
    ENDED,
    IN_WORK,
    ONLINE_PAYMENTS,
    OPEN,
    PROCEDURE_FORM,
    PROVINCES,
    UNIT_FORM,
)

_AT, _END = col("accepted_at"), col("week_end")
_ENDED, _OPEN = col("status").is_in(ENDED), col("status").is_in(OPEN)
_UNFINISHED = col("finished_at").is_null() & col("returned_at").is_null()
_PAID = col("payment").is_in(ONLINE_PAYMENTS)
_EARLY, _FAR = datetime(2000, 1, 1), datetime(2100, 1, 1)
_ENDS = ("finished_at", "returned_at", "stopped_at")
_COUNTS = (
    *("supplement_count", "component_count", "digitised_count", "reused_count", "from_store_count", "fee_count"),
    "fee_total_vnd",
)


def _missing(name: str) -> pl.Expr:
    return col(name).is_null() | (col(name) == "")


def _unlike(name: str, form: str) -> pl.Expr:
    return ~col(name).str.contains(f"^(?:{form})$")


def _units_named() -> dict[str, pl.Expr]:
    return {"unit_missing": _missing("unit_code"), "unit_form": _unlike("unit_code", UNIT_FORM)}


RULES: dict[str, dict[str, pl.Expr]] = {
    "dossiers": {
        **_units_named(),
        "code_missing": _missing("dossier_code"),
        "code_form": _unlike("dossier_code", DOSSIER_FORM),
        "procedure_form": _unlike("procedure_code", PROCEDURE_FORM),
        "province_unknown": col("province_code").is_null() | ~col("province_code").is_in(PROVINCES),
        "unit_of_other_province": col("unit_code").str.head(3) != col("province_code"),
        "filed_after_accepted": col("filed_at") > _AT,
        "due_before_accepted": col("due_at") < _AT,
        "ended_before_accepted": pl.min_horizontal(_ENDS) < _AT,
        "accepted_after_week": _AT >= _END,
        "ended_after_week": pl.max_horizontal(_ENDS) >= _END,
        "done_without_end": _ENDED & _UNFINISHED,
        "end_with_open_status": _OPEN & ~_UNFINISHED,
        "status_without_acceptance": _AT.is_null() & col("status").is_in(IN_WORK),
        "negative": pl.min_horizontal(_COUNTS) < 0,
        "waiting_negative": col("waiting_seconds") < 0,
        "digitised_beyond_components": col("digitised_count") > col("component_count"),
        "reused_beyond_components": pl.max_horizontal("reused_count", "from_store_count") > col("component_count"),
        "returned_without_moment": (col("status") == "returned") & col("returned_at").is_null(),
        "stopped_without_moment": col("status").is_in(["withdrawn", "stopped"]) & col("stopped_at").is_null(),
        "done_though_stopped": _ENDED & col("stopped_at").is_not_null() & _UNFINISHED,
        "done_though_waiting": _ENDED & col("supplement_open_at").is_not_null() & col("finished_at").is_null(),
        "refused_though_accepted": (col("status") == "not_accepted") & ~(_AT.is_null() & _UNFINISHED),
        "new_though_accepted": (col("status") == "new") & _AT.is_not_null(),
        "stopped_with_open_status": col("stopped_at").is_not_null() & _OPEN,
        "supplement_not_noted": (col("status") == "supplement_asked") & col("supplement_open_at").is_null(),
        "supplements_repeated": col("supplement_count") > 1,
        "result_before_end": col("has_result") & _UNFINISHED & col("stopped_at").is_null(),
        "done_without_result": _ENDED & ~col("has_result"),
        "digitised_flag": col("declared_digitised") != (col("digitised_count") > 0),
        "paid_without_fee": _PAID & ((col("fee_total_vnd") == 0) | (col("fee_count") == 0)),
        "online_without_account": (col("channel") == "online") & ~col("vneid_verified"),
        "filed_after_week": pl.max_horizontal("filed_at", "supplement_open_at") >= _END,
        "date_out_of_time": (pl.min_horizontal("filed_at", "accepted_at", "due_at", *_ENDS) < _EARLY).fill_null(False)
        | (col("due_at") >= _FAR),
    },
    "procedures": {
        **_units_named(),
        "code_missing": _missing("procedure_code"),
        "code_form": _unlike("procedure_code", PROCEDURE_FORM),
        "disclosed_before_announced": col("disclosed_on") < col("announced_on"),
        "term_negative": col("term_days") < 0,
        "disclosed_after_week": col("disclosed_on").cast(pl.Datetime) >= _END,
    },
    "petitions": {
        **_units_named(),
        "code_missing": _missing("petition_code"),
        "received_missing": col("received_at").is_null(),
        "answered_before_received": col("answered_at") < col("received_at"),
        "after_week": pl.max_horizontal("received_at", "answered_at") >= _END,
    },
    "units": {
        **_units_named(),
        "name_missing": _missing("unit_name"),
        "negative": pl.min_horizontal("reported_month", "reported_quarter", "reported_ytd", "last_year_dossiers") < 0,
        "district": col("unit_name").str.strip_chars().str.to_lowercase().str.contains(f"^(?:{DISTRICT})$"),
    },
}
