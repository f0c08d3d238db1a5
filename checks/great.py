"""The small adapter to Great Expectations: expectations as plain data in, what failed and where as plain values out.

Belongs here: everything that touches the library. It is imported inside the function (that costs seconds), keeps
nothing on disk unless it is asked for pages, sends nothing, and its numpy values do not leave this module. Does not
belong here: which expectations there are (rules.yaml), or what a failure means (suites).
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    import pandas as pd

_LOOKED_FOR = ("pyspark", "boto3", "botocore")


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expectation: `key` names it to the caller, `type` and `arguments` are the library's own."""

    key: str
    type: str
    arguments: Mapping[str, Any]
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one expectation. rows: positions of the failing rows. error: why it could not be run (crashed)."""

    key: str
    status: Literal["passed", "failed", "crashed"]
    rows: tuple[int, ...] = ()
    error: str | None = None


def _library() -> ModuleType:
    """Great Expectations, without the optional packages it looks for: where they are installed they take seconds to load,
    and what is judged here is in memory.
    """
    hidden = [name for name in _LOOKED_FOR if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # how Python notes that a module cannot be imported
    try:
        import great_expectations
    finally:
        for name in hidden:
            del sys.modules[name]
    return great_expectations


def judge_frame(frame: pd.DataFrame, expectations: Sequence[Expectation], name: str) -> dict[str, Judged]:
    """Validate a frame against a suite, in one call; every expectation by its key.

    frame: any index; positions in the result count from 0. An expectation that could not be run, whatever the reason,
    is `crashed` and carries the error: it never counts as failed, nor as passed.
    """
    if not expectations:
        return {}
    with _quiet():
        gx = _library()
        from great_expectations.data_context.types.base import ProgressBarsConfig
        from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
        asset = context.data_sources.add_pandas(name="tables").add_dataframe_asset(name)
        batch = asset.add_batch_definition_whole_dataframe("whole").get_batch(
            {"dataframe": frame.reset_index(drop=True)}
        )
        suite = gx.ExpectationSuite(name=name)
        judged: dict[str, Judged] = {}
        for each in expectations:
            configuration = ExpectationConfiguration(
                type=each.type, kwargs=dict(each.arguments), meta={"rule": each.key}
            )
            try:
                suite.add_expectation_configuration(configuration)
            except (
                gx.exceptions.GreatExpectationsError,
                ValueError,
                TypeError,
            ) as error:  # unknown, or wrong arguments
                judged[each.key] = Judged(each.key, "crashed", error=_first_line(error))
        results = batch.validate(suite, result_format={"result_format": "COMPLETE"})
        for result in results.results:
            one = _judged(result)
            judged[one.key] = one
    return {each.key: judged[each.key] for each in expectations}


def write_pages(
    frame: pd.DataFrame, expectations: Sequence[Expectation], name: str, rows_named_by: str, folder: Path, examples: int
) -> Path:
    """Validate a frame and have the library write its Data Docs under a folder; returns the page of the result.

    An expectation shows its description; of what fails at most `examples` rows, by the column `rows_named_by`. An
    expectation the library does not know is left out: judge_frame tells of it.
    """
    with _quiet():
        gx = _library()
        from great_expectations.data_context.types.base import ProgressBarsConfig
        from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
        store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)}
        index = {"class_name": "DefaultSiteIndexBuilder"}
        context.add_data_docs_site(
            "docs", {"class_name": "SiteBuilder", "store_backend": store, "site_index_builder": index}
        )
        asset = context.data_sources.add_pandas(name="tables").add_dataframe_asset(name)
        suite = gx.ExpectationSuite(name=name)
        for each in expectations:
            configuration = ExpectationConfiguration(
                type=each.type, kwargs=dict(each.arguments), meta={"rule": each.key}, description=each.description
            )
            with suppress(gx.exceptions.GreatExpectationsError, ValueError, TypeError):
                suite.add_expectation_configuration(configuration)
        definition = context.validation_definitions.add(
            gx.ValidationDefinition(
                name=name, data=asset.add_batch_definition_whole_dataframe("whole"), suite=context.suites.add(suite)
            )
        )
        shown = {
            "result_format": "SUMMARY",
            "partial_unexpected_count": examples,
            "unexpected_index_column_names": [rows_named_by],
        }
        docs = gx.checkpoint.UpdateDataDocsAction(name="docs", site_names=["docs"])
        checkpoint = gx.Checkpoint(name=name, validation_definitions=[definition], actions=[docs], result_format=shown)
        context.checkpoints.add(checkpoint).run({"dataframe": frame.reset_index(drop=True)})
    (page,) = (folder / "validations").rglob("*.html")
    return page


def _judged(result: Any) -> Judged:
    key = result.expectation_config.meta["rule"]
    if error := _exception(result.exception_info):
        return Judged(key, "crashed", error=error)
    rows = tuple(sorted(int(row) for row in result.result.get("unexpected_index_list") or ()))
    return Judged(key, "passed" if result.success else "failed", rows)


def _exception(information: Mapping[str, Any] | None) -> str | None:
    """The message of an expectation that raised. The library nests it by metric when a metric raised."""
    if not information:
        return None
    for each in [information] if "raised_exception" in information else information.values():
        if each.get("raised_exception"):
            return _first_line(each.get("exception_message") or "the expectation raised an exception")
    return None


def _first_line(error: object) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


@contextmanager
def _quiet() -> Iterator[None]:
    """No analytics, and none of the library's own talk: what it finds is told by us."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
