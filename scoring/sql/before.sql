-- What was said of the dossiers at hand before this week has been taken back: the tables are free for what is said now.
DROP TABLE counting.dossier_spans;
DROP TABLE counting.complaint_spans;
DROP TABLE counting.petition_spans;
