-- The time frame: what each Vietnamese day is called, where events are first seen, and when weeks are read.
CREATE TABLE counting.days AS
WITH
  midnights AS (SELECT unnest(generate_series(DATE '$first_day', DATE '$last_day', INTERVAL 1 DAY)) AS midnight),
  days AS (SELECT CAST(midnight AS DATE) AS day FROM midnights),
  named AS (
    SELECT
      day,
      (isodow(day) < 6 AND closed_on IS NULL) OR worked_on IS NOT NULL AS is_working,
      cut_on IS NOT NULL AS is_cut
    FROM days
    LEFT JOIN (VALUES $cut_days) cuts(cut_on) ON cut_on = day
    LEFT JOIN (VALUES $days_off) closed(closed_on) ON closed_on = day
    LEFT JOIN (VALUES $worked_weekends) worked(worked_on) ON worked_on = day
  )
SELECT
  day,
  CAST(year(day) * 12 + month(day) - 1 AS INTEGER) AS month,
  CAST(sum(CAST(is_cut AS INTEGER)) OVER so_far AS SMALLINT) AS tick,  -- cuts up to this day
  is_working,
  CAST(sum(CAST(is_working AS INTEGER)) OVER so_far AS INTEGER) AS working  -- working days up to this day
FROM named
WINDOW so_far AS (ORDER BY day ROWS UNBOUNDED PRECEDING);

-- The day an instant (naive UTC) falls in; beyond the calendar, its nearest end.
CREATE MACRO counting.day_of(instant) AS
  least(greatest(CAST(instant + INTERVAL 7 HOUR AS DATE), DATE '$first_day'), DATE '$last_day');

CREATE TABLE counting.steps AS
SELECT * FROM (VALUES $steps) rows(month, tick, stretch, reading);

CREATE TABLE counting.stretches AS
SELECT DISTINCT month, stretch FROM counting.steps WHERE month <> $always;

CREATE TABLE counting.readings AS
SELECT * FROM (VALUES $readings) rows(week, period_kind, ruleset, stretch, tick);
