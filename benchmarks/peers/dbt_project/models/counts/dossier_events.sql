-- What dossiers add and take away, by unit, month of acceptance and half week.
WITH edges AS (
  SELECT s AS t, 1 AS sign, s < late AS timely, s >= complained AS disliked, * FROM {{ ref('spans') }} spans
  UNION ALL SELECT e, -1, e <= late, e > complained, * FROM {{ ref('spans') }} spans WHERE e < 104
  UNION ALL SELECT late, -1, TRUE, late > complained, * FROM {{ ref('spans') }} spans WHERE late > s AND late < e
  UNION ALL SELECT late, 1, FALSE, late > complained, * FROM {{ ref('spans') }} spans WHERE late > s AND late < e
  UNION ALL SELECT complained, -1, complained < late, FALSE, * FROM {{ ref('spans') }} spans WHERE complained > s AND complained < e
  UNION ALL SELECT complained, 1, complained < late, TRUE, * FROM {{ ref('spans') }} spans WHERE complained > s AND complained < e
)
SELECT u, m, t, sign * count(*) AS received,
       sign * count(*) FILTER (WHERE timely) AS timely,
       sign * count(*) FILTER (WHERE channel = 'online') AS online,
       sign * count(*) FILTER (WHERE fee_total_vnd > 0) AS fee,
       sign * count(*) FILTER (WHERE fee_total_vnd > 0 AND paid) AS paid,
       sign * count(*) FILTER (WHERE timely AND NOT disliked) AS content,
       sign * count(*) FILTER (WHERE has_result) AS result,
       sign * count(*) FILTER (WHERE digitised_count > 0 AND has_result) AS digitised,
       sign * count(*) FILTER (WHERE reused_count > 0) AS reused,
       sign * count(*) FILTER (WHERE from_store_count > 0 OR sent_to_store) AS shared,
       sign * count(*) FILTER (WHERE vneid_verified OR from_store_count > 0 OR population_link) AS linked
FROM edges GROUP BY u, m, t, sign
