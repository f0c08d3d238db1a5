"""The same counts by a plain DuckDB script, written by hand for the benchmark's data: the yardstick for ours.

Belongs here: the best an analyst would write for this one table: the weeks of 2026, rule set 766-2026, signed events in
one pass. It knows what ours has to find out: weeks without gaps, rules that never change, lists that come for the whole
nation at once and alike, one row a dossier and week, one version a petition, provinces without lists of their own.
Does not belong here: anything of scoring or resources.

Time is counted in half weeks from 2025-12-29: 2k until the month's end inside week k, 2k + 1 until the week's end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from scoring import working_days

_COUNTED = {
    "timely": "timely",
    "online": "channel = 'online'",
    "fee": "fee_total_vnd > 0",
    "paid": "fee_total_vnd > 0 AND paid",
    "content": "timely AND NOT disliked",
    "result": "has_result",
    "digitised": "digitised_count > 0 AND has_result",
    "reused": "reused_count > 0",
    "shared": "from_store_count > 0 OR sent_to_store",
    "linked": "vneid_verified OR from_store_count > 0 OR population_link",
}
_LISTED = {
    "listed": "TRUE",
    "offered": "service_level IN ('full', 'part')",
    "fee_bearing": "fee_bearing",
    "payable": "fee_bearing AND payment_offered",
    "person": "subject_person",
    "connected": "subject_person AND population_connected",
    "described": "content_complete IS NOT NULL",
    "complete": "content_complete",
}
_PETITIONS = ("petitions", "answered", "pleased")
_DATED = ("announced", "early", "disclosable", "disclosed")
_COLUMNS = ("received", *_COUNTED, *_PETITIONS, *_LISTED, *_DATED, "communes", "copies", "services", "paid_services")

#: indicator: numerator, denominator
_INDICATORS = {
    "published_on_time": ("early", "announced"),
    "disclosed_on_time": ("disclosed", "disclosable"),
    "content_complete": ("complete", "described"),
    "dossiers_synchronised": ("synchronised", "expected"),
    "on_time": ("timely", "received"),
    "procedures_offered_online": ("offered", "listed"),
    "services_with_dossiers": ("services", "offered"),
    "filed_online": ("online", "received"),
    "procedures_offering_payment": ("payable", "fee_bearing"),
    "procedures_with_payment": ("paid_services", "fee_bearing"),
    "paid_online": ("paid", "fee"),
    "petitions_on_time": ("answered", "petitions"),
    "petition_satisfaction": ("pleased", "petitions"),
    "procedure_satisfaction": ("content", "received"),
    "electronic_result": ("result", "received"),
    "components_digitised": ("digitised", "received"),
    "certified_copy": ("copies", "communes"),
    "data_reused": ("reused", "received"),
    "shared_to_store": ("shared", "received"),
    "population_data_dossiers": ("linked", "received"),
    "population_data_procedures": ("connected", "person"),
}


def _counts(conditions: Mapping[str, str]) -> str:
    return ", ".join(f"sign * count(*) FILTER (WHERE {condition}) AS {name}" for name, condition in conditions.items())


_SETUP = """
CREATE MACRO day_of(t) AS CAST(t + INTERVAL 7 HOUR AS DATE);
CREATE MACRO half_week(d) AS 2 * ((d - DATE '2025-12-29') // 7)
  + CAST(dayofmonth(d) < 4 AND month(d) <> month(CAST(date_trunc('week', d) AS DATE) + 3) AND isodow(d) > 4 AS INTEGER);
CREATE MACRO day_end(d) AS CAST(d + 1 AS TIMESTAMP) - INTERVAL 7 HOUR - INTERVAL 1 MICROSECOND;

CREATE TEMP TABLE calendar AS
SELECT day, is_working, count(*) FILTER (WHERE is_working) OVER (ORDER BY day) AS working
FROM (SELECT CAST(day AS DATE) AS day, (isodow(day) < 6 AND day NOT IN (FROM days_off)) OR day IN (FROM worked) AS is_working
      FROM range(DATE '2025-01-01', DATE '2028-01-01', INTERVAL 1 DAY) days(day));

-- Every reading: a week in a period kind, the months it adds up and the half week it is taken at.
CREATE TEMP TABLE readings AS
SELECT week, period_kind, first_month, last_month,
       2 * k + CAST(NOT (month(week + 6) <> month(week + 3) AND last_month = month(week + 3)) AS INTEGER) AS t
FROM (SELECT k, DATE '2025-12-29' + 7 * k AS week, month(DATE '2026-01-01' + 7 * k) AS m
      FROM (SELECT CAST(unnest(range(52)) AS INTEGER) AS k)),
     LATERAL (VALUES ('ytd', 1, 12), ('quarter', (m - 1) // 3 * 3 + 1, (m - 1) // 3 * 3 + 3), ('month', m, m))
       kinds(period_kind, first_month, last_month);

CREATE TEMP TABLE places AS
SELECT CAST(row_number() OVER (ORDER BY unit_code) AS INTEGER) AS u, unit_code, split_part(unit_code, '.', 1) AS province_code
FROM (SELECT DISTINCT unit_code FROM units);
CREATE TEMP TABLE titles AS
SELECT CAST(row_number() OVER () AS INTEGER) AS procedure, procedure_code FROM (SELECT DISTINCT procedure_code FROM procedures);
CREATE TEMP TABLE parents AS
SELECT a.u, a.unit_code, b.u AS p FROM places a JOIN places b ON b.unit_code = a.province_code;
"""

_SPANS = """
CREATE TEMP TABLE spans AS
WITH
  terms AS (
    SELECT p, procedure_code, max(term_days) AS term_days FROM procedures JOIN parents USING (unit_code)
    WHERE arrived_week = DATE '2025-12-29' GROUP BY ALL
  ),
  complaints AS (
    SELECT dossier_code, min(half_week(arrived_week)) AS complained FROM petitions WHERE dossier_code IS NOT NULL GROUP BY ALL
  ),
  told AS (
    SELECT dossiers.*, u, parents.p, procedure, coalesce(finished_at, returned_at, stopped_at) AS ended_at,
           day_of(accepted_at) AS accepted_on, term_days, half_week(arrived_week) AS arrived,
           payment IN ('portal', 'gateway') AS paid, coalesce(complained, 104) AS complained
    FROM dossiers JOIN parents USING (unit_code) JOIN titles USING (procedure_code)
    LEFT JOIN terms ON due_at IS NULL AND terms.p = parents.p AND terms.procedure_code = dossiers.procedure_code
    LEFT JOIN complaints USING (dossier_code)
  ),
  dated AS (
    SELECT told.*, coalesce(due_at, day_end(greatest(term.day, accepted_on))
             + CASE WHEN ended_at IS NULL THEN to_seconds(waiting_seconds) ELSE INTERVAL 0 SECOND END) AS due
    FROM told LEFT JOIN calendar start ON told.term_days IS NOT NULL AND start.day = accepted_on
    LEFT JOIN calendar term ON term.is_working AND term.working = start.working + term_days
  )
SELECT
  u, p, procedure, CAST(month(accepted_on) AS UTINYINT) AS m, complained,
  greatest(arrived, half_week(accepted_on)) AS s, lead(arrived, 1, 104) OVER v AS e,
  CASE WHEN supplement_count > 1 THEN 0 WHEN due IS NULL THEN 0
       WHEN ended_at IS NOT NULL THEN CASE WHEN ended_at - to_seconds(waiting_seconds) <= due THEN 104 ELSE 0 END
       WHEN supplement_open_at IS NOT NULL THEN CASE WHEN supplement_open_at <= due THEN 104 ELSE 0 END
       ELSE half_week(day_of(due)) END AS late,
  channel, fee_total_vnd, paid, has_result, digitised_count, reused_count, from_store_count, sent_to_store, vneid_verified,
  population_link,
  lead(u * 10000 + procedure, 1, u * 10000 + procedure) OVER v <> u * 10000 + procedure AS moves, lead(paid, 1, paid) OVER v AS stays_paid
FROM dated WINDOW v AS (PARTITION BY dossier_code ORDER BY arrived_week)
"""

_EVENTS = f"""
CREATE TEMP TABLE events AS
WITH edges AS (
  SELECT s AS t, 1 AS sign, s < late AS timely, s >= complained AS disliked, * FROM spans
  UNION ALL SELECT e, -1, e <= late, e > complained, * FROM spans WHERE e < 104
  UNION ALL SELECT late, -1, TRUE, late > complained, * FROM spans WHERE late > s AND late < e
  UNION ALL SELECT late, 1, FALSE, late > complained, * FROM spans WHERE late > s AND late < e
  UNION ALL SELECT complained, -1, complained < late, FALSE, * FROM spans WHERE complained > s AND complained < e
  UNION ALL SELECT complained, 1, complained < late, TRUE, * FROM spans WHERE complained > s AND complained < e
)
SELECT u, m, t, sign * count(*) AS received, {_counts(_COUNTED)} FROM edges GROUP BY u, m, t, sign
"""

_PETITION_EVENTS = """
WITH
  due AS (
    SELECT u, month(day_of(received_at)) AS m, half_week(arrived_week) AS s, answered_at, disliked OR repeated AS bad,
           day_end(term.day) AS due
    FROM petitions JOIN parents USING (unit_code) JOIN calendar start ON start.day = day_of(received_at)
    JOIN calendar term ON term.is_working AND term.working = start.working + 15
    WHERE form = 'petition'
  ),
  late AS (
    SELECT *, CASE WHEN answered_at IS NULL THEN half_week(day_of(due)) WHEN answered_at <= due THEN 104 ELSE 0 END AS late FROM due
  ),
  edges AS (
    SELECT u, m, s AS t, 1 AS petitions, CAST(s < late AS INTEGER) AS answered, CAST(s < late AND NOT bad AS INTEGER) AS pleased FROM late
    UNION ALL SELECT u, m, late, 0, -1, -CAST(NOT bad AS INTEGER) FROM late WHERE late > s AND late < 104
  )
SELECT u, m, t, sum(petitions) AS petitions, sum(answered) AS answered, sum(pleased) AS pleased FROM edges GROUP BY ALL
"""

# Both exports of the lists say the same, so the first stands for the year; month 0 = not bound to a month.
_LIST_EVENTS = f"""
WITH lists AS (
  SELECT u, procedures.* FROM procedures JOIN parents USING (unit_code) WHERE arrived_week = DATE '2025-12-29'
  UNION ALL
  SELECT p, procedures.* FROM procedures JOIN parents USING (unit_code) WHERE arrived_week = DATE '2025-12-29'
  QUALIFY row_number() OVER (PARTITION BY p, procedure_code ORDER BY unit_code) = 1
)
SELECT u, 0 AS m, 0 AS t, {_counts(_LISTED).replace("sign *", "")} FROM lists GROUP BY u
UNION ALL BY NAME
SELECT u, month(announced_on) AS m, half_week(announced_on) AS t, count(*) AS announced,
       count(*) FILTER (WHERE effective.working - announced.working >= 5) AS early
FROM lists JOIN calendar announced ON announced.day = announced_on JOIN calendar effective ON effective.day = effective_on
GROUP BY ALL
UNION ALL BY NAME
SELECT u, month(due.day) AS m, half_week(due.day) AS t, count(*) AS disclosable,
       count(*) FILTER (WHERE disclosed.working - announced.working <= 5) AS disclosed
FROM lists JOIN calendar announced ON announced.day = announced_on
JOIN calendar due ON due.is_working AND due.working = announced.working + 5
LEFT JOIN calendar disclosed ON disclosed.day = disclosed_on
GROUP BY ALL
"""

_UNIT_EVENTS = """
SELECT u, 0 AS m, 0 AS t, count(*) FILTER (WHERE level = 'commune' AND certified_copy IS NOT NULL) AS communes,
       count(*) FILTER (WHERE level = 'commune' AND certified_copy) AS copies
FROM units JOIN parents USING (unit_code) WHERE arrived_week = DATE '2025-12-29' GROUP BY u
"""

# Procedures that have a dossier (or a paid one): the first arrival, where no dossier left; followed week by week where one did.
_PRESENCE = """
CREATE TEMP TABLE {name} AS
WITH
  of_units AS (
    SELECT u, p, procedure, m, min(s) AS first, min(e) FILTER (WHERE {leaves}) AS gap, min(s) FILTER (WHERE e = 104) AS lasting
    FROM spans WHERE s < e AND {holds} GROUP BY ALL
  ),
  firsts AS (
    SELECT u, procedure, m, first, gap, lasting FROM of_units
    UNION ALL
    SELECT p, procedure, m, min(first), min(gap), min(lasting) FROM of_units GROUP BY ALL
  ),
  periods AS (SELECT DISTINCT period_kind, first_month, last_month FROM readings),
  months AS (SELECT m, period_kind, first_month FROM periods, LATERAL (SELECT unnest(range(first_month, last_month + 1)) AS m)),
  known AS MATERIALIZED (
    SELECT u, procedure, period_kind, first_month, min(first) AS first, coalesce(min(gap) < coalesce(min(lasting), 104), FALSE) AS doubtful
    FROM firsts JOIN months USING (m) GROUP BY ALL
  ),
  told AS (
    SELECT u, procedure, m, s, e FROM spans WHERE s < e AND {holds} AND (u, procedure) IN (SELECT (u, procedure) FROM known WHERE doubtful)
    UNION ALL
    SELECT p, procedure, m, s, e FROM spans WHERE s < e AND {holds} AND (p, procedure) IN (SELECT (u, procedure) FROM known WHERE doubtful)
  ),
  moments AS (SELECT u, procedure, m, s AS t, 1 AS step FROM told UNION ALL SELECT u, procedure, m, e, -1 FROM told),
  summed AS (
    SELECT u, procedure, period_kind, first_month, t, sum(step) AS step
    FROM (FROM moments)
    JOIN months USING (m) JOIN (FROM known WHERE doubtful) USING (u, procedure, period_kind, first_month)
    GROUP BY ALL
  ),
  followed AS (
    SELECT u, procedure, period_kind, first_month, t, sum(step) OVER so_far > 0 AS here
    FROM summed WINDOW so_far AS (PARTITION BY u, procedure, period_kind, first_month ORDER BY t)
  ),
  changes AS (
    SELECT u, procedure, period_kind, first_month, t, CAST(here AS INTEGER)
             - CAST(lag(here, 1, FALSE) OVER (PARTITION BY u, procedure, period_kind, first_month ORDER BY t) AS INTEGER) AS step
    FROM followed
    UNION ALL SELECT u, procedure, period_kind, first_month, first, 1 FROM known WHERE NOT doubtful
  ),
  lists AS (
    SELECT u, procedure FROM procedures JOIN parents USING (unit_code) JOIN titles USING (procedure_code) WHERE arrived_week = DATE '2025-12-29' AND {listed}
    UNION ALL
    SELECT p, procedure FROM (
      SELECT p, procedure, arg_min({listed}, unit_code) AS wanted
      FROM procedures JOIN parents USING (unit_code) JOIN titles USING (procedure_code)
      WHERE arrived_week = DATE '2025-12-29' GROUP BY ALL) WHERE wanted
  )
SELECT u, period_kind, first_month, t, sum(step) AS {name} FROM changes JOIN lists USING (u, procedure)
WHERE t < 104 GROUP BY ALL
"""

_TOTALS = f"""
CREATE TEMP TABLE totals AS
WITH
  units_and_provinces AS (
    SELECT * FROM events
    UNION ALL BY NAME
    SELECT p AS u, * EXCLUDE (u, p, unit_code) REPLACE (NULL AS listed, NULL AS offered, NULL AS fee_bearing, NULL AS payable,
      NULL AS person, NULL AS connected, NULL AS described, NULL AS complete, NULL AS announced, NULL AS early,
      NULL AS disclosable, NULL AS disclosed)
    FROM events JOIN parents USING (u) WHERE p <> u
  ),
  monthly AS (
    SELECT u, m, t, {", ".join(f"sum({name}) AS {name}" for name in _COLUMNS[:-2])} FROM units_and_provinces GROUP BY u, m, t
  ),
  periods AS (SELECT period_kind, first_month, last_month, max(t) AS last_t FROM readings GROUP BY ALL),
  by_period AS (
    SELECT period_kind, first_month, monthly.* EXCLUDE (m) FROM monthly
    JOIN periods ON m BETWEEN first_month AND last_month OR m = 0 WHERE t <= last_t
    UNION ALL BY NAME FROM services
    UNION ALL BY NAME FROM paid_services
  ),
  seen AS (
    SELECT u, by_period.* EXCLUDE (u, period_kind, first_month, t), r.period_kind, r.first_month, r.t
    FROM by_period ASOF JOIN readings r
      ON r.period_kind = by_period.period_kind AND r.first_month = by_period.first_month AND by_period.t <= r.t
  ),
  summed AS (
    SELECT u, period_kind, first_month, t, {", ".join(f"sum({name}) AS {name}" for name in _COLUMNS)} FROM seen GROUP BY ALL
  )
SELECT u, p, unit_code, week, period_kind, {", ".join(f"CAST(coalesce(sum({n}) OVER so_far, 0) AS BIGINT) AS {n}" for n in _COLUMNS)}
FROM (SELECT * FROM parents, readings) LEFT JOIN summed USING (u, period_kind, first_month, t)
WINDOW so_far AS (PARTITION BY u, period_kind, first_month ORDER BY t)
"""

_SYNCHRONISED = """
CREATE TEMP TABLE finished AS
WITH
  reports AS (
    SELECT u, p, CASE period_kind WHEN 'month' THEN reported_month WHEN 'quarter' THEN reported_quarter ELSE reported_ytd END AS reported,
      CASE period_kind WHEN 'month' THEN (last_year_dossiers + 6) // 12 WHEN 'quarter' THEN (last_year_dossiers + 2) // 4 ELSE last_year_dossiers END AS share,
      last_year_dossiers, period_kind
    FROM units JOIN parents USING (unit_code), (VALUES ('month'), ('quarter'), ('ytd')) kinds(period_kind)
    WHERE arrived_week = DATE '2025-12-29'
  ),
  expected AS (
    SELECT u, period_kind, coalesce(reported, share) AS expected FROM reports WHERE u <> p
    UNION ALL
    SELECT p, period_kind, coalesce(sum(reported), CASE period_kind WHEN 'month' THEN (sum(last_year_dossiers) + 6) // 12
      WHEN 'quarter' THEN (sum(last_year_dossiers) + 2) // 4 ELSE sum(last_year_dossiers) END)
    FROM reports GROUP BY p, period_kind
  )
SELECT totals.*, received AS synchronised, CAST(greatest(received, expected) AS BIGINT) AS expected
FROM totals JOIN expected USING (u, period_kind)
"""

# Petitions count from the week in which the province's first came.
_FED = """
JOIN (SELECT p, min(half_week(arrived_week)) AS fed FROM petitions JOIN parents USING (unit_code) GROUP BY p) USING (p)
WHERE week >= DATE '2025-12-29' + 7 * CAST(fed // 2 AS INTEGER)
"""


def plain_counts(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make the table `plain_counts` from the typed files under `folder` (see make_data.py)."""
    for name in ("dossiers", "procedures", "petitions", "units"):
        con.execute(f"CREATE TEMP VIEW {name} AS FROM read_parquet('{folder}/{name}/*.parquet')")
    for name, days in (("days_off", working_days.days_off()), ("worked", working_days.worked_weekends())):
        con.execute(f"CREATE TEMP TABLE {name} AS SELECT CAST(unnest(?) AS DATE) AS day", [_texts(sorted(days))])
    con.execute(_SETUP)
    con.execute(_SPANS)
    con.execute(_EVENTS)
    for name in _COLUMNS[len(_COUNTED) + 1 : -2]:
        con.execute(f"ALTER TABLE events ADD COLUMN {name} BIGINT")
    for statement in (_PETITION_EVENTS, _LIST_EVENTS, _UNIT_EVENTS):
        con.execute("INSERT INTO events BY NAME " + statement)
    con.execute(
        _PRESENCE.format(name="services", holds="TRUE", leaves="moves", listed="service_level IN ('full', 'part')")
    )
    con.execute(
        _PRESENCE.format(name="paid_services", holds="paid", leaves="moves OR NOT stays_paid", listed="fee_bearing")
    )
    con.execute(_TOTALS)
    con.execute(_SYNCHRONISED)
    con.execute(
        "CREATE TABLE plain_counts (week DATE, period_kind VARCHAR, unit_code VARCHAR, indicator VARCHAR, numerator BIGINT,"
        " denominator BIGINT)"
    )
    for indicator, (numerator, denominator) in _INDICATORS.items():
        con.execute(
            f"INSERT INTO plain_counts SELECT week, period_kind, unit_code, '{indicator}', {numerator}, {denominator}"
            f" FROM finished {_FED if denominator == 'petitions' else ''}"
        )


def _texts(days: Sequence[object]) -> list[str]:
    return [str(day) for day in days]
