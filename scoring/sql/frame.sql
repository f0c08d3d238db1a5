-- The time frame: what each Vietnamese day is called, where events are first seen, and when weeks are read.
CREATE TABLE counting.days AS
WITH
  cuts(day) AS (VALUES $cut_days),
  closed(day) AS (VALUES $days_off),
  worked(day) AS (VALUES $worked_weekends),
  named AS (
    SELECT
      CAST(day AS DATE) AS day,
      (isodow(day) < 6 AND day NOT IN (SELECT day FROM closed)) OR day IN (SELECT day FROM worked) AS is_working
    FROM range(DATE '$first_day', DATE '$last_day' + 1, INTERVAL 1 DAY) every(day)
  )
SELECT
  day,
  CAST(year(day) * 12 + month(day) - 1 AS INTEGER) AS month,
  CAST((SELECT count(*) FROM cuts WHERE cuts.day <= named.day) AS SMALLINT) AS tick,
  is_working,
  CAST(count(*) FILTER (WHERE is_working) OVER (ORDER BY day) AS INTEGER) AS working  -- working days so far
FROM named;

-- The day an instant (naive UTC) falls in; beyond the calendar, its nearest end.
CREATE MACRO counting.day_of(instant) AS
  least(greatest(CAST(instant + INTERVAL 7 HOUR AS DATE), DATE '$first_day'), DATE '$last_day');

CREATE TABLE counting.steps AS
SELECT * FROM (VALUES $steps) rows(month, tick, stretch, reading);

CREATE TABLE counting.stretches AS
SELECT DISTINCT month, stretch FROM counting.steps WHERE month <> $always;

CREATE TABLE counting.readings AS
SELECT * FROM (VALUES $readings) rows(week, period_kind, ruleset, stretch, tick);
