-- Every row that arrived, with its week, its place in the file and the rules that set it aside.
WITH arrived AS (
  SELECT * EXCLUDE (filename, file_row_number), filename AS file, file_row_number + 1 AS source_row,
         {{ week_of('filename') }} AS week, CAST({{ week_of('filename') }} + 7 AS TIMESTAMP) AS week_end
  FROM {{ source('landing', 'units') }}
)
SELECT *, list_filter([
  {%- for name in setting_aside('units') %}
  CASE WHEN {{ row_rules('units')[name] }} THEN 'units.{{ name }}' END{{ ',' if not loop.last }}
  {%- endfor %}
], lambda rule: rule IS NOT NULL) AS broken
FROM arrived
