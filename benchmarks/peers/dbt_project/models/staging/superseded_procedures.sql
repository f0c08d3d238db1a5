{{ config(materialized='table') }}
-- Rows after which the same thing stands again in their file.
SELECT file, week, stg.source_row, unit_code
FROM {{ ref('stg_procedures') }} stg
JOIN (SELECT file, unit_code, procedure_code, max(source_row) AS last_row FROM {{ ref('stg_procedures') }}
      WHERE unit_code IS NOT NULL AND procedure_code IS NOT NULL GROUP BY ALL HAVING count(*) > 1) USING (file, unit_code, procedure_code)
WHERE stg.source_row < last_row
