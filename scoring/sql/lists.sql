-- A table that each export lists anew ($table): every row with the time for which its list is the latest of its unit.
-- A list speaks for all units under its root (VN, a province, a unit); of two in one week the narrower root counts.
CREATE TABLE counting.${table}_lists AS
WITH
  told AS (
    SELECT
      export_id, arrived_week,
      CASE
        WHEN min(unit_code) = max(unit_code) THEN min(unit_code)
        WHEN min(split_part(unit_code, '.', 1)) = max(split_part(unit_code, '.', 1)) THEN min(split_part(unit_code, '.', 1))
        ELSE 'VN'
      END AS root
    FROM $table
    WHERE arrived_week <= DATE '$last_week'
    GROUP BY export_id, arrived_week
  )
SELECT export_id, coalesce(week, arrived_week) AS arrived_week, coalesce(scope, root) AS root
FROM told
FULL JOIN (SELECT * FROM arrivals WHERE kind = '$table' AND week <= DATE '$last_week') named USING (export_id);

CREATE TABLE counting.${table}_coverage AS
WITH
  lists AS (SELECT DISTINCT root, arrived_week FROM counting.${table}_lists),
  covered AS (
    SELECT entity, root, arrived_week, tick, CASE root WHEN 'VN' THEN 0 WHEN province_code THEN 1 ELSE 2 END AS closeness
    FROM lists
    JOIN counting.entities ON root IN ('VN', province_code, unit_code)
    JOIN counting.days ON days.day = arrived_week
  )
SELECT
  entity, root, arrived_week, tick AS since,
  lead(tick, 1, $ticks) OVER (PARTITION BY entity ORDER BY arrived_week, closeness) AS until
FROM covered
QUALIFY since < until;

CREATE TABLE counting.${table}_spans AS
SELECT entity, province, $key since, until, $columns
FROM $table
JOIN counting.entities USING (unit_code)
JOIN counting.${table}_lists lists USING (export_id, arrived_week)
JOIN counting.${table}_coverage coverage USING (entity, root, arrived_week)
$joins
QUALIFY row_number() OVER (PARTITION BY entity, $key since ORDER BY place DESC, source_row DESC) = 1;
