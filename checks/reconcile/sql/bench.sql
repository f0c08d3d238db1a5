-- The dossiers behind some differences, as of a week: state = the latest version that has arrived.
-- Parameters: files, petitions, monday, first_day, last_day, cut. `reconciling.examined` is there already.
CREATE TABLE reconciling.versions AS
WITH
  told AS (SELECT *, file_index AS place FROM read_parquet($files) WHERE arrived_week <= DATE '$monday'),
  units AS (SELECT DISTINCT unit_code FROM told),
  near AS (
    SELECT DISTINCT units.unit_code
    FROM units JOIN reconciling.examined one
      ON one.unit_code IN (units.unit_code, left(units.unit_code, 3))
      OR starts_with(units.unit_code, one.unit_code || '.')
      OR (len(units.unit_code) > 3 AND starts_with(one.unit_code, units.unit_code || '.'))
  ),
  wanted AS (SELECT DISTINCT dossier_code FROM told WHERE unit_code IN (SELECT unit_code FROM near))
SELECT *, coalesce(finished_at, returned_at, stopped_at) AS ended_at
FROM told
WHERE dossier_code IN (SELECT dossier_code FROM wanted)
QUALIFY row_number() OVER (PARTITION BY dossier_code, arrived_week ORDER BY place DESC, source_row DESC) = 1;

CREATE TABLE reconciling.state AS
WITH
  latest AS (
    SELECT * FROM reconciling.versions
    QUALIFY row_number() OVER (PARTITION BY dossier_code ORDER BY arrived_week DESC) = 1
  ),
  -- the last week in which a dossier had ended and still had no result
  without AS (
    SELECT dossier_code, max(arrived_week) AS week FROM reconciling.versions
    WHERE ended_at IS NOT NULL AND NOT has_result GROUP BY dossier_code
  ),
  attached AS (
    SELECT version.dossier_code, min(version.arrived_week) AS week
    FROM reconciling.versions version JOIN without USING (dossier_code)
    WHERE version.has_result AND version.arrived_week > without.week
    GROUP BY version.dossier_code
  ),
  complaints AS (SELECT DISTINCT dossier_code FROM $petitions WHERE arrived_week <= DATE '$monday'),
  timed AS (
    SELECT
      latest.*,
      complaints.dossier_code IS NOT NULL AS complained,
      attached.week AS result_week,
      CASE
        WHEN supplement_count > 1 THEN FALSE
        WHEN due_at IS NULL THEN NULL
        WHEN ended_at IS NOT NULL THEN ended_at - to_seconds(waiting_seconds) <= due_at
        ELSE coalesce(supplement_open_at, TIMESTAMP '$cut') <= due_at
      END AS in_time
    FROM latest
    LEFT JOIN attached USING (dossier_code)
    LEFT JOIN complaints USING (dossier_code)
    WHERE status <> 'not_accepted' AND accepted_at < TIMESTAMP '$cut'
      AND CAST(accepted_at + INTERVAL 7 HOUR AS DATE) BETWEEN DATE '$first_day' AND DATE '$last_day'
  )
SELECT
  * EXCLUDE (in_time, place),
  coalesce(in_time, FALSE) AS timely,
  coalesce(NOT in_time, FALSE) AS overdue,
  NULL::VARCHAR AS service_level,
  CAST(accepted_at + INTERVAL 7 HOUR AS DATE) AS accepted_day,
  CAST(ended_at + INTERVAL 7 HOUR AS DATE) AS closed_day,
  -- A result that came after the end is known by the week of its arrival only: somewhere between these two.
  coalesce(CAST(result_week AS TIMESTAMP) - INTERVAL 7 HOUR, ended_at) AS result_from,
  coalesce(CAST(result_week + 7 AS TIMESTAMP) - INTERVAL 7 HOUR, ended_at) AS result_to
FROM timed;
