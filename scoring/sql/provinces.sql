-- A province counts its own totals: the sum over its units.
INSERT INTO counting.cells BY NAME
SELECT province AS entity, month, tick, $sums
FROM counting.cells JOIN counting.entities USING (entity)
WHERE province <> entity
GROUP BY province, month, tick;
