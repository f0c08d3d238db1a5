-- The week before as it was kept, seen at the cuts of this week; cells and moves hold what changed since. Units, procedures and
-- times had other numbers then.
CREATE TABLE counting.kept_numbers AS
SELECT kept.entity AS kept_entity, entities.entity, province
FROM kept_entities kept JOIN counting.entities USING (unit_code);

CREATE TABLE counting.kept_procedure_numbers AS
SELECT kept.procedure AS kept_procedure, numbers.procedure
FROM kept_procedures kept JOIN counting.procedure_numbers numbers USING (procedure_code);

CREATE TABLE counting.kept_ticks AS
SELECT
  kept.tick AS kept_tick, CAST(count(cuts.cut_on) AS SMALLINT) AS tick,
  kept.tick = (SELECT min(tick) FROM kept_cuts) AS is_now
FROM kept_cuts kept LEFT JOIN counting.cuts ON cuts.cut_on < kept.cut_on
GROUP BY kept.tick;

INSERT INTO counting.cells BY NAME
SELECT numbers.entity, month, ticks.tick $words
FROM kept_cells kept
JOIN counting.kept_numbers numbers ON kept_entity = kept.entity
JOIN counting.kept_ticks ticks ON kept_tick = kept.tick;

-- A place of which something changed is added up anew; the others stay as they are. What was to come when it was kept has a
-- place of its own there and may share one here: it counts among the changes.
CREATE TABLE counting.live AS
WITH
  kept AS (
    SELECT numbers.entity, procedures.procedure, month, ticks.tick, is_now, dossiers, paid
    FROM kept_live kept
    JOIN counting.kept_numbers numbers ON kept_entity = kept.entity
    JOIN counting.kept_procedure_numbers procedures ON kept_procedure = kept.procedure
    JOIN counting.kept_ticks ticks ON kept_tick = kept.tick
  ),
  changes AS (
    SELECT entity, procedure, month, tick, dossiers, paid FROM counting.moves
    UNION ALL
    SELECT entity, procedure, month, tick, dossiers, paid FROM kept WHERE NOT is_now
  ),
  changed AS (
    SELECT entity, procedure, month, tick, sum(dossiers) AS dossiers, sum(paid) AS paid
    FROM changes GROUP BY entity, procedure, month, tick
    HAVING sum(dossiers) <> 0 OR sum(paid) <> 0
  ),
  stood AS (SELECT * FROM kept WHERE is_now)
SELECT
  entity, procedure, month, tick,
  CAST(coalesce(stood.dossiers, 0) + coalesce(changed.dossiers, 0) AS INTEGER) AS dossiers,
  CAST(coalesce(stood.paid, 0) + coalesce(changed.paid, 0) AS INTEGER) AS paid
FROM stood FULL JOIN changed USING (entity, procedure, month, tick)
WHERE coalesce(stood.dossiers, 0) + coalesce(changed.dossiers, 0) <> 0;

-- Each stretch is read once, so all that matters is whether a dossier is there then: a bit a stretch.
CREATE TABLE counting.there AS
WITH
  reads AS (
    SELECT DISTINCT steps.month, cuts.tick, steps.stretch
    FROM counting.steps JOIN counting.cuts ON cuts.tick <= steps.reading
    WHERE steps.month <> $always
  ),
  masks AS (SELECT month, tick, CAST(sum(1 << stretch) AS INTEGER) AS mask FROM reads GROUP BY month, tick),
  of_units AS (
    SELECT entity, procedure, bit_or(mask) AS any_mask, bit_or(CASE WHEN paid > 0 THEN mask ELSE 0 END) AS paid_mask
    FROM counting.live JOIN masks USING (month, tick)
    GROUP BY entity, procedure
  ),
  placed AS (SELECT of_units.*, province FROM of_units JOIN counting.entities USING (entity))
SELECT entity, procedure, any_mask, paid_mask FROM placed WHERE entity <> province
UNION ALL
SELECT province, procedure, bit_or(any_mask), bit_or(paid_mask) FROM placed GROUP BY province, procedure;
