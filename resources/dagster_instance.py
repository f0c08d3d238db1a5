"""Dagster's instance on SQLite files, in whichever process it is opened: page, daemon, code server, runs.

Belongs here: the class that dagster.yaml of a home names (`instance_class`). Does not belong here: how its files are spared
(sqlite_files.py), opening it for a command (sqlite_files.open_dagster).

Creating a run of intake tells some 270 events beforehand. The daemon, which loads none of our code otherwise, waited for the
disk three times at each: eight seconds, in which a file that was dropped lay there and nothing happened.

The name of this class stands in the dagster.yaml of every home: it stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.instance.ref import InstanceRef

from resources.sqlite_files import spare_the_disk


class HouseInstance(dg.DagsterInstance):
    """Dagster's own, with the files under its folder opened as resources/sqlite_files.py does."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        spare_the_disk(Path(self.root_directory))

    @classmethod
    def config_schema(cls) -> Mapping[str, Any]:
        """No settings beside Dagster's own."""
        return {}

    @staticmethod
    def config_defaults(base_dir: str) -> Mapping[str, Any]:
        return InstanceRef.config_defaults(base_dir)
