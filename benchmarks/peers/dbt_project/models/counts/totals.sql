-- Everything counted, of every unit and province, week and period: events added up over time and the period's months.
{% set counted = [
  'received', 'timely', 'online', 'fee', 'paid', 'content', 'result', 'digitised', 'reused', 'shared',
  'linked', 'petitions', 'answered', 'pleased', 'listed', 'offered', 'fee_bearing', 'payable', 'person',
  'connected', 'described', 'complete', 'announced', 'early', 'disclosable', 'disclosed', 'communes',
  'copies'
] %}
{% set present = [
  'services', 'paid_services'
] %}
WITH
  events AS (
    SELECT u, m, t, * EXCLUDE (u, m, t) FROM {{ ref('dossier_events') }}
    UNION ALL BY NAME SELECT * FROM {{ ref('petition_events') }}
    UNION ALL BY NAME SELECT * FROM {{ ref('list_events') }}
    UNION ALL BY NAME SELECT * FROM {{ ref('unit_events') }}
  ),
  units_and_provinces AS (
    SELECT * FROM events
    UNION ALL BY NAME
    SELECT p AS u, * EXCLUDE (u, p, unit_code) REPLACE (NULL AS listed, NULL AS offered, NULL AS fee_bearing, NULL AS payable,
      NULL AS person, NULL AS connected, NULL AS described, NULL AS complete, NULL AS announced, NULL AS early,
      NULL AS disclosable, NULL AS disclosed)
    FROM events JOIN {{ ref('parents') }} parents USING (u) WHERE p <> u
  ),
  monthly AS (
    SELECT u, m, t, {% for name in counted %}sum({{ name }}) AS {{ name }}{{ ', ' if not loop.last }}{% endfor %}
    FROM units_and_provinces GROUP BY u, m, t
  ),
  periods AS (SELECT period_kind, first_month, last_month, max(t) AS last_t FROM {{ ref('readings') }} readings GROUP BY ALL),
  by_period AS (
    SELECT period_kind, first_month, monthly.* EXCLUDE (m) FROM monthly
    JOIN periods ON m BETWEEN first_month AND last_month OR m = 0 WHERE t <= last_t
    UNION ALL BY NAME FROM {{ ref('services') }} services
    UNION ALL BY NAME FROM {{ ref('paid_services') }} paid_services
  ),
  seen AS (
    SELECT u, by_period.* EXCLUDE (u, period_kind, first_month, t), r.period_kind, r.first_month, r.t
    FROM by_period ASOF JOIN {{ ref('readings') }} r
      ON r.period_kind = by_period.period_kind AND r.first_month = by_period.first_month AND by_period.t <= r.t
  ),
  summed AS (
    SELECT u, period_kind, first_month, t, {% for name in counted + present %}sum({{ name }}) AS {{ name }}{{ ', ' if not loop.last }}{% endfor %}
    FROM seen GROUP BY ALL
  )
SELECT u, p, unit_code, week, period_kind, 
  {% for name in counted + present -%}
  CAST(coalesce(sum({{ name }}) OVER so_far, 0) AS BIGINT) AS {{ name }}{{ ', ' if not loop.last }}
  {% endfor -%}
FROM (SELECT * FROM {{ ref('parents') }} parents, {{ ref('readings') }} readings) LEFT JOIN summed USING (u, period_kind, first_month, t)
WINDOW so_far AS (PARTITION BY u, period_kind, first_month ORDER BY t)
