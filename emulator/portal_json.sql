-- One portal object a dossier version (portal_contract.md, section A): all values texts, times yyyyMMddHHmmss local, nothing left out.
-- Persons, papers and files are simulated and say so.
SELECT
    unit || '-' || strftime(code_day, '%y%m%d') || '-' || printf('%04d', serial) AS MaHoSo,
    procedure_code AS MaTTHC,
    procedure_name AS TenTTHC,
    field_code AS MaLinhVuc,
    field_name AS TenLinhVuc,
    channel::VARCHAR AS KenhThucHien,
    'Người nộp mô phỏng ' || number AS ChuHoSo,
    applicant::VARCHAR AS LoaiDoiTuong,
    'MP' || printf('%010d', number) AS MaDoiTuong,
    '999' || printf('%09d', number % 1000000000) AS SoGiayToChuHoSo,
    [{'LoaiDinhDanh': '1', 'SoDinhDanh': '999' || printf('%09d', number % 1000000000)}] AS DinhDanhCHS,
    'nguoi.nop.' || number || '@example.invalid' AS Email,
    '' AS Fax,
    '0900' || printf('%06d', number % 1000000) AS SoDienThoai,
    'Hồ sơ mô phỏng số ' || number AS TrichYeuHoSo,
    '' AS ThongTinKhac,
    stamp(filed) AS NgayNopHoSo,
    stamp(accepted) AS NgayTiepNhan,
    stamp(CASE WHEN accepted IS NOT NULL THEN due END) AS NgayHenTra,
    CASE
        WHEN accepted IS NULL THEN '3'
        WHEN stopped IS NOT NULL THEN CASE WHEN number % 3 = 0 THEN '8' ELSE '7' END
        WHEN returned IS NOT NULL THEN '10'
        WHEN finished IS NOT NULL THEN '9'
        WHEN asked_1 < exported AND coalesce(supplied_1 >= exported, true) THEN '5'
        WHEN accepted > exported - INTERVAL 3 DAY THEN '2'
        ELSE '4'
    END AS TrangThaiHoSo,
    stamp(returned) AS NgayTra,
    CASE WHEN returned IS NULL THEN '' WHEN channel = 3 THEN '1' ELSE '0' END AS HinhThuc,
    stamp(finished) AS NgayKetThucXuLy,
    stamp(stopped) AS NgayTuChoi,
    unit AS DonViXuLy,
    CASE WHEN channel = 2 THEN '1' ELSE '2' END AS NoiNopHoSo,
    flag(digitised) AS HoSoCoThanhPhanSoHoa,
    flag(vneid) AS TaiKhoanDuocXacThucVoiVNeID,
    paid::VARCHAR AS DuocThanhToanTrucTuyen,
    flag(sent) AS DaGuiKhoDMQG,
    '' AS GhiChu,
    list_transform(range(components), lambda place: {
        'MaThanhPhanHoSo': 'TP' || (place + 1),
        'DuocSoHoa': flag(digitised),
        'DuocTaiSuDung': CASE WHEN place < reused THEN '1' ELSE '0' END,
        'DuocLayTuKhoDMQG': flag(from_store AND place = 0),
        'MaKetQuaThayThe': '',
        'IsDeleted': '0',
        'TepDinhKemId': 'mo-phong-' || number || '-' || place
    }) AS TaiLieuNop,
    CASE WHEN result THEN [{
        'MaThanhPhanHoSo': 'KQ1',
        'GiayToId': 'KQ-' || number,
        'MaGiayToKetQua': procedure_code || '.KQ',
        'DuongDanTepTinKetQua': '/mo-phong/ket-qua/' || number || '.pdf'
    }] ELSE [] END AS DanhSachGiayToKetQua,
    CASE WHEN fee > 0 THEN [{
        'MaPhiLePhi': procedure_code || '.PH',
        'HinhThucThu': CASE WHEN paid > 0 THEN '2' ELSE '1' END,
        'Gia': fee::VARCHAR,
        'LoaiPhiLePhi': '1'
    }] ELSE [] END AS DanhSachLePhi,
    list_transform(
        list_filter(
            [{'asked': asked_1, 'supplied': supplied_1}, {'asked': asked_2, 'supplied': supplied_2}],
            lambda supplement: coalesce(supplement.asked < exported, false)
        ),
        lambda supplement: {
            'NgayBoSung': stamp(supplement.asked),
            'NgayTiepNhanBoSung': stamp(CASE WHEN supplement.supplied < exported THEN supplement.supplied END),
            'NgayHenTraTruoc': stamp(due),
            'NgayHenTraMoi': stamp(due)
        }
    ) AS DanhSachHoSoBoSung,
    CASE WHEN link THEN [{'MaCSDL': 'CSDLDC'}] ELSE [] END AS DSKetNoiCSDL
FROM versions
