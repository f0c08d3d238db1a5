"""Heads of units: who answers for a unit's figures, as an office writes them down in a small YAML file.

Belongs here: reading `heads.yaml`. Does not belong here: anything about users of the software.

    H05.15: Nguyễn Văn A, Giám đốc
    H05.141: Trần Thị B, Chủ tịch UBND xã
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from resources.units import level_of, normalise_code
from scoring.yamlnodes import read_yaml

FILE_NAME = "heads.yaml"


def read_heads(path: Path) -> Mapping[str, str]:
    """Unit code to who heads it; empty where there is no file. Raises RuleSetError with file and line."""
    if not path.is_file():
        return {}
    heads = {}
    for code, node in read_yaml(path).mapping().items():
        unit = normalise_code(code)
        if level_of(unit) is None:
            node.fail(f"{code!r} không phải mã đơn vị", f"{code!r} is not the code of a unit")
        heads[unit] = node.text()
    return heads
