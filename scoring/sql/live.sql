-- Where there are dossiers now, and how many: those of the latest versions, by unit, procedure and month of acceptance.
CREATE TABLE counting.live AS
SELECT
  entity, procedure, month, CAST(greatest(since, $now) AS SMALLINT) AS tick,
  CAST(count(*) AS INTEGER) AS dossiers, CAST(count(*) FILTER (WHERE paid_online) AS INTEGER) AS paid
FROM counting.dossier_spans
WHERE until = $ticks AND procedure IS NOT NULL
GROUP BY entity, procedure, month, greatest(since, $now);
