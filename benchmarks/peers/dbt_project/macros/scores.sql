{#- The rows of the seed `indicators`, which stands before anything that asks for it. -#}
{% macro indicators_told() %}
{% if not execute %}{{ return([]) }}{% endif %}
{% set names = ['indicator', 'group_code', 'numerator', 'denominator', 'max_points', 'worth_up', 'worth_down', 'zero_points',
                'department_flat', 'inherited', 'needs_petitions'] %}
{% set rows = run_query('SELECT ' ~ names | join(', ') ~ ' FROM ' ~ ref('indicators')) %}
{% set found = [] %}
{% for row in rows.rows %}{% do found.append(dict(zip(names, row.values()))) %}{% endfor %}
{{ return(found) }}
{% endmacro %}

{#- The score in units of the last place, half up, exact in 64 bits; 0/0 gives what the rule set says. -#}
{% macro points(one, places) -%}
{%- set unit = 10 ** places -%}
{%- set owner = 'province' if one.inherited else 'own' -%}
{%- set num, den = owner ~ '.' ~ one.numerator, owner ~ '.' ~ one.denominator -%}
{%- set score -%}
CASE WHEN {{ den }} = 0 THEN {{ (one.zero_points * unit) | int }}
ELSE least(({{ (2 * unit * one.worth_up) | int }} * {{ num }} + {{ one.worth_down | int }} * {{ den }}) // ({{ (2 * one.worth_down) | int }} * {{ den }}), {{ (one.max_points * unit) | int }}) END
{%- endset -%}
{%- if one.department_flat is not none -%}
CASE own.level WHEN 'department' THEN {{ (one.department_flat * unit) | int }} ELSE {{ score }} END
{%- else -%}{{ score }}{%- endif -%}
{%- endmacro %}
