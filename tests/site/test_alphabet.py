"""The order of names is that of Vietnamese dictionaries."""

from __future__ import annotations

import random

import pytest

from publishing.site.alphabet import alphabet_key


@pytest.mark.parametrize(
    "names",
    [
        ["a", "ă", "â", "b", "c", "d", "đ", "e", "ê", "g", "h", "i", "l", "o", "ô", "ơ", "u", "ư", "v", "x", "y"],
        ["ma", "mà", "mả", "mã", "má", "mạ", "mă", "mâ"],
        [
            "An Giang",
            "Bắc Ninh",
            "Cà Mau",
            "Cao Bằng",
            "Cần Thơ",
            "Đà Nẵng",
            "Đắk Lắk",
            "Điện Biên",
            "Gia Lai",
            "Hà Nội",
        ],
        ["Hà Giang", "Hà Tĩnh", "Hải Phòng", "Huế", "Hưng Yên"],
        ["Phường 2", "Phường 10", "Phường An Khánh"],
        ["Láng Hạ", "Lạng Giang", "Lạng Sơn"],
        ["Xã Ba Vì", "Xã Bà Nà", "Xã Bắc Hà", "Xã Bân"],
    ],
)
def test_names_stand_in_the_order_of_the_dictionary(names: list[str]) -> None:
    shuffled = names[:]
    random.Random(766).shuffle(shuffled)
    assert sorted(shuffled, key=alphabet_key) == names


def test_neither_case_nor_the_place_of_a_tone_mark_matters() -> None:
    assert alphabet_key("HÒA BÌNH")[0] == alphabet_key("hoà bình")[0]
    assert alphabet_key("Thuý")[0] == alphabet_key("Thúy")[0]


def test_letters_decide_before_tones_within_a_syllable_only() -> None:
    assert sorted(["Hòa Bình", "Hoa Lư"], key=alphabet_key) == ["Hoa Lư", "Hòa Bình"]


def test_any_text_has_a_place() -> None:
    assert sorted(["", "<script>", "東京", "Zürich"], key=alphabet_key)
