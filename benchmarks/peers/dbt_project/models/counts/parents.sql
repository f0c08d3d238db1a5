SELECT a.u, a.unit_code, b.u AS p FROM {{ ref('places') }} a JOIN {{ ref('places') }} b ON b.unit_code = a.province_code
