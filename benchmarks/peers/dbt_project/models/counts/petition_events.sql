WITH
  due AS (
    SELECT u, month(CAST(received_at AS DATE)) AS m, {{ half_week('week') }} AS s, lead({{ half_week('week') }}, 1, 104) OVER (PARTITION BY petition_code ORDER BY week) AS e, answered_at, disliked OR repeated AS bad, form,
           coalesce(due_at, {{ day_end('term.day') }}) AS due
    FROM {{ ref('valid_petitions') }} petitions JOIN {{ ref('parents') }} parents USING (unit_code) JOIN {{ ref('calendar') }} start ON start.day = CAST(received_at AS DATE)
    JOIN {{ ref('calendar') }} term ON term.is_working AND term.working = start.working + CASE outcome WHEN 'refuse' THEN 2 WHEN 'ask_more' THEN 5 WHEN 'publish' THEN 2 ELSE 15 END
  ),
  late AS (
    SELECT *, CASE WHEN answered_at IS NULL THEN {{ half_week('CAST(due AS DATE)') }} WHEN answered_at <= due THEN 104 ELSE 0 END AS late FROM due
  ),
  edges AS (
    SELECT u, m, s AS t, 1 AS petitions, CAST(s < late AS INTEGER) AS answered, CAST(s < late AND NOT bad AS INTEGER) AS pleased
    FROM late WHERE form = 'petition'
    UNION ALL SELECT u, m, e, -1, -CAST(e <= late AS INTEGER), -CAST(e <= late AND NOT bad AS INTEGER) FROM late WHERE form = 'petition' AND e < 104
    UNION ALL SELECT u, m, late, 0, -1, -CAST(NOT bad AS INTEGER) FROM late WHERE form = 'petition' AND late > s AND late < e
  )
SELECT u, m, t, sum(petitions) AS petitions, sum(answered) AS answered, sum(pleased) AS pleased FROM edges GROUP BY ALL
