-- From when on a procedure has a dossier that is $facet, by unit and province and stretch of months.
--
-- Dossiers seldom leave (re-coded, moved to another unit or month). If none left before one that stays to the end had
-- come, the procedure has had a dossier ever since the first came. The few others are followed event by event.
DROP TABLE IF EXISTS counting.firsts;
CREATE TABLE counting.firsts AS
WITH
  of_units AS (
    SELECT
      entity, province, procedure, month,
      min(since) AS first, min(until) FILTER (WHERE $leaves) AS gap, min(since) FILTER (WHERE until = $ticks) AS lasting
    FROM counting.dossier_spans
    WHERE procedure IS NOT NULL AND $facet
    GROUP BY entity, province, procedure, month
  ),
  of_provinces AS (
    SELECT province AS entity, procedure, month, min(first) AS first, min(gap) AS gap, min(lasting) AS lasting
    FROM of_units GROUP BY province, procedure, month
  ),
  everywhere AS (
    SELECT entity, procedure, month, first, gap, lasting FROM of_units WHERE entity <> province
    UNION ALL SELECT * FROM of_provinces
  )
SELECT
  entity, procedure, stretch, min(first) AS first,
  coalesce(min(gap) < coalesce(min(lasting), $ticks), FALSE) AS doubtful
FROM everywhere JOIN counting.stretches USING (month)
SEMI JOIN counting.procedures_spans USING (entity, procedure)
GROUP BY entity, procedure, stretch;

DROP TABLE IF EXISTS counting.presence_spans;
CREATE TABLE counting.presence_spans AS
WITH
  doubtful AS (SELECT entity, procedure, stretch FROM counting.firsts WHERE doubtful),
  versions AS (
    SELECT entity, procedure, month, since, until FROM counting.dossier_spans WHERE entity <> province AND $facet
    UNION ALL
    SELECT province, procedure, month, since, until FROM counting.dossier_spans WHERE $facet
  ),
  followed AS (
    SELECT entity, procedure, stretch, since, until
    FROM versions JOIN counting.stretches USING (month) JOIN doubtful USING (entity, procedure, stretch)
  ),
  changes AS (
    SELECT entity, procedure, stretch, since AS tick, 1 AS step FROM followed
    UNION ALL SELECT entity, procedure, stretch, until, -1 FROM followed
  ),
  summed AS (
    SELECT entity, procedure, stretch, tick, sum(step) AS step FROM changes GROUP BY entity, procedure, stretch, tick
  ),
  states AS (
    SELECT
      entity, procedure, stretch, tick AS since,
      lead(tick, 1, $ticks) OVER by_time AS until, sum(step) OVER by_time > 0 AS is_there
    FROM summed
    WINDOW by_time AS (PARTITION BY entity, procedure, stretch ORDER BY tick)
  )
SELECT entity, procedure, stretch, CAST(first AS SMALLINT) AS since, CAST($ticks AS SMALLINT) AS until
FROM counting.firsts WHERE NOT doubtful
UNION ALL
SELECT entity, procedure, stretch, since, until FROM states WHERE is_there AND since < until;

INSERT INTO counting.presence_cells BY NAME
WITH
  meetings AS (
    SELECT
      entity, stretch, greatest(there.since, listed.since) AS since, least(there.until, listed.until) AS until, $columns
    FROM counting.presence_spans there JOIN counting.procedures_spans listed USING (entity, procedure)
    WHERE there.since < listed.until AND there.until > listed.since
  ),
  edges AS (
    SELECT entity, stretch, since AS tick, TRUE AS begins, $columns FROM meetings
    UNION ALL SELECT entity, stretch, until, FALSE, $columns FROM meetings WHERE until < $ticks
  ),
  counts AS (
    SELECT entity, stretch, tick, begins, $counts FROM edges GROUP BY entity, stretch, tick, begins
  )
SELECT entity, stretch, tick, $signed FROM counts;
