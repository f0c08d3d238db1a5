-- What the next week is counted from, while cells hold nothing but dossiers yet. What is over stands at the last cut that was read.
CREATE TABLE counting.kept_cells AS
SELECT entity, month, CAST(greatest(tick, $now) AS SMALLINT) AS tick $sums
FROM counting.cells
GROUP BY entity, month, greatest(tick, $now)
HAVING $any_left;

CREATE VIEW counting.kept_live AS
SELECT entity, procedure, month, CAST(greatest(tick, $now) AS SMALLINT) AS tick $live
FROM counting.live $together;

CREATE VIEW counting.kept_cuts AS SELECT tick, cut_on FROM counting.cuts WHERE tick >= $now;

CREATE VIEW counting.kept_entities AS
SELECT entity, unit_code, first_week
FROM (SELECT entity, unit_code FROM counting.entities)
LEFT JOIN (SELECT unit_code, first_week FROM counting.sightings WHERE source = 'dossiers') seen USING (unit_code);

CREATE VIEW counting.kept_procedures AS SELECT procedure, procedure_code FROM counting.procedure_numbers;
