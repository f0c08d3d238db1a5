-- What listed procedures add while they have a dossier, by stretch, at the one time it is read.
INSERT INTO counting.presence_cells BY NAME
WITH
  meetings AS (
    SELECT entity, stretch, (paid_mask >> stretch) & 1 = 1 AS is_paid, $columns
    FROM counting.there
    JOIN counting.procedures_spans USING (entity, procedure)
    JOIN (SELECT DISTINCT stretch FROM counting.stretches) stretches ON (any_mask >> stretch) & 1 = 1
  ),
  counts AS (SELECT entity, stretch, TRUE AS begins, $counts FROM meetings GROUP BY entity, stretch)
SELECT entity, stretch, 0 AS tick, $signed FROM counts;
