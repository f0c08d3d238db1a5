-- A second opinion: the indicators of Bắc Ninh in a week, counted from the exported files alone, year to date.
-- $week 2025-W41, $cut the first moment after it (local), $procedures, $petitions, $units: files of the week.
WITH state AS (
    SELECT *, try_strptime(NgayHenTra, '%Y%m%d%H%M%S') AS due,
        coalesce(try_strptime(nullif(NgayKetThucXuLy, ''), '%Y%m%d%H%M%S'), try_strptime(nullif(NgayTra, ''), '%Y%m%d%H%M%S'),
                 try_strptime(nullif(NgayTuChoi, ''), '%Y%m%d%H%M%S')) AS ended,
        list_filter(DanhSachHoSoBoSung, lambda one: one.NgayTiepNhanBoSung = '') AS unanswered,
        list_sum(list_transform(list_filter(DanhSachHoSoBoSung, lambda one: one.NgayTiepNhanBoSung <> ''), lambda one:
            epoch(strptime(one.NgayTiepNhanBoSung, '%Y%m%d%H%M%S')) - epoch(strptime(one.NgayBoSung, '%Y%m%d%H%M%S')))) AS waited
    FROM versions WHERE week <= $week
    QUALIFY row_number() OVER (PARTITION BY MaHoSo ORDER BY week DESC) = 1
), counted AS (
    SELECT *,
        CASE
            WHEN len(DanhSachHoSoBoSung) > 1 THEN false
            WHEN ended IS NOT NULL THEN ended - to_seconds(coalesce(waited, 0)) <= due
            WHEN len(unanswered) > 0 THEN strptime(unanswered[1].NgayBoSung, '%Y%m%d%H%M%S') <= due
            ELSE due >= $cut
        END AS timely,
        list_sum(list_transform(DanhSachLePhi, lambda fee: fee.Gia::BIGINT)) > 0 AS fee,
        DuocThanhToanTrucTuyen IN ('1', '2') AS paid,
        len(DanhSachGiayToKetQua) > 0 AS result,
        list_bool_or(list_transform(TaiLieuNop, lambda part: part.DuocSoHoa = '1')) AS digitised,
        list_bool_or(list_transform(TaiLieuNop, lambda part: part.DuocTaiSuDung IN ('1', '2'))) AS reused,
        list_bool_or(list_transform(TaiLieuNop, lambda part: part.DuocLayTuKhoDMQG = '1')) AS from_store
    FROM state WHERE NgayTiepNhan >= '2025' AND NgayTiepNhan < '2026'
), procedures AS (
    FROM read_csv($procedures, all_varchar = true) WHERE unit_code = 'H05'
), petitions AS (
    SELECT *, coalesce(answered_at, $cut::TIMESTAMP) <= due_at AS on_time
    FROM read_csv($petitions) WHERE form = 'petition'
), units AS (
    FROM read_csv($units, all_varchar = true)
), announced AS (
    SELECT announced_on::DATE AS announced, effective_on::DATE AS effective, disclosed_on::DATE AS disclosed
    FROM procedures WHERE announced_on >= '2025'
)
SELECT 'published_on_time', count(*) FILTER (effective - announced > 7), count(*) FROM announced
UNION ALL SELECT 'disclosed_on_time', count(*) FILTER (disclosed - announced <= 7), count(*) FROM announced
UNION ALL SELECT 'content_complete', count(*) FILTER (content_complete = 'true'), count(content_complete) FROM procedures
UNION ALL SELECT 'dossiers_synchronised', (SELECT count(*) FROM counted), reported_ytd::BIGINT FROM units WHERE unit_code = 'H05'
UNION ALL SELECT 'on_time', count(*) FILTER (timely), count(*) FROM counted
UNION ALL SELECT 'procedures_offered_online', count(*) FILTER (service_level <> 'information'), count(*) FROM procedures
UNION ALL SELECT 'services_with_dossiers', count(*) FILTER (procedure_code IN (SELECT MaTTHC FROM counted)), count(*)
    FROM procedures WHERE service_level <> 'information'
UNION ALL SELECT 'filed_online', count(*) FILTER (KenhThucHien = '2'), count(*) FROM counted
UNION ALL SELECT 'procedures_offering_payment', count(*) FILTER (payment_offered = 'true'), count(*) FROM procedures WHERE fee_bearing = 'true'
UNION ALL SELECT 'procedures_with_payment', count(*) FILTER (procedure_code IN (SELECT MaTTHC FROM counted WHERE paid)), count(*)
    FROM procedures WHERE fee_bearing = 'true'
UNION ALL SELECT 'paid_online', count(*) FILTER (paid), count(*) FROM counted WHERE fee
UNION ALL SELECT 'petitions_on_time', count(*) FILTER (on_time), count(*) FROM petitions
UNION ALL SELECT 'petition_satisfaction', count(*) FILTER (on_time AND NOT disliked AND NOT repeated), count(*) FROM petitions
UNION ALL SELECT 'electronic_result', count(*) FILTER (result), count(*) FROM counted
UNION ALL SELECT 'components_digitised', count(*) FILTER (result AND digitised), count(*) FROM counted
UNION ALL SELECT 'certified_copy', count(*) FILTER (certified_copy = 'true'), count(certified_copy) FROM units
UNION ALL SELECT 'data_reused', count(*) FILTER (reused), count(*) FROM counted
UNION ALL SELECT 'shared_to_store', count(*) FILTER (from_store OR DaGuiKhoDMQG = '1'), count(*) FROM counted
UNION ALL SELECT 'population_data_dossiers',
    count(*) FILTER (TaiKhoanDuocXacThucVoiVNeID = '1' OR from_store OR len(DSKetNoiCSDL) > 0), count(*) FROM counted
UNION ALL SELECT 'population_data_procedures', count(*) FILTER (population_connected = 'true'), count(*) FROM procedures WHERE subject_person = 'true'
