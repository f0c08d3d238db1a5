{{ config(materialized='table') }}
SELECT * EXCLUDE (broken, week_end, file)
FROM {{ ref('stg_dossiers') }}
ANTI JOIN {{ ref('superseded_dossiers') }} USING (file, source_row)
WHERE len(broken) = 0
