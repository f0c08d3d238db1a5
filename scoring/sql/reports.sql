-- What the national reporting system says, by unit and reading: a province's own report, else its units' together.
CREATE TABLE counting.reports AS
WITH
  own AS (
    SELECT
      grid.entity, grid.province, period_kind, tick, last_year_dossiers,
      CASE period_kind WHEN 'month' THEN reported_month WHEN 'quarter' THEN reported_quarter ELSE reported_ytd END AS reported
    FROM (SELECT DISTINCT entity, province, period_kind, tick FROM counting.totals) grid
    JOIN counting.units_spans span ON span.entity = grid.entity AND tick >= span.since AND tick < span.until
  ),
  units AS (
    SELECT
      province AS entity, period_kind, tick,
      CAST(sum(reported) AS BIGINT) AS reported, CAST(sum(last_year_dossiers) AS BIGINT) AS last_year_dossiers
    FROM own WHERE entity <> province
    GROUP BY province, period_kind, tick
  ),
  either AS (
    SELECT
      entity, period_kind, tick,
      coalesce(own.reported, units.reported) AS reported,
      coalesce(own.last_year_dossiers, units.last_year_dossiers) AS last_year_dossiers
    FROM own FULL JOIN units USING (entity, period_kind, tick)
  )
SELECT
  entity, period_kind, tick, reported,
  -- half up to whole dossiers
  CASE period_kind
    WHEN 'month' THEN (2 * last_year_dossiers + 12) // 24
    WHEN 'quarter' THEN (2 * last_year_dossiers + 4) // 8
    ELSE last_year_dossiers
  END AS last_year_share
FROM either;
