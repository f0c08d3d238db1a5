-- Timeliness of each dossier of $source at the instant $cut (methodology, section 3), for audits.
SELECT
  dossier_code, unit_code,
  due_at IS NOT NULL AS has_due,
  ended_at IS NOT NULL AS finished,
  CASE
    WHEN due_at IS NULL THEN 'no_due'
    WHEN supplement_count > 1 THEN 'late'
    WHEN ended_at - to_seconds(waiting_seconds) <= due_at THEN 'early_or_on_time'
    WHEN ended_at IS NOT NULL THEN 'late'
    ELSE 'unfinished'
  END AS class,
  CASE
    WHEN due_at IS NULL OR supplement_count > 1 THEN FALSE
    WHEN ended_at IS NOT NULL THEN ended_at - to_seconds(waiting_seconds) <= due_at
    ELSE coalesce(supplement_open_at, $cut) <= due_at
  END AS timely
FROM (SELECT *, coalesce(finished_at, returned_at, stopped_at) AS ended_at FROM $source)
WHERE accepted_at IS NOT NULL AND status <> 'not_accepted'
