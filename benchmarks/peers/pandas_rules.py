"""The row rules as an analyst writes them in pandas: a boolean mask a rule, over the rows of one week's export.

Belongs here: the masks. Does not belong here: reading exports, and what becomes of the rows (pandas_analyst.py).

35 of the catalogue's 40 conditions for dossiers: two ask what could not be read, which typed files cannot have, three ask
columns that these exports have not. 18 for lists, petitions and units. A mask that is missing (NA) is no failure.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

Masks = dict[str, "pd.Series[bool]"]

UNIT_FORM = r"H\d{2}(\.\d{2,3}){0,2}"
DOSSIER_FORM = (
    r"(?:H\d{2}(?:\.\d{2,3}){0,2}|\d{3}\.\d{2}\.\d{2}\.H\d{2})-\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-\d{4}"
)
PROCEDURE_FORM = r"\d\.\d{6}"
DISTRICT = r"((ubnd|ủy ban nhân dân|uỷ ban nhân dân) +)?(huyện|quận|thị xã) .*"
PROVINCES = (
    *("H01", "H05", "H12", "H13", "H14", "H15", "H17", "H18", "H19", "H20", "H21", "H24", "H26", "H27", "H29", "H31"),
    *("H32", "H35", "H36", "H37", "H38", "H41", "H42", "H44", "H48", "H49", "H50", "H52", "H53", "H55", "H56", "H57"),
    *("H60", "H61"),
)
OPEN = ("new", "accepted", "processing", "supplement_asked", "financial_duty")
IN_WORK = ("accepted", "processing", "supplement_asked", "financial_duty", "done", "returned")
ENDED = ("done", "returned")
ONLINE_PAYMENTS = ("portal", "gateway")

#: Rules whose rows are set aside; the others are told and their rows count.
ERRORS = (
    *(
        "dossiers.unit_missing",
        "dossiers.code_missing",
        "dossiers.filed_after_accepted",
        "dossiers.ended_before_accepted",
    ),
    *("dossiers.accepted_after_week", "dossiers.ended_after_week", "dossiers.negative", "dossiers.waiting_negative"),
    *("dossiers.digitised_beyond_components", "procedures.unit_missing", "procedures.code_missing"),
    *("procedures.term_negative", "petitions.unit_missing", "petitions.code_missing", "petitions.received_missing"),
    *("petitions.answered_before_received", "petitions.after_week", "units.unit_missing", "units.negative"),
)
KEYS = {
    "dossiers": ["dossier_code"],
    "procedures": ["unit_code", "procedure_code"],
    "petitions": ["petition_code"],
    "units": ["unit_code"],
}


def dossiers(d: pd.DataFrame, week_end: pd.Timestamp) -> Masks:
    at, none = d["accepted_at"], d.isna()
    ended, unfinished = d["status"].isin(ENDED), none["finished_at"] & none["returned_at"]
    online = d["payment"].isin(ONLINE_PAYMENTS)
    return {
        **_units_named("dossiers", d),
        "code_missing": none["dossier_code"] | (d["dossier_code"] == ""),
        "code_form": _unlike(d["dossier_code"], DOSSIER_FORM),
        "procedure_form": _unlike(d["procedure_code"], PROCEDURE_FORM),
        "province_unknown": ~d["province_code"].isin(PROVINCES),
        "unit_of_other_province": (d["unit_code"].str[:3] != d["province_code"])
        & ~none["unit_code"]
        & ~none["province_code"],
        "filed_after_accepted": d["filed_at"] > at,
        "due_before_accepted": d["due_at"] < at,
        "ended_before_accepted": (d["finished_at"] < at) | (d["returned_at"] < at) | (d["stopped_at"] < at),
        "accepted_after_week": at >= week_end,
        "ended_after_week": (d["finished_at"] >= week_end)
        | (d["returned_at"] >= week_end)
        | (d["stopped_at"] >= week_end),
        "done_without_end": ended & unfinished,
        "end_with_open_status": d["status"].isin(OPEN) & ~unfinished,
        "status_without_acceptance": none["accepted_at"] & d["status"].isin(IN_WORK),
        "negative": (
            (d["supplement_count"] < 0)
            | (d["component_count"] < 0)
            | (d["digitised_count"] < 0)
            | (d["reused_count"] < 0)
            | (d["from_store_count"] < 0)
            | (d["fee_count"] < 0)
            | (d["fee_total_vnd"] < 0)
        ),
        "waiting_negative": d["waiting_seconds"] < 0,
        "digitised_beyond_components": d["digitised_count"] > d["component_count"],
        "reused_beyond_components": (d["reused_count"] > d["component_count"])
        | (d["from_store_count"] > d["component_count"]),
        "returned_without_moment": (d["status"] == "returned") & none["returned_at"],
        "stopped_without_moment": d["status"].isin(["withdrawn", "stopped"]) & none["stopped_at"],
        "done_though_stopped": ended & ~none["stopped_at"] & unfinished,
        "done_though_waiting": ended & ~none["supplement_open_at"] & none["finished_at"],
        "refused_though_accepted": (d["status"] == "not_accepted") & ~(none["accepted_at"] & unfinished),
        "new_though_accepted": (d["status"] == "new") & ~none["accepted_at"],
        "stopped_with_open_status": ~none["stopped_at"] & d["status"].isin(OPEN),
        "supplement_not_noted": (d["status"] == "supplement_asked") & none["supplement_open_at"],
        "supplements_repeated": d["supplement_count"] > 1,
        "result_before_end": d["has_result"] & unfinished & none["stopped_at"],
        "done_without_result": ended & ~d["has_result"],
        "digitised_flag": ~none["declared_digitised"] & (d["declared_digitised"] != (d["digitised_count"] > 0)),
        "paid_without_fee": online & ((d["fee_total_vnd"] == 0) | (d["fee_count"] == 0)),
        "online_without_account": (d["channel"] == "online") & ~d["vneid_verified"],
        "filed_after_week": (d["filed_at"] >= week_end) | (d["supplement_open_at"] >= week_end),
        "date_out_of_time": (
            (d["filed_at"] < "2000-01-01")
            | (at < "2000-01-01")
            | (d["due_at"] < "2000-01-01")
            | (d["finished_at"] < "2000-01-01")
            | (d["returned_at"] < "2000-01-01")
            | (d["stopped_at"] < "2000-01-01")
            | (d["due_at"] >= "2100-01-01")
        ),
    }


def procedures(p: pd.DataFrame, week_end: pd.Timestamp) -> Masks:
    return {
        **_units_named("procedures", p),
        "code_missing": p["procedure_code"].isna() | (p["procedure_code"] == ""),
        "code_form": _unlike(p["procedure_code"], PROCEDURE_FORM),
        "disclosed_before_announced": p["disclosed_on"] < p["announced_on"],
        "term_negative": p["term_days"] < 0,
        "disclosed_after_week": p["disclosed_on"] >= week_end,
    }


def petitions(p: pd.DataFrame, week_end: pd.Timestamp) -> Masks:
    return {
        **_units_named("petitions", p),
        "code_missing": p["petition_code"].isna() | (p["petition_code"] == ""),
        "received_missing": p["received_at"].isna(),
        "answered_before_received": p["answered_at"] < p["received_at"],
        "after_week": (p["received_at"] >= week_end) | (p["answered_at"] >= week_end),
    }


def units(u: pd.DataFrame, week_end: pd.Timestamp) -> Masks:
    told = u[["reported_month", "reported_quarter", "reported_ytd", "last_year_dossiers"]]
    return {
        **_units_named("units", u),
        "name_missing": u["unit_name"].isna() | (u["unit_name"] == ""),
        "negative": (told < 0).any(axis=1),
        "district": u["unit_name"].str.strip().str.lower().str.fullmatch(DISTRICT),
    }


RULES: dict[str, Callable[[pd.DataFrame, pd.Timestamp], Masks]] = {
    "dossiers": dossiers,
    "procedures": procedures,
    "petitions": petitions,
    "units": units,
}


def _units_named(table: str, rows: pd.DataFrame) -> Masks:
    return {
        "unit_missing": rows["unit_code"].isna() | (rows["unit_code"] == ""),
        "unit_form": _unlike(rows["unit_code"], UNIT_FORM),
    }


def _unlike(codes: pd.Series, form: str) -> pd.Series:
    """Which codes are there and have not the form. Looked at once where many rows share a code."""
    known = codes.dropna()
    if known.nunique() < len(known) // 2:
        known = pd.Series(known.unique(), index=known.unique())
        return codes.isin(known.index[~known.str.fullmatch(form).astype(bool)])
    return ~codes.str.fullmatch(form).fillna(True).astype(bool)
