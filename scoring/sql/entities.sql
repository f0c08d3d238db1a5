-- Units and procedures by number, and the tick at which each unit and each province's feed is first seen.
CREATE TABLE counting.sightings AS
SELECT source, unit_code, min(arrived_week) AS first_week
FROM (
  SELECT 'dossiers' AS source, unit_code, min(arrived_week) AS arrived_week FROM dossiers GROUP BY unit_code
  UNION ALL SELECT 'procedures', unit_code, min(arrived_week) FROM procedures GROUP BY unit_code
  UNION ALL SELECT 'petitions', unit_code, min(arrived_week) FROM petitions GROUP BY unit_code
  UNION ALL SELECT 'units', unit_code, min(arrived_week) FROM units GROUP BY unit_code
  $kept_sightings
)
WHERE arrived_week <= DATE '$last_week'
GROUP BY source, unit_code;

CREATE TABLE counting.entities AS
WITH
  seen AS (SELECT unit_code, min(first_week) AS first_week FROM counting.sightings GROUP BY unit_code),
  places AS (
    SELECT unit_code, first_week FROM seen
    UNION ALL
    SELECT split_part(unit_code, '.', 1), first_week FROM seen
  ),
  numbered AS (
    SELECT
      CAST(row_number() OVER (ORDER BY unit_code) AS INTEGER) AS entity,
      unit_code,
      split_part(unit_code, '.', 1) AS province_code,
      min(first_week) AS first_week
    FROM places
    GROUP BY unit_code
  )
SELECT own.entity, own.unit_code, own.province_code, own.first_week, province.entity AS province, days.tick AS seen
FROM numbered own
JOIN numbered province ON province.unit_code = own.province_code
LEFT JOIN counting.days ON days.day = own.first_week;

-- A feed of a province is there from its first export on, be the export empty.
CREATE TABLE counting.feeds AS
WITH
  told AS (
    SELECT source, split_part(unit_code, '.', 1) AS province_code, first_week FROM counting.sightings
    UNION ALL
    SELECT kind, split_part(scope, '.', 1), week FROM arrivals WHERE scope <> 'VN'
    UNION ALL
    SELECT kind, province_code, week FROM arrivals, (SELECT DISTINCT province_code FROM counting.entities)
    WHERE scope = 'VN'
  )
SELECT source, entity AS province, min(tick) AS seen
FROM told
JOIN counting.entities ON entities.unit_code = told.province_code
JOIN counting.days ON days.day = told.first_week
GROUP BY source, entity;

CREATE TABLE counting.procedure_numbers AS
SELECT CAST(row_number() OVER (ORDER BY procedure_code) AS INTEGER) AS procedure, procedure_code
FROM (SELECT procedure_code FROM dossiers UNION SELECT procedure_code FROM procedures $kept_procedures)
WHERE procedure_code IS NOT NULL;

CREATE TABLE counting.cells (entity INTEGER, month INTEGER, tick SMALLINT, $words);
CREATE TABLE counting.presence_cells (entity INTEGER, stretch INTEGER, tick SMALLINT, $words);
