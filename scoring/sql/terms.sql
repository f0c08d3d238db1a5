-- What the lists say of a procedure of a province, by time: the latest export that names it counts.
CREATE TABLE counting.procedure_spans AS
WITH
  told AS (
    SELECT
      province, procedure, arrived_week, any_value(tick) AS tick, max(term_days) AS term_days,
      arg_min(service_level, CASE service_level WHEN 'full' THEN 1 WHEN 'part' THEN 2 ELSE 3 END) AS service_level
    FROM procedures
    JOIN counting.entities USING (unit_code)
    JOIN counting.procedure_numbers USING (procedure_code)
    JOIN counting.days ON days.day = arrived_week
    WHERE arrived_week <= DATE '$last_week'
    GROUP BY province, procedure, arrived_week
  ),
  spans AS (
    SELECT
      province, procedure, tick AS since, term_days, service_level,
      lead(tick, 1, $ticks) OVER (PARTITION BY province, procedure ORDER BY arrived_week) AS until
    FROM told
  )
SELECT province, procedure, since, until, term_days, service_level FROM spans WHERE since < until
UNION ALL  -- before the first export nothing is known
SELECT province, procedure, 0, min(tick), NULL, NULL FROM told GROUP BY province, procedure HAVING min(tick) > 0;
