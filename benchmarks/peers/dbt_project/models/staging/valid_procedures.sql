{{ config(materialized='table') }}
SELECT * EXCLUDE (broken, week_end, file)
FROM {{ ref('stg_procedures') }}
ANTI JOIN {{ ref('superseded_procedures') }} USING (file, source_row)
WHERE len(broken) = 0
