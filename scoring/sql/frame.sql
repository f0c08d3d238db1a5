-- The time frame: what each Vietnamese day is called, where events are first seen, and when weeks are read.
CREATE TABLE counting.days AS
WITH
  cuts AS (SELECT CAST(unnest(string_split('$cut_days', ' ')) AS DATE) AS day),
  closed AS (SELECT CAST(unnest(string_split('$days_off', ' ')) AS DATE) AS day),
  worked AS (SELECT CAST(unnest(string_split('$worked_weekends', ' ')) AS DATE) AS day),
  named AS (
    SELECT
      CAST(day AS DATE) AS day,
      (isodow(day) < 6 AND day NOT IN (SELECT day FROM closed)) OR day IN (SELECT day FROM worked) AS is_working,
      day IN (SELECT day FROM cuts) AS is_cut
    FROM range(DATE '$first_day', DATE '$last_day' + 1, INTERVAL 1 DAY) every(day)
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
