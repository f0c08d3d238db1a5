-- Dossiers, each version from its arrival until the next one's, cut where a list or a complaint changes what is known.
-- late_from: the first tick at which the dossier is late; $ticks = never, 0 = from the beginning, NULL = no due date known.
CREATE TABLE counting.dossier_spans AS
WITH
  told AS (
    SELECT
      dossiers.*,
      coalesce(finished_at, returned_at, stopped_at) AS ended_at,
      entity, province, procedure,
      arrived.tick AS arrived,
      greatest(arrived.tick, accepted.tick) AS since,
      CASE WHEN status <> 'not_accepted' THEN accepted.month END AS accepted_month,
      due_at IS NULL AND supplement_count <= 1 AS by_term
    FROM dossiers
    JOIN counting.entities USING (unit_code)
    LEFT JOIN counting.procedure_numbers USING (procedure_code)
    JOIN counting.days arrived ON arrived.day = arrived_week
    LEFT JOIN counting.days accepted ON accepted.day = counting.day_of(accepted_at)
    WHERE arrived_week <= DATE '$last_week'
  ),
  versions AS (
    SELECT
      -- 64 bits of the code stand for it: half the memory of the text, one chance in 100,000 of any clash in a nation's year
      hash(dossier_code) AS dossier,
      arrived_week, place, source_row,
      entity, province, procedure, accepted_month AS month, since, arrived,
      CASE
        WHEN supplement_count > 1 THEN 0
        WHEN due_at IS NULL THEN NULL
        WHEN ended_at IS NOT NULL THEN CASE WHEN ended_at - to_seconds(waiting_seconds) <= due_at THEN $ticks ELSE 0 END
        WHEN supplement_open_at IS NOT NULL THEN CASE WHEN supplement_open_at <= due_at THEN $ticks ELSE 0 END
        ELSE due.tick
      END AS late_from,
      -- without a due date: the day of acceptance, and the working days the term must have at least (NULL: unfinished)
      CASE WHEN by_term THEN counting.day_of(accepted_at) END AS term_from,
      CASE
        WHEN NOT by_term OR coalesce(ended_at, supplement_open_at) IS NULL THEN NULL
        WHEN reached.day <= counting.day_of(accepted_at) THEN 0
        ELSE reached.working + CAST(NOT reached.is_working AS INTEGER)
      END AS reached_working,
      CASE WHEN by_term THEN waiting_seconds END AS waiting_seconds,
      -- where and from when the dossier is counted, and in the last bit whether it was paid online
      (hash(entity, procedure, accepted_month, nullif(since, arrived)) >> 1) * 2 + CAST($paid_online AS UTINYINT) AS spot
      $carried
      $measures
    FROM told
    LEFT JOIN counting.days due ON due.day = counting.day_of(due_at)
    LEFT JOIN counting.days reached ON reached.day = CASE
      WHEN by_term THEN counting.day_of(coalesce(ended_at, supplement_open_at) - to_seconds(waiting_seconds)) END
  ),
  spans AS (
    SELECT
      * EXCLUDE (spot, arrived, arrived_week, place, source_row),
      lead(arrived, 1, $ticks) OVER by_time AS until,
      (spot & 1) = 1 AS paid_online,
      lead(spot >> 1, 1, spot >> 1) OVER by_time <> spot >> 1 AS leaves,
      (spot & 1) = 1 AND lead(spot, 1, spot) OVER by_time <> spot AS leaves_paid
    FROM versions
    -- the last row of a week counts: a row with a later one in its week lasts no time at all
    WINDOW by_time AS (PARTITION BY dossier ORDER BY arrived_week, place, source_row)
  )
SELECT
  span.entity, span.province, span.procedure, span.month,
  CAST(greatest(span.since, complaint.since, listed.since) AS SMALLINT) AS since,
  CAST(least(span.until, complaint.until, listed.until) AS SMALLINT) AS until,
  paid_online,
  leaves AND span.until = least(span.until, complaint.until, listed.until) AS leaves,
  leaves_paid AND span.until = least(span.until, complaint.until, listed.until) AS leaves_paid,
  CAST(CASE
    WHEN term_from IS NULL THEN late_from
    WHEN listed.term_days IS NULL THEN NULL
    WHEN reached_working IS NOT NULL THEN
      CASE WHEN reached_working <= CASE WHEN listed.term_days > 0 THEN from_day.working + listed.term_days ELSE 0 END
           THEN $ticks ELSE 0 END
    ELSE end_day.tick
  END AS SMALLINT) AS late_from,
  coalesce(complained, FALSE) AS complained
  $service_level
  $kept
FROM spans span
LEFT JOIN counting.complaint_spans complaint
  ON complaint.dossier = span.dossier AND complaint.since < span.until AND complaint.until > span.since
LEFT JOIN counting.procedure_spans listed
  ON listed.province = span.province AND listed.procedure = CASE WHEN $needs_list THEN span.procedure END
  AND listed.since < span.until AND listed.until > span.since
LEFT JOIN counting.days from_day ON from_day.day = term_from
LEFT JOIN counting.days term_day ON term_day.is_working AND term_day.working = least(from_day.working + listed.term_days, $last_working)
LEFT JOIN counting.days end_day ON end_day.day = counting.day_of(
  CAST(greatest(term_day.day, term_from) + 1 AS TIMESTAMP) - INTERVAL 7 HOUR - INTERVAL 1 MICROSECOND
  + to_seconds(waiting_seconds))
WHERE span.since < span.until AND span.month BETWEEN $first_month AND $last_month
  -- a time of complaint and a time of a list that both meet the span need not meet each other
  AND greatest(span.since, complaint.since, listed.since) < least(span.until, complaint.until, listed.until);
