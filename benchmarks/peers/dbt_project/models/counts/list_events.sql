-- Both exports of the lists say the same, so the first stands for the year; month 0 = not bound to a month.
WITH lists AS (
  SELECT u, procedures.* FROM {{ ref('valid_procedures') }} procedures JOIN {{ ref('parents') }} parents USING (unit_code) WHERE week = DATE '{{ var("first_week") }}'
  UNION ALL
  SELECT p, procedures.* FROM {{ ref('valid_procedures') }} procedures JOIN {{ ref('parents') }} parents USING (unit_code) WHERE week = DATE '{{ var("first_week") }}'
  QUALIFY row_number() OVER (PARTITION BY p, procedure_code ORDER BY unit_code) = 1
)
SELECT u, 0 AS m, 0 AS t,
       count(*) FILTER (WHERE TRUE) AS listed,
       count(*) FILTER (WHERE service_level IN ('full', 'part')) AS offered,
       count(*) FILTER (WHERE fee_bearing) AS fee_bearing,
       count(*) FILTER (WHERE fee_bearing AND payment_offered) AS payable,
       count(*) FILTER (WHERE subject_person) AS person,
       count(*) FILTER (WHERE subject_person AND population_connected) AS connected,
       count(*) FILTER (WHERE content_complete IS NOT NULL) AS described,
       count(*) FILTER (WHERE content_complete) AS complete
FROM lists GROUP BY u
UNION ALL BY NAME
SELECT u, month(announced_on) AS m, {{ half_week('announced_on') }} AS t, count(*) AS announced,
       count(*) FILTER (WHERE effective.working - announced.working >= 5) AS early
FROM lists JOIN {{ ref('calendar') }} announced ON announced.day = announced_on JOIN {{ ref('calendar') }} effective ON effective.day = effective_on
GROUP BY ALL
UNION ALL BY NAME
SELECT u, month(due.day) AS m, {{ half_week('due.day') }} AS t, count(*) AS disclosable,
       count(*) FILTER (WHERE disclosed.working - announced.working <= 5) AS disclosed
FROM lists JOIN {{ ref('calendar') }} announced ON announced.day = announced_on
JOIN {{ ref('calendar') }} due ON due.is_working AND due.working = announced.working + 5
LEFT JOIN {{ ref('calendar') }} disclosed ON disclosed.day = disclosed_on
GROUP BY ALL
