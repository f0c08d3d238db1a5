-- Working days of Vietnam, numbered: how many there were up to each day.
SELECT day, is_working, count(*) FILTER (WHERE is_working) OVER (ORDER BY day) AS working
FROM (SELECT CAST(day AS DATE) AS day, (isodow(day) < 6 AND day NOT IN (SELECT day FROM {{ ref('special_days') }} WHERE kind = 'off')) OR day IN (SELECT day FROM {{ ref('special_days') }} WHERE kind = 'worked') AS is_working
      FROM range(DATE '2025-01-01', DATE '2028-01-01', INTERVAL 1 DAY) days(day))
