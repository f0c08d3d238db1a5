SELECT CAST(row_number() OVER () AS INTEGER) AS procedure, procedure_code
FROM (SELECT procedure_code FROM {{ ref('valid_procedures') }} UNION SELECT procedure_code FROM {{ ref('valid_dossiers') }})
WHERE procedure_code IS NOT NULL
