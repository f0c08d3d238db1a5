{{ config(materialized='external', location=env_var('PEER_OUT') ~ '/quarantine.parquet') }}
SELECT week, source_row, unnest(broken) AS rule FROM {{ ref('stg_dossiers') }} WHERE len(broken) > 0
UNION ALL
SELECT week, source_row, 'dossiers.superseded_in_file' FROM {{ ref('superseded_dossiers') }}
UNION ALL
SELECT week, source_row, unnest(broken) AS rule FROM {{ ref('stg_procedures') }} WHERE len(broken) > 0
UNION ALL
SELECT week, source_row, 'procedures.superseded_in_file' FROM {{ ref('superseded_procedures') }}
UNION ALL
SELECT week, source_row, unnest(broken) AS rule FROM {{ ref('stg_petitions') }} WHERE len(broken) > 0
UNION ALL
SELECT week, source_row, 'petitions.superseded_in_file' FROM {{ ref('superseded_petitions') }}
UNION ALL
SELECT week, source_row, unnest(broken) AS rule FROM {{ ref('stg_units') }} WHERE len(broken) > 0
UNION ALL
SELECT week, source_row, 'units.superseded_in_file' FROM {{ ref('superseded_units') }}
