-- Numerator and denominator of every indicator; petitions count from the week in which their first export came.
{{ config(materialized='external', location=env_var('PEER_OUT') ~ '/counts.parquet') }}
-- depends_on: {{ ref('indicators') }}, {{ ref('finished') }}, {{ ref('valid_petitions') }}
{% set indicators = indicators_told() %}
{% for one in indicators %}
SELECT week, period_kind, unit_code, '{{ one.indicator }}' AS indicator, {{ one.numerator }} AS numerator, {{ one.denominator }} AS denominator
FROM {{ ref('finished') }}
{%- if one.needs_petitions %} WHERE week >= (SELECT min(week) FROM {{ ref('valid_petitions') }}){% endif %}
{{ 'UNION ALL' if not loop.last }}
{%- endfor %}
