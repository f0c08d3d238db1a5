-- The rows of dossiers of which something may have changed in a week: with a version or a petition in it, or, where a list
-- came in, a term that only a list tells. All versions of theirs are at hand then; a hash that two codes share brings more.
CREATE OR REPLACE TEMP TABLE touched_codes AS
SELECT hash(dossier_code) AS dossier FROM all_dossiers WHERE arrived_week = DATE '$last_week'
UNION
SELECT hash(dossier_code) FROM petitions
WHERE dossier_code IS NOT NULL
  AND petition_code IN (SELECT petition_code FROM petitions WHERE arrived_week = DATE '$last_week')
$by_term;

CREATE OR REPLACE TEMP TABLE touched_rows AS
SELECT place, file_row_number FROM all_codes SEMI JOIN touched_codes USING (dossier);

CREATE OR REPLACE TEMP TABLE dossiers AS
SELECT $columns FROM all_dossiers SEMI JOIN touched_rows USING (place, file_row_number);
