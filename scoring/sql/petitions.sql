-- Petitions: each version from its arrival until the next version of the same petition.
CREATE TABLE counting.petition_spans AS
WITH
  told AS (
    SELECT
      petitions.*,
      day.tick AS arrived,
      counting.day_of(received_at) AS received_on,
      CASE outcome WHEN 'refuse' THEN 2 WHEN 'ask_more' THEN 5 WHEN 'publish' THEN 2 ELSE 15 END AS term_days
    FROM petitions JOIN counting.days day ON day.day = petitions.arrived_week
    WHERE arrived_week <= DATE '$last_week'
  ),
  due AS (
    SELECT
      told.*,
      lead(arrived, 1, $ticks) OVER (PARTITION BY petition_code ORDER BY arrived_week, place, source_row) AS until,
      -- the term ends with the day: a microsecond before the next one
      coalesce(due_at, CAST(term.day + 1 AS TIMESTAMP) - INTERVAL 7 HOUR - INTERVAL 1 MICROSECOND) AS due
    FROM told
    JOIN counting.days received ON received.day = told.received_on
    LEFT JOIN counting.days term
      ON term.is_working AND term.working = received.working + told.term_days
  )
SELECT
  entity, unit_code, hash(dossier_code) AS dossier, dossier_code IS NOT NULL AS about_dossier,
  arrived AS since, until, day.tick AS seen_due,
  CASE WHEN answered_at IS NULL THEN day.tick WHEN answered_at <= due THEN $ticks ELSE 0 END AS late_from,
  $carried
FROM due petition
JOIN counting.entities USING (unit_code)
LEFT JOIN counting.days day ON day.day = counting.day_of(due)
WHERE arrived < until;

-- Spans of time in which a dossier has a petition or dislike, and those in which it has none, by the hash of its code.
CREATE TABLE counting.complaint_spans AS
WITH
  changes AS (
    SELECT dossier, since AS tick, 1 AS step FROM counting.petition_spans WHERE about_dossier
    UNION ALL SELECT dossier, until, -1 FROM counting.petition_spans WHERE about_dossier
    UNION ALL SELECT DISTINCT dossier, 0, 0 FROM counting.petition_spans WHERE about_dossier
  ),
  summed AS (SELECT dossier, tick, sum(step) AS step FROM changes GROUP BY dossier, tick)
SELECT
  dossier, tick AS since, lead(tick, 1, $ticks) OVER by_time AS until, sum(step) OVER by_time > 0 AS complained
FROM summed
WINDOW by_time AS (PARTITION BY dossier ORDER BY tick);
