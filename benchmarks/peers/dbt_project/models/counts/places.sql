SELECT CAST(row_number() OVER (ORDER BY unit_code) AS INTEGER) AS u, unit_code, split_part(unit_code, '.', 1) AS province_code
FROM (SELECT DISTINCT unit_code FROM {{ ref('valid_units') }} units)
