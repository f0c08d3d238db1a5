-- Every reading: a week in a period kind, the months it adds up and the half week it is taken at.
SELECT week, period_kind, first_month, last_month,
       2 * k + CAST(NOT (month(week + 6) <> month(week + 3) AND last_month = month(week + 3)) AS INTEGER) AS t
FROM (SELECT k, DATE '{{ var("first_week") }}' + 7 * k AS week, month(DATE '2026-01-01' + 7 * k) AS m
      FROM (SELECT CAST(unnest(range({{ var("weeks") }})) AS INTEGER) AS k)),
     LATERAL (VALUES ('ytd', 1, 12), ('quarter', (m - 1) // 3 * 3 + 1, (m - 1) // 3 * 3 + 3), ('month', m, m))
       kinds(period_kind, first_month, last_month)
