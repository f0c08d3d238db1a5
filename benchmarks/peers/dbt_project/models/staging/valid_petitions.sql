{{ config(materialized='table') }}
SELECT * EXCLUDE (broken, week_end, file)
FROM {{ ref('stg_petitions') }}
ANTI JOIN {{ ref('superseded_petitions') }} USING (file, source_row)
WHERE len(broken) = 0
