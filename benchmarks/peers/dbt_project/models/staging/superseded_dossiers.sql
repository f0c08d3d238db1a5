{{ config(materialized='table') }}
-- Rows after which the same thing stands again in their file.
SELECT file, week, stg.source_row, unit_code
FROM {{ ref('stg_dossiers') }} stg
JOIN (SELECT file, dossier_code, max(source_row) AS last_row FROM {{ ref('stg_dossiers') }}
      WHERE dossier_code IS NOT NULL GROUP BY ALL HAVING count(*) > 1) USING (file, dossier_code)
WHERE stg.source_row < last_row
