{#- The Monday of the week whose folder a file stands in. -#}
{% macro week_of(file) -%}
CAST(strptime(regexp_extract({{ file }}, '(\d{4}-W\d{2})[/\\][^/\\]*$', 1) || '-1', '%G-W%V-%u') AS DATE)
{%- endmacro %}

{#- Time in half weeks: 2k until the month's end inside week k, 2k + 1 until the week's end. -#}
{% macro half_week(day) -%}
(2 * (({{ day }} - DATE '{{ var("first_week") }}') // 7) + CAST(dayofmonth({{ day }}) < 4 AND isodow({{ day }}) > 4
  AND month({{ day }}) <> month(CAST(date_trunc('week', {{ day }}) AS DATE) + 3) AS INTEGER))
{%- endmacro %}

{% macro day_end(day) -%}
(CAST({{ day }} + 1 AS TIMESTAMP) - INTERVAL 1 MICROSECOND)
{%- endmacro %}
