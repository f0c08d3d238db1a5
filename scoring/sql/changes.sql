-- Where dossiers came to be and where they no longer are, as moves.sql finds it.
CREATE TABLE counting.moves (
  entity INTEGER, procedure INTEGER, month INTEGER, tick SMALLINT, dossiers BIGINT, paid BIGINT
);
