-- The house's own database is made by POSTGRES_DB; Dagster's stands beside it.
CREATE DATABASE dagster;
