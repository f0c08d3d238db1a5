-- Groups and totals in hundredths, the unrounded total in units of the tenth place.
-- depends_on: {{ ref('indicators') }}
{% set groups = ['transparency', 'progress', 'online_services', 'online_payment', 'satisfaction', 'digitisation'] %}
{% set indicators = indicators_told() %}
WITH placed AS (
  SELECT *, CASE length(unit_code) WHEN 3 THEN 'province' WHEN 6 THEN 'department' ELSE 'commune' END AS level
  FROM {{ ref('finished') }}
), summed AS (
  SELECT own.week, own.period_kind, own.unit_code, own.level, left(own.unit_code, 3) AS province_code,
         own.week >= (SELECT min(week) FROM {{ ref('valid_petitions') }}) AS has_petitions,
         {% for group in groups -%}
         CAST(0{% for one in indicators if one.group_code == group %} + {{ points(one, 2) }}{% endfor %} AS BIGINT) AS {{ group }},
         {% endfor -%}
         CAST(0{% for one in indicators %} + {{ points(one, 10) }}{% endfor %} AS BIGINT) AS unrounded
  FROM placed own
  JOIN placed province ON province.u = own.p AND province.week = own.week AND province.period_kind = own.period_kind
)
SELECT * REPLACE (CASE WHEN has_petitions THEN satisfaction END AS satisfaction, CASE WHEN has_petitions THEN unrounded END AS unrounded),
       {{ groups | join(' + ') }} AS full_total,
       CASE WHEN has_petitions THEN full_total END AS total
FROM summed
