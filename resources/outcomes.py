"""RuleOutcome: what a rule found, as one typed value that can be stored, judged and shown.

Belongs here: the record and its wording as a paragraph. Does not belong here: finding anything (checks), storing it
(resources/database.py), or how a page or a message shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Grain = Literal["row", "unit", "feed", "table"]
Severity = Literal["error", "warning", "info"]
Status = Literal["passed", "failed", "crashed"]
Language = Literal["vi", "en"]

_WORDS: dict[Language, dict[str, str]] = {
    "vi": {
        "row": "dòng",
        "field": "trường",
        "unit": "đơn vị",
        "value": "giá trị",
        "expected": "cần",
        "failed": "{failed} trên {checked} không đạt",
        "crashed": "Quy tắc {rule} không chạy được",
        "action": "Cần làm",
    },
    "en": {
        "row": "row",
        "field": "field",
        "unit": "unit",
        "value": "value",
        "expected": "expected",
        "failed": "{failed} of {checked} failed",
        "crashed": "Rule {rule} could not be run",
        "action": "What to do",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOutcome:
    """One finding of one rule, or the fact that it passed.

    status: `failed` means the data broke the rule, `crashed` that the rule itself could not be run: never the same.
    week: `2025-W46`. stage: the asset that found it (`exports`, `dossiers`, `quality`, ...). row: first data row is 1.
    checked, failed: how many things of the grain were looked at, and how many broke the rule.
    diagnosis: the name of the fault that explains the finding, `unknown` when none does, None when none was sought;
    diagnosis_vi, diagnosis_en: the same for people. evidence: JSON text, {"only_ours": [dossier codes, at most 20],
    "only_theirs": [...], "file": all of them, relative to the home, or null, "numbers": {...}}.
    """

    rule: str
    week: str
    stage: str
    grain: Grain = "feed"
    severity: Severity = "error"
    status: Status = "failed"
    kind: str | None = None
    scope: str | None = None
    period: str | None = None
    unit_code: str | None = None
    export_id: str | None = None
    file: str | None = None
    row: int | None = None
    field: str | None = None
    value: str | None = None
    expected: str | None = None
    checked: int = 1
    failed: int = 0
    message_vi: str = ""
    message_en: str = ""
    action_vi: str = ""
    action_en: str = ""
    diagnosis: str | None = None
    diagnosis_vi: str | None = None
    diagnosis_en: str | None = None
    evidence: str | None = None

    @property
    def succeeded(self) -> bool:
        return self.status == "passed"

    @property
    def blocks(self) -> bool:
        """Whether this stands in the way of publishing: an error that failed, or that could not be judged."""
        return self.severity == "error" and not self.succeeded

    def describe(self, language: Language = "vi") -> str:
        """One paragraph: where, what, what was expected, what to do."""
        words = _WORDS[language]
        where = ", ".join(
            part
            for part in (
                self.file or "",
                f"{words['row']} {self.row}" if self.row is not None else "",
                f"{words['field']} {self.field}" if self.field else "",
                f"{words['unit']} {self.unit_code}" if self.unit_code else "",
            )
            if part
        )
        message = self.message_vi if language == "vi" else self.message_en
        if self.status == "crashed":
            message = ": ".join(part for part in (words["crashed"].format(rule=self.rule), message) if part)
        counted = self.failed > 0 and self.checked > 1
        detail = "; ".join(
            part
            for part in (
                f"{words['value']}: {self.value}" if self.value is not None else "",
                f"{words['expected']}: {self.expected}" if self.expected is not None else "",
                words["failed"].format(failed=self.failed, checked=self.checked) if counted else "",
            )
            if part
        )
        action = self.action_vi if language == "vi" else self.action_en
        sentence = (message or self.rule).rstrip(".")
        text = f"{where}: {sentence}" if where else sentence
        text += f" ({detail})." if detail else "."
        return f"{text} {words['action']}: {action.rstrip('.')}." if action else text
