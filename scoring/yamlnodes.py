"""YAML read with the file and line of every value, so that an error can say where it stands.

Belongs here: reading a YAML text into `Node`s, merging one over another, and typed access with readable errors.
Does not belong here: what the values mean. Numbers stay the text they were written as, so no float is ever made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NoReturn


class RuleSetError(ValueError):
    """A rule file that cannot be used: `file` is its name, `line` counts from 1, `message` is Vietnamese / English."""

    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.file = file
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a YAML file and where it stands. `value`: dict of nodes, list of nodes, text, or None."""

    value: dict[str, Node] | list[Node] | str | None
    file: str
    line: int

    def fail(self, vi: str, en: str) -> NoReturn:
        raise RuleSetError(self.file, self.line, f"{vi} / {en}")

    def mapping(self) -> dict[str, Node]:
        if not isinstance(self.value, dict):
            self.fail(f"cần các cặp khóa: giá trị, không phải {self.shown}", f"expected a mapping, not {self.shown}")
        return self.value

    def items(self) -> list[Node]:
        if not isinstance(self.value, list):
            self.fail(f"cần một danh sách, không phải {self.shown}", f"expected a list, not {self.shown}")
        return self.value

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value.strip():
            self.fail(f"cần một chuỗi, không phải {self.shown}", f"expected a text, not {self.shown}")
        return self.value.strip()

    def number(self) -> Decimal:
        """The number exactly as written; no float on the way."""
        try:
            number = Decimal(self.text())
        except InvalidOperation:
            self.fail(f"cần một số, không phải {self.shown}", f"expected a number, not {self.shown}")
        if not number.is_finite():
            self.fail(f"cần một số hữu hạn, không phải {self.shown}", f"expected a finite number, not {self.shown}")
        return number

    def day(self) -> date:
        try:
            return date.fromisoformat(self.text())
        except ValueError:
            self.fail(f"cần một ngày dạng 2026-01-01, không phải {self.shown}", f"expected a day, not {self.shown}")

    def flag(self) -> bool:
        if self.value not in ("true", "false"):
            self.fail(f"cần true hoặc false, không phải {self.shown}", f"expected true or false, not {self.shown}")
        return self.value == "true"

    def one_of(self, allowed: Iterable[str]) -> str:
        text, known = self.text(), list(allowed)
        if text not in known:
            self.fail(
                f"{text!r} không nằm trong danh sách cho phép: {', '.join(known)}",
                f"{text!r} is not one of: {', '.join(known)}",
            )
        return text

    def allow(self, keys: Iterable[str]) -> dict[str, Node]:
        """The mapping, after every key was found among `keys`."""
        known = list(keys)
        for key, child in self.mapping().items():
            if key not in known:
                child.fail(
                    f"khóa lạ {key!r}; chỉ dùng: {', '.join(known)}",
                    f"unknown key {key!r}; the keys are: {', '.join(known)}",
                )
        return self.mapping()

    def need(self, key: str) -> Node:
        child = self.mapping().get(key)
        if child is None or child.value is None:
            (child or self).fail(f"thiếu khóa {key!r}", f"the key {key!r} is missing")
        return child

    @property
    def shown(self) -> str:
        match self.value:
            case None:
                return "(trống)"
            case str():
                return repr(self.value)
            case list():
                return "[...]"
            case _:
                return "{...}"

    def merged(self, over: Node) -> Node:
        """This node with another laid over it: mappings merge by key, a null takes a key away, the rest is replaced."""
        if not isinstance(self.value, dict) or not isinstance(over.value, dict):
            return over
        merged = dict(self.value)
        for key, child in over.value.items():
            if child.value is None:
                if key not in merged:
                    child.fail(f"không có {key!r} để bỏ", f"there is no {key!r} to take away")
                del merged[key]
            else:
                merged[key] = merged[key].merged(child) if key in merged else child
        return Node(merged, over.file, over.line)

    def plain(self) -> object:
        """The bare value, for fingerprints."""
        match self.value:
            case dict():
                return {key: child.plain() for key, child in self.value.items()}
            case list():
                return [child.plain() for child in self.value]
            case _:
                return self.value


def read_yaml(path: Path) -> Node:
    """A YAML file as nodes. Raises RuleSetError for anything YAML does not allow, a key given twice included."""
    import yaml

    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RuleSetError(path.name, line, f"không phải YAML hợp lệ / not valid YAML: {error.problem}") from None
    except UnicodeDecodeError:
        raise RuleSetError(path.name, 1, "tệp không phải UTF-8 / the file is not UTF-8") from None
    if root is None:
        raise RuleSetError(path.name, 1, "tệp trống / the file is empty")
    return _node(root, path.name)


def _node(raw: object, file: str) -> Node:
    from yaml import MappingNode, ScalarNode, SequenceNode

    if isinstance(raw, MappingNode):
        children: dict[str, Node] = {}
        for key, value in raw.value:
            child = _node(value, file)
            # A block mapping starts on its first key's line; the error belongs to the key itself.
            child = Node(child.value, file, key.start_mark.line + 1)
            if key.value in children:
                child.fail(f"khóa {key.value!r} xuất hiện hai lần", f"the key {key.value!r} is given twice")
            children[key.value] = child
        return Node(children, file, raw.start_mark.line + 1)
    if isinstance(raw, SequenceNode):
        return Node([_node(item, file) for item in raw.value], file, raw.start_mark.line + 1)
    assert isinstance(raw, ScalarNode)
    empty = str(raw.tag).endswith(":null")
    return Node(None if empty else raw.value, file, raw.start_mark.line + 1)
