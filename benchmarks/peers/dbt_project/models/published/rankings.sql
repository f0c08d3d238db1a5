-- Every cohort of every week and period, with its change against exactly the week before in the same period.
{{ config(materialized='external', location=env_var('PEER_OUT') ~ '/totals.parquet') }}
{% set cents = ['total', 'transparency', 'progress', 'online_services', 'online_payment', 'satisfaction', 'digitisation'] %}
WITH cohorts AS (
  SELECT *, CASE level WHEN 'province' THEN 'VN' ELSE province_code END AS scope,
         CASE period_kind WHEN 'month' THEN month(week + 3) WHEN 'quarter' THEN quarter(week + 3) ELSE 0 END AS period
  FROM (FROM {{ ref('scores') }} UNION ALL SELECT * REPLACE ('unit' AS level) FROM {{ ref('scores') }} WHERE level <> 'province')
), numbered AS (
  SELECT *, count(*) OVER cohort AS cohort_size, count(unrounded) OVER cohort AS ranked,
         CASE WHEN unrounded IS NOT NULL THEN rank() OVER (PARTITION BY week, period_kind, level, scope ORDER BY unrounded DESC NULLS LAST) END AS rank
  FROM cohorts WINDOW cohort AS (PARTITION BY week, period_kind, level, scope)
), compared AS (
  SELECT now.*, before.total AS previous_total, before.rank AS rank_before,
         count(*) FILTER (WHERE now.rank IS NOT NULL AND before.rank IS NOT NULL)
           OVER (PARTITION BY now.week, now.period_kind, now.level, now.scope) AS again,
         before.ranked AS ranked_before
  FROM numbered now
  LEFT JOIN numbered before ON before.week = now.week - 7 AND before.period_kind = now.period_kind AND before.period = now.period
    AND before.level = now.level AND before.unit_code = now.unit_code
), moved AS (
  -- the cohort is the same when all that were ranked are ranked again, and no others
  SELECT *, CASE WHEN rank IS NOT NULL AND again = ranked AND ranked_before = ranked THEN rank_before END AS previous_rank FROM compared
)
SELECT week, period_kind, level, scope, unit_code, rank, cohort_size, ranked,
       {% for name in cents + ['previous_total'] -%}
       CAST(CAST({{ name }} AS DECIMAL(18, 0)) * 0.01 AS DECIMAL(6, 2)) AS {{ name }},
       {% endfor -%}
       CAST(CAST(total - previous_total AS DECIMAL(18, 0)) * 0.01 AS DECIMAL(6, 2)) AS change,
       previous_rank, previous_rank - rank AS move
FROM moved
