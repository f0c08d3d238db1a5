SELECT u, 0 AS m, 0 AS t, count(*) FILTER (WHERE level = 'commune' AND certified_copy IS NOT NULL) AS communes,
       count(*) FILTER (WHERE level = 'commune' AND certified_copy) AS copies
FROM {{ ref('valid_units') }} units JOIN {{ ref('parents') }} parents USING (unit_code) WHERE week = DATE '{{ var("first_week") }}' GROUP BY u
