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
  ),
  chosen AS (
    SELECT stage.province, procedure, stage.since, stage.until, min(entity) AS entity
    FROM without_own stage
    JOIN counting.procedures_spans span
      ON span.province = stage.province AND span.since < stage.until AND span.until > stage.since
    GROUP BY stage.province, procedure, stage.since, stage.until
  )
SELECT span.* REPLACE (chosen.province AS entity, chosen.since AS since, chosen.until AS until)
FROM chosen
JOIN counting.procedures_spans span
  ON span.entity = chosen.entity AND span.procedure = chosen.procedure
  AND span.since < chosen.until AND span.until > chosen.since;
