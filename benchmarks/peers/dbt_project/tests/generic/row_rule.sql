{% test row_rule(model, table, rule) %}
{{ config(fail_calc='coalesce(sum(failed), 0)') }}
SELECT unit_code, count(*) AS failed FROM {{ model }} WHERE {{ row_rules(table)[rule] }} GROUP BY unit_code
{% endtest %}

{% test superseded(model, table) %}
SELECT * FROM {{ model }} stg SEMI JOIN {{ ref('superseded_' ~ table) }} USING (file, source_row)
{% endtest %}

{% test unique_together(model, columns) %}
SELECT {{ columns | join(', ') }} FROM {{ model }} GROUP BY ALL HAVING count(*) > 1
{% endtest %}

{% test holds(model, condition) %}
SELECT * FROM {{ model }} WHERE NOT coalesce({{ condition }}, FALSE)
{% endtest %}
