-- The day of each tick: a time that is kept beyond this count is kept as such a day.
CREATE TABLE counting.cuts AS SELECT CAST(tick AS SMALLINT) AS tick, cut_on FROM (VALUES $cuts) rows(tick, cut_on);
