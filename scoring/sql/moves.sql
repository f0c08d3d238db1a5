-- Where dossiers came to be ($sign) with the versions at hand, as they are at the end.
INSERT INTO counting.moves BY NAME
SELECT
  entity, procedure, month, since AS tick,
  $sign * count(*) AS dossiers, $sign * count(*) FILTER (WHERE paid_online) AS paid
FROM counting.dossier_spans
WHERE until = $ticks AND procedure IS NOT NULL
GROUP BY entity, procedure, month, since;
