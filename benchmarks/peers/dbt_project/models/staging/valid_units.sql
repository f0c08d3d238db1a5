{{ config(materialized='table') }}
SELECT * EXCLUDE (broken, week_end, file)
FROM {{ ref('stg_units') }}
ANTI JOIN {{ ref('superseded_units') }} USING (file, source_row)
WHERE len(broken) = 0
