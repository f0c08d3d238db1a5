-- Signed events: what the spans of a table add when they begin, take away when they end, and change when a due date passes.
INSERT INTO counting.cells BY NAME
WITH
  spans AS ($spans),
  edges AS (
    SELECT since AS tick, TRUE AS begins, $at_begin * FROM spans
    UNION ALL
    SELECT until, FALSE, $at_end * FROM spans WHERE until < $ticks
    $at_due
  ),
  counts AS (
    SELECT entity, month, tick, begins, $counts FROM edges GROUP BY entity, month, tick, begins
  )
SELECT entity, month, tick, $signed FROM counts;
