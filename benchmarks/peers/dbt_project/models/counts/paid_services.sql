-- Procedures that have a paid dossier: the first arrival, where no dossier left; followed week by week where one did.
WITH
  of_units AS (
    SELECT u, p, procedure, m, min(s) AS first, min(e) FILTER (WHERE moves OR NOT stays_paid) AS gap, min(s) FILTER (WHERE e = 104) AS lasting
    FROM {{ ref('spans') }} spans WHERE s < e AND paid GROUP BY ALL
  ),
  firsts AS (
    SELECT u, procedure, m, first, gap, lasting FROM of_units
    UNION ALL
    SELECT p, procedure, m, min(first), min(gap), min(lasting) FROM of_units GROUP BY ALL
  ),
  periods AS (SELECT DISTINCT period_kind, first_month, last_month FROM {{ ref('readings') }} readings),
  months AS (SELECT m, period_kind, first_month FROM periods, LATERAL (SELECT unnest(range(first_month, last_month + 1)) AS m)),
  known AS MATERIALIZED (
    SELECT u, procedure, period_kind, first_month, min(first) AS first, coalesce(min(gap) < coalesce(min(lasting), 104), FALSE) AS doubtful
    FROM firsts JOIN months USING (m) GROUP BY ALL
  ),
  told AS (
    SELECT u, procedure, m, s, e FROM {{ ref('spans') }} spans WHERE s < e AND paid AND (u, procedure) IN (SELECT (u, procedure) FROM known WHERE doubtful)
    UNION ALL
    SELECT p, procedure, m, s, e FROM {{ ref('spans') }} spans WHERE s < e AND paid AND (p, procedure) IN (SELECT (u, procedure) FROM known WHERE doubtful)
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
    SELECT u, procedure FROM {{ ref('valid_procedures') }} procedures JOIN {{ ref('parents') }} parents USING (unit_code) JOIN {{ ref('titles') }} titles USING (procedure_code) WHERE week = DATE '{{ var("first_week") }}' AND fee_bearing
    UNION ALL
    SELECT p, procedure FROM (
      SELECT p, procedure, arg_min(fee_bearing, unit_code) AS wanted
      FROM {{ ref('valid_procedures') }} procedures JOIN {{ ref('parents') }} parents USING (unit_code) JOIN {{ ref('titles') }} titles USING (procedure_code)
      WHERE week = DATE '{{ var("first_week") }}' GROUP BY ALL) WHERE wanted
  )
SELECT u, period_kind, first_month, t, sum(step) AS paid_services FROM changes JOIN lists USING (u, procedure)
WHERE t < 104 GROUP BY ALL
