WITH
  reports AS (
    SELECT u, p, CASE period_kind WHEN 'month' THEN reported_month WHEN 'quarter' THEN reported_quarter ELSE reported_ytd END AS reported,
      CASE period_kind WHEN 'month' THEN (last_year_dossiers + 6) // 12 WHEN 'quarter' THEN (last_year_dossiers + 2) // 4 ELSE last_year_dossiers END AS share,
      last_year_dossiers, period_kind
    FROM {{ ref('valid_units') }} units JOIN {{ ref('parents') }} parents USING (unit_code), (VALUES ('month'), ('quarter'), ('ytd')) kinds(period_kind)
    WHERE week = DATE '{{ var("first_week") }}'
  ),
  expected AS (
    SELECT u, period_kind, coalesce(reported, share) AS expected FROM reports WHERE u <> p
    UNION ALL
    SELECT p, period_kind, coalesce(sum(reported), CASE period_kind WHEN 'month' THEN (sum(last_year_dossiers) + 6) // 12
      WHEN 'quarter' THEN (sum(last_year_dossiers) + 2) // 4 ELSE sum(last_year_dossiers) END)
    FROM reports GROUP BY p, period_kind
  )
SELECT totals.*, received AS synchronised, CAST(greatest(received, expected) AS BIGINT) AS expected
FROM {{ ref('totals') }} totals JOIN expected USING (u, period_kind)
