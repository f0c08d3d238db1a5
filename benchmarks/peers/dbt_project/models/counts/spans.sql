-- Every version from its week to the next one's; `late` is the half week in which it becomes late.
WITH
  terms AS (
    SELECT p, procedure_code, max(term_days) AS term_days FROM {{ ref('valid_procedures') }} procedures JOIN {{ ref('parents') }} parents USING (unit_code)
    WHERE week = DATE '{{ var("first_week") }}' GROUP BY ALL
  ),
  complaints AS (
    SELECT dossier_code, min({{ half_week('week') }}) AS complained FROM {{ ref('valid_petitions') }} petitions WHERE dossier_code IS NOT NULL GROUP BY ALL
  ),
  told AS (
    SELECT dossiers.*, u, parents.p, procedure, coalesce(finished_at, returned_at, stopped_at) AS ended_at,
           CAST(accepted_at AS DATE) AS accepted_on, term_days, {{ half_week('week') }} AS arrived,
           payment IN ('portal', 'gateway') AS paid, coalesce(complained, 104) AS complained
    FROM {{ ref('valid_dossiers') }} dossiers JOIN {{ ref('parents') }} parents USING (unit_code) LEFT JOIN {{ ref('titles') }} titles USING (procedure_code)
    LEFT JOIN terms ON due_at IS NULL AND terms.p = parents.p AND terms.procedure_code = dossiers.procedure_code
    LEFT JOIN complaints USING (dossier_code)
  ),
  dated AS (
    SELECT told.*, coalesce(due_at, {{ day_end('greatest(term.day, accepted_on)') }}
             + CASE WHEN ended_at IS NULL THEN to_seconds(waiting_seconds) ELSE INTERVAL 0 SECOND END) AS due
    FROM told LEFT JOIN {{ ref('calendar') }} start ON told.term_days IS NOT NULL AND start.day = accepted_on
    LEFT JOIN {{ ref('calendar') }} term ON term.is_working AND term.working = start.working + term_days
  )
SELECT
  u, p, procedure, CASE WHEN status <> 'not_accepted' THEN CAST(month(accepted_on) AS UTINYINT) END AS m, complained,
  greatest(arrived, {{ half_week('accepted_on') }}) AS s, lead(arrived, 1, 104) OVER v AS e,
  CASE WHEN supplement_count > 1 THEN 0 WHEN due IS NULL THEN 0
       WHEN ended_at IS NOT NULL THEN CASE WHEN ended_at - to_seconds(waiting_seconds) <= due THEN 104 ELSE 0 END
       WHEN supplement_open_at IS NOT NULL THEN CASE WHEN supplement_open_at <= due THEN 104 ELSE 0 END
       ELSE {{ half_week('CAST(due AS DATE)') }} END AS late,
  channel, fee_total_vnd, paid, has_result, digitised_count, reused_count, from_store_count, sent_to_store, vneid_verified,
  population_link,
  lead(u * 10000 + procedure, 1, u * 10000 + procedure) OVER v <> u * 10000 + procedure AS moves, lead(paid, 1, paid) OVER v AS stays_paid
FROM dated WINDOW v AS (PARTITION BY dossier_code ORDER BY week)
