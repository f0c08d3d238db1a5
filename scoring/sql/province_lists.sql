-- A province that lists no procedures of its own has those of its units, each once, as the unit of the lowest code lists it.
INSERT INTO counting.procedures_spans BY NAME
WITH
  bounds AS (
    SELECT province, since AS tick FROM counting.procedures_spans
    UNION SELECT province, until FROM counting.procedures_spans
  ),
  stages AS (
    SELECT province, tick AS since, lead(tick) OVER (PARTITION BY province ORDER BY tick) AS until FROM bounds
  ),
  without_own AS (
    SELECT * FROM stages WHERE NOT EXISTS (
      FROM counting.procedures_spans own
      WHERE own.entity = stages.province AND own.since < stages.until AND own.until > stages.since
    )
  )
SELECT DISTINCT ON (stage.province, span.procedure, stage.since)
  span.* REPLACE (stage.province AS entity, stage.since AS since, stage.until AS until)
FROM without_own stage
JOIN counting.procedures_spans span
  ON span.province = stage.province AND span.since < stage.until AND span.until > stage.since
ORDER BY stage.province, span.procedure, stage.since, span.entity;
