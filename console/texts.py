"""The words of the desk's pages, in Vietnamese and English.

Belongs here: labels and sentences of pages. Does not belong here: words of codes (publishing/words.py), findings' own words.
"""

from __future__ import annotations

from publishing.words import english, vietnamese

_TEXTS = {
    "brand": ("Chỉ số 766 · Bàn rà soát", "Index 766 · Stewards' desk"),
    "queue": ("Việc cần xử lý", "To be done"),
    "log": ("Nhật ký", "Log"),
    "skip": ("Đến nội dung", "Skip to the content"),
    "other_language": ("English", "Tiếng Việt"),
    "sign_in": ("Đăng nhập", "Sign in"),
    "sign_out": ("Đăng xuất", "Sign out"),
    "name": ("Tên", "Name"),
    "password": ("Mật khẩu", "Password"),
    "wrong_login": ("Tên hoặc mật khẩu không đúng.", "Name or password is wrong."),
    "too_many": (
        "Sai quá nhiều lần. Hãy thử lại sau {seconds} giây.",
        "Too many failed attempts. Try again in {seconds} seconds.",
    ),
    "any_week": ("Mọi tuần", "Any week"),
    "any_severity": ("Mọi mức", "Any severity"),
    "any_rule": ("Mọi quy tắc", "Any rule"),
    "week": ("Tuần", "Week"),
    "severity": ("Mức", "Severity"),
    "rule": ("Quy tắc", "Rule"),
    "state": ("Trạng thái", "State"),
    "find": ("Tìm", "Find"),
    "find_hint": ("Tìm đơn vị, mã, lời", "Find a unit, code, words"),
    "filter": ("Lọc", "Filter"),
    "waiting": ("Đang chờ", "Waiting"),
    "all": ("Tất cả", "All"),
    "error": ("Giữ lại", "Holds"),
    "warning": ("Cảnh báo", "Warns"),
    "found_none": ("Không có vụ việc nào như vậy.", "There are no such cases."),
    "all_quiet": ("Không còn việc nào chờ xử lý.", "Nothing is waiting."),
    "summary": ("{waiting} vụ việc đang chờ", "Cases waiting: {waiting}"),
    "summary_text": (
        "{errors} vụ đang giữ đơn vị hoặc bản xuất lại, {warnings} vụ chỉ cảnh báo. "
        "Chọn một vụ ở bên trái để xem bằng chứng và quyết định.",
        "{errors} hold units or exports back, {warnings} only warn. Choose one on the left to see its evidence and to decide.",
    ),
    "shown_of": (
        "hiện {shown} trong {found}; lọc để thấy các vụ khác",
        "{shown} of {found} shown; filter to see the others",
    ),
    "opened": ("mở", "opened"),
    "assignee": ("Phụ trách", "Looked after by"),
    "nobody": ("chưa ai", "nobody"),
    "take_it": ("Tôi phụ trách", "I look after it"),
    "give_back": ("Thôi phụ trách", "Give it back"),
    "diagnosis": ("Chẩn đoán", "Diagnosis"),
    "no_diagnosis": ("Chưa rõ nguyên nhân.", "The cause is not known."),
    "to_do": ("Cần làm", "What to do"),
    "in_dagster": ("Trong Dagster", "In Dagster"),
    "asset_link": ("bảng {asset}, {week}", "asset {asset}, {week}"),
    "run_link": ("lần chạy đã kiểm tra, {run}", "the run that judged it, {run}"),
    "documents": ("Kết quả kiểm tra của tuần", "The week's Data Docs"),
    "rankings": ("Xếp hạng", "Rankings"),
    "ranking_of": ("Xếp hạng tuần {week}", "Ranking of week {week}"),
    "ranking_none": ("Chưa có tuần nào được công bố.", "No week is published yet."),
    "ranking_head": ("Bản {revision} · {status} · công bố {at}", "Revision {revision} · {status} · published {at}"),
    "period": ("Kỳ", "Period"),
    "revision": ("Bản", "Revision"),
    "newest": ("mới nhất", "newest"),
    "show": ("Xem", "Show"),
    "unit_column": ("Đơn vị", "Unit"),
    "change": ("Thay đổi", "Change"),
    "move": ("Bậc", "Move"),
    "last_sound": ("Điểm gần nhất được xếp hạng", "Last sound total"),
    "why_revised": ("Lý do của bản này", "Why this revision"),
    "ranked_of": ("{ranked}/{units} đơn vị được xếp hạng", "{ranked} of {units} units ranked"),
    "cases_of_week": ("Vụ việc của tuần", "Cases of the week"),
    "found": ("Thấy", "Found"),
    "wanted": ("Cần", "Expected"),
    "where": ("Ở đâu", "Where"),
    "row": ("dòng", "row"),
    "column": ("cột", "column"),
    "source": ("Nguồn", "Source"),
    "numerator": ("Tử số", "Numerator"),
    "denominator": ("Mẫu số", "Denominator"),
    "ratio": ("Tỷ lệ", "Ratio"),
    "score": ("Điểm", "Score"),
    "ours": ("Từ hồ sơ của đơn vị", "From the unit's dossiers"),
    "theirs": ("Số của cổng", "The portal's figure"),
    "portal_score": ("cổng: {score}", "portal: {score}"),
    "by_rule": ("Theo quy tắc", "By rule"),
    "cases": ("Vụ việc", "Cases"),
    "effect": ("Ảnh hưởng đến xếp hạng, lũy kế năm", "Effect on the ranking, year to date"),
    "if_admitted": ("Nếu được xếp hạng", "If admitted"),
    "if_dossiers": ("Nếu theo hồ sơ", "By our dossiers"),
    "if_portal": ("Nếu theo cổng", "By the portal"),
    "if_left_out": ("Nếu không được xếp hạng", "If left out"),
    "moving_up": ("{units} đơn vị lên một bậc", "{units} units a place higher"),
    "now": ("Đang công bố, bản {revision}", "Published now, revision {revision}"),
    "rank": ("hạng", "rank"),
    "before": ("Tuần trước", "The week before"),
    "history": ("Lịch sử: {what}", "History: {what}"),
    "history_band": ("vùng nền: khoảng bình thường của đơn vị", "the band: what is usual for this unit"),
    "history_label": ("{what} theo tuần; nằm trong vụ việc: {weeks}", "{what} by week; in the case: {weeks}"),
    "total": ("tổng điểm", "total"),
    "evidence": ("Bằng chứng", "Evidence"),
    "only_ours": ("Chỉ có trong hồ sơ ({shown} trong {all})", "Only in our dossiers ({shown} of {all})"),
    "only_theirs": (
        "Cổng đếm mà hồ sơ không có ({shown} trong {all})",
        "Counted by the portal, not ours ({shown} of {all})",
    ),
    "download": ("Tải toàn bộ", "Download all"),
    "decision": ("Quyết định", "Decision"),
    "reason": ("Lý do", "Reason"),
    "reason_hint": ("Bắt buộc; công khai trong bản sửa đổi", "Required; public in the revision"),
    "until": ("Có hiệu lực đến hết tuần", "Holds to the end of week"),
    "to_day": ("đến hết ngày", "to the end of"),
    "failing": ("Tuần không đạt", "Weeks that fail"),
    "comment_hint": ("Ghi chú, không thay đổi gì", "A remark; it changes nothing"),
    "after_decision": (
        "Sau quyết định, kết luận của {weeks} được lập lại ngay; tuần nào thay đổi sẽ được tính lại và công bố bản sửa đổi "
        "với lý do này. Nhật ký không thể sửa hay xóa.",
        "After the decision the verdict of {weeks} is given anew at once; weeks that change are scored again and published as "
        "revisions with this reason. The log can neither be changed nor deleted.",
    ),
    "corrections": ("Điều chỉnh số liệu", "Corrections of data"),
    "no_corrections": ("Chưa có điều chỉnh nào.", "None so far."),
    "make_correction": ("Lập điều chỉnh", "Make a correction"),
    "correction_text": (
        "Một dòng là một cột=giá trị, viết như trong phát hiện; để trống sau dấu = nghĩa là ô trống. Nếu nguồn không còn đúng "
        "như chờ đợi thì không sửa gì và có phát hiện báo lại. Tệp gốc không bao giờ bị sửa.",
        "A line is a column=value, written as findings show it; nothing after the = means an empty field. Where the source is "
        "no longer as expected nothing is mended and a finding says so. The raw file is never changed.",
    ),
    "correction_table": ("Bảng", "Table"),
    "correction_action": ("Làm gì", "What is done"),
    "correction_where": ("Dòng nào (scope: bản xuất của phạm vi nào)", "Which rows (scope: of which scope's export)"),
    "correction_expect": ("Nguồn đang ghi, khi còn sai", "What the source says while it is wrong"),
    "correction_field": ("Cột được sửa (đặt giá trị, nhân)", "Column that is written (set, multiply)"),
    "correction_value": ("Giá trị mới, hoặc hệ số", "New value, or factor"),
    "correction_from": ("Từ tuần", "From week"),
    "correction_to": ("Đến hết tuần", "To the end of week"),
    "correction_made": (
        "Đã ghi. Được nhận lại, kiểm tra và tính lại ở lần chạy tới, không cần làm gì thêm: {weeks}.",
        "Recorded. Taken in, judged and scored again by the next run, by themselves: {weeks}.",
    ),
    "holds": ("đang có hiệu lực", "holds"),
    "withdrawn": ("đã rút", "withdrawn"),
    "withdraw_it": ("Rút", "Withdraw"),
    "withdraw_why": ("Lý do rút điều chỉnh {number}", "Why correction {number} is withdrawn"),
    "only_reading": (
        "Bạn có quyền xem. Người quyết định cần vai trò steward.",
        "You may read. Deciding takes the role steward.",
    ),
    "is_resolved": ("Vụ việc đã hết: quy tắc đạt ở mọi tuần.", "Resolved: the rule passes in every week."),
    "refused_file": (
        "Tệp không nhận được: chỉ tệp mới mới giải quyết được, không thể miễn trừ.",
        "The file was refused: only another file helps, it cannot be waived.",
    ),
    "decided": ("Đã ghi quyết định. Kết luận thay đổi: {weeks}.", "Recorded. The verdict changed for: {weeks}."),
    "noted": ("Đã ghi vào nhật ký.", "Added to the log."),
    "no_week": ("không tuần nào", "no week"),
    "not_recorded": ("Chưa ghi được", "Not recorded"),
    "case": ("Vụ việc", "Case"),
    "when": ("Khi nào", "When"),
    "who": ("Ai", "Who"),
    "what": ("Việc gì", "What"),
    "before_after": ("Trước → sau", "Before → after"),
    "log_text": (
        "Mọi quyết định và mọi việc tự xảy ra, mới nhất trước. Không dòng nào sửa hay xóa được.",
        "Every decision and all that happened by itself, the newest first. No line can be changed or deleted.",
    ),
    "older": ("Các mục cũ hơn", "Older entries"),
    "e403": ("Không được phép", "Not allowed"),
    "e403_text": (
        "Vai trò của bạn không cho phép việc này, hoặc biểu mẫu đã cũ. Hãy mở lại trang rồi thử lại.",
        "Your role does not allow this, or the form is out of date. Open the page again and try once more.",
    ),
    "e404": ("Không có trang này", "There is no such page"),
    "e404_text": ("Kiểm tra lại địa chỉ, hoặc quay về danh sách việc.", "Check the address, or go back to the queue."),
    "e400": ("Yêu cầu không hợp lệ", "The request makes no sense"),
    "e400_text": ("Quay lại và thử lại.", "Go back and try again."),
    "system": ("tự động", "by itself"),
}


def text(key: str, language: str, **values: object) -> str:
    """A page's words in a language; else the words of a code."""
    if key in _TEXTS:
        return _TEXTS[key][language == "en"].format(**values)
    return english(key) if language == "en" else vietnamese(key)


def texts() -> dict[str, tuple[str, str]]:
    """All of them, for a test that none is missing."""
    return dict(_TEXTS)
