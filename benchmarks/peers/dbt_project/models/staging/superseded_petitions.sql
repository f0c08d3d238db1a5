{{ config(materialized='table') }}
-- Rows after which the same thing stands again in their file.
SELECT file, week, stg.source_row, unit_code
FROM {{ ref('stg_petitions') }} stg
JOIN (SELECT file, petition_code, max(source_row) AS last_row FROM {{ ref('stg_petitions') }}
      WHERE petition_code IS NOT NULL GROUP BY ALL HAVING count(*) > 1) USING (file, petition_code)
WHERE stg.source_row < last_row
