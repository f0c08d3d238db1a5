{#- The row rules, by table: name to the condition that a bad row meets. Those in `setting_aside` keep a row from counting. -#}
{% macro row_rules(table) %}
{% set rules = {
  'dossiers': {
    'unit_missing': "unit_code IS NULL OR unit_code = ''",
    'unit_form': "NOT regexp_full_match(unit_code, 'H\\d{2}(\\.\\d{2,3}){0,2}')",
    'code_missing': "dossier_code IS NULL OR dossier_code = ''",
    'code_form': "NOT regexp_full_match(dossier_code, '(H\\d{2}(\\.\\d{2,3}){0,2}|\\d{3}\\.\\d{2}\\.\\d{2}\\.H\\d{2})-\\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\\d|3[01])-\\d{4}')",
    'procedure_form': "NOT regexp_full_match(procedure_code, '\\d\\.\\d{6}')",
    'province_unknown': "province_code IS NULL OR province_code NOT IN ('H01', 'H05', 'H12', 'H13', 'H14', 'H15', 'H17', 'H18', 'H19', 'H20', 'H21', 'H24', 'H26', 'H27', 'H29', 'H31', 'H32', 'H35', 'H36', 'H37', 'H38', 'H41', 'H42', 'H44', 'H48', 'H49', 'H50', 'H52', 'H53', 'H55', 'H56', 'H57', 'H60', 'H61')",
    'unit_of_other_province': "NOT starts_with(unit_code, province_code)",
    'filed_after_accepted': "filed_at > accepted_at",
    'due_before_accepted': "due_at < accepted_at",
    'ended_before_accepted': "least(finished_at, returned_at, stopped_at) < accepted_at",
    'accepted_after_week': "accepted_at >= week_end",
    'ended_after_week': "greatest(finished_at, returned_at, stopped_at) >= week_end",
    'done_without_end': "status IN ('done', 'returned') AND finished_at IS NULL AND returned_at IS NULL",
    'end_with_open_status': "status IN ('new', 'accepted', 'processing', 'supplement_asked', 'financial_duty') AND (finished_at IS NOT NULL OR returned_at IS NOT NULL)",
    'status_without_acceptance': "accepted_at IS NULL AND status IN ('accepted', 'processing', 'supplement_asked', 'financial_duty', 'done', 'returned')",
    'negative': "least(supplement_count, component_count, digitised_count, reused_count, from_store_count, fee_count, fee_total_vnd) < 0",
    'waiting_negative': "waiting_seconds < 0",
    'digitised_beyond_components': "digitised_count > component_count",
    'reused_beyond_components': "greatest(reused_count, from_store_count) > component_count",
    'returned_without_moment': "status = 'returned' AND returned_at IS NULL",
    'stopped_without_moment': "status IN ('withdrawn', 'stopped') AND stopped_at IS NULL",
    'done_though_stopped': "status IN ('done', 'returned') AND stopped_at IS NOT NULL AND finished_at IS NULL AND returned_at IS NULL",
    'done_though_waiting': "status IN ('done', 'returned') AND supplement_open_at IS NOT NULL AND finished_at IS NULL",
    'refused_though_accepted': "status = 'not_accepted' AND (accepted_at IS NOT NULL OR finished_at IS NOT NULL OR returned_at IS NOT NULL)",
    'new_though_accepted': "status = 'new' AND accepted_at IS NOT NULL",
    'stopped_with_open_status': "stopped_at IS NOT NULL AND status IN ('new', 'accepted', 'processing', 'supplement_asked', 'financial_duty')",
    'supplement_not_noted': "status = 'supplement_asked' AND supplement_open_at IS NULL",
    'supplements_repeated': "supplement_count > 1",
    'result_before_end': "has_result AND finished_at IS NULL AND returned_at IS NULL AND stopped_at IS NULL",
    'done_without_result': "status IN ('done', 'returned') AND NOT has_result",
    'digitised_flag': "declared_digitised <> (digitised_count > 0)",
    'paid_without_fee': "payment IN ('portal', 'gateway') AND (fee_total_vnd = 0 OR fee_count = 0)",
    'online_without_account': "channel = 'online' AND NOT vneid_verified",
    'filed_after_week': "filed_at >= week_end OR supplement_open_at >= week_end",
    'date_out_of_time': "least(filed_at, accepted_at, due_at, finished_at, returned_at, stopped_at) < '2000-01-01' OR due_at >= '2100-01-01'",
  },
  'procedures': {
    'unit_missing': "unit_code IS NULL OR unit_code = ''",
    'unit_form': "NOT regexp_full_match(unit_code, 'H\\d{2}(\\.\\d{2,3}){0,2}')",
    'code_missing': "procedure_code IS NULL OR procedure_code = ''",
    'code_form': "NOT regexp_full_match(procedure_code, '\\d\\.\\d{6}')",
    'disclosed_before_announced': "disclosed_on < announced_on",
    'term_negative': "term_days < 0",
    'disclosed_after_week': "disclosed_on >= week_end",
  },
  'petitions': {
    'unit_missing': "unit_code IS NULL OR unit_code = ''",
    'unit_form': "NOT regexp_full_match(unit_code, 'H\\d{2}(\\.\\d{2,3}){0,2}')",
    'code_missing': "petition_code IS NULL OR petition_code = ''",
    'received_missing': "received_at IS NULL",
    'answered_before_received': "answered_at < received_at",
    'after_week': "greatest(received_at, answered_at) >= week_end",
  },
  'units': {
    'unit_missing': "unit_code IS NULL OR unit_code = ''",
    'unit_form': "NOT regexp_full_match(unit_code, 'H\\d{2}(\\.\\d{2,3}){0,2}')",
    'name_missing': "unit_name IS NULL OR unit_name = ''",
    'negative': "least(reported_month, reported_quarter, reported_ytd, last_year_dossiers) < 0",
    'district': "regexp_full_match(lower(trim(unit_name)), '((ubnd|ủy ban nhân dân|uỷ ban nhân dân) +)?(huyện|quận|thị xã) .*')",
  },
} %}
{{ return(rules[table]) }}
{% endmacro %}

{% macro setting_aside(table) %}
{% set names = {
  'dossiers': ['unit_missing', 'code_missing', 'filed_after_accepted', 'ended_before_accepted', 'accepted_after_week', 'ended_after_week', 'negative', 'waiting_negative', 'digitised_beyond_components'],
  'procedures': ['unit_missing', 'code_missing', 'term_negative'],
  'petitions': ['unit_missing', 'code_missing', 'received_missing', 'answered_before_received', 'after_week'],
  'units': ['unit_missing', 'negative'],
} %}
{{ return(names[table]) }}
{% endmacro %}
