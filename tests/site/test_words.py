"""Every sentence of the templates is said in English too; reasons are taken apart; halves of bilingual texts are told."""

from __future__ import annotations

import re

from babel.messages.pofile import read_po

from publishing.site.languages import LOCALES, languages
from publishing.site.messages import sentences
from publishing.site.reasons import Reason, reasons

VI, EN = languages()


def test_the_english_catalogue_has_every_sentence_and_no_other() -> None:
    with (LOCALES / "en.po").open("rb") as file:
        catalogue = read_po(file, locale="en")
    told = {str(message.id): message for message in catalogue if message.id}
    assert set(told) == set(sentences())
    assert [text for text, message in told.items() if not message.string or message.fuzzy] == []


def test_english_sentences_name_the_same_values() -> None:
    for text in sentences():
        assert sorted(re.findall(r"%\(\w+\)s", text)) == sorted(re.findall(r"%\(\w+\)s", EN.text(text))), text


def test_a_text_in_two_languages_is_halved() -> None:
    assert VI.said("Số không khớp / Figures disagree") == "Số không khớp"
    assert EN.said("một / one; hai / two") == "one; two"
    assert EN.said("Cổng đã sửa; xong") == "Cổng đã sửa; xong"
    assert VI.said("a; b / c; d") == "a; b"


def test_a_reason_names_who_decided() -> None:
    assert reasons("lan: waive: Cổng đã sửa; đã xem; minh.anh: correct: Đếm lại") == (
        Reason("Cổng đã sửa; đã xem", "lan", "waive"),
        Reason("Đếm lại", "minh.anh", "correct"),
    )
    assert reasons("Bộ đếm bỏ sót / The counter missed; lan: waive: x") == (
        Reason("Bộ đếm bỏ sót / The counter missed"),
        Reason("x", "lan", "waive"),
    )
    assert reasons(None) == ()
