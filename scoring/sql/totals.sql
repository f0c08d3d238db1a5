-- Events added up over time and over the months of each stretch: one row a unit and reading, a column a condition.
CREATE TABLE counting.totals AS
WITH
  seen AS (
    SELECT entity, steps.stretch, reading AS tick, $words FROM counting.cells JOIN counting.steps USING (month, tick)
    UNION ALL
    SELECT entity, steps.stretch, reading AS tick, $words
    FROM counting.presence_cells cells JOIN counting.steps
      ON steps.month = $always AND steps.stretch = cells.stretch AND steps.tick = cells.tick
  ),
  summed AS (SELECT entity, stretch, tick, $sums FROM seen GROUP BY entity, stretch, tick),
  grid AS (
    SELECT entity, province, readings.*
    FROM counting.entities JOIN counting.readings ON readings.tick >= entities.seen
  ),
  so_far AS (
    SELECT grid.*, $running
    FROM grid LEFT JOIN summed USING (entity, stretch, tick)
    WINDOW so_far AS (PARTITION BY entity, stretch ORDER BY tick ROWS UNBOUNDED PRECEDING)
  )
SELECT * EXCLUDE ($words), $measures FROM so_far;
