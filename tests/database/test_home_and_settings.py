"""Where things stand, and what an office may set."""

from __future__ import annotations

from pathlib import Path

import pytest

from resources.home import Home
from resources.settings import SettingsError, load_settings
from scoring.calendar import Week


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("SERVICE_INDEX_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_preparing_a_home_twice_changes_nothing_and_keeps_an_edited_dagster_yaml(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.prepare()
    (home.dagster / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    home.prepare()
    assert (home.dagster / "dagster.yaml").read_text() == "telemetry: {enabled: false}\n"
    assert sorted(path.name for path in home.root.iterdir()) == ["dagster", "lake", "mappings", "published", "tmp"]


def test_dagster_opens_an_instance_on_the_prepared_home_and_keeps_it_there(tmp_path: Path) -> None:
    from dagster import DagsterInstance

    home = Home(tmp_path / "home")
    home.prepare()
    with DagsterInstance.from_config(str(home.dagster)) as instance:
        assert instance.get_runs() == []
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert instance.run_monitoring_enabled
    assert (home.dagster / "history").is_dir()


def test_paths_name_table_week_and_export_and_never_look_like_a_hive_partition(tmp_path: Path) -> None:
    home = Home(tmp_path)
    path = home.table_path("dossiers", Week.parse("2025-W41"), "abc")
    assert path == tmp_path / "lake" / "tables" / "dossiers" / "2025-W41" / "abc.parquet"
    assert "=" not in str(path.relative_to(tmp_path))  # DuckDB would read a column out of it
    assert home.quarantine_path("dossiers", "2025-W41", "abc") != path
    assert home.stage_path("counts", "2025-W41").name == "2025-W41.parquet"


def test_an_argument_comes_before_the_environment_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "service-index.toml").write_text('memory_limit = "1GB"\nthreads = 1\nlanding = "/from/file"\n')
    monkeypatch.setenv("SERVICE_INDEX_THREADS", "2")
    monkeypatch.setenv("SERVICE_INDEX_MEMORY_LIMIT", "2GB")
    settings = load_settings(home=home, memory_limit="3GB")
    assert (settings.memory_limit, settings.threads, settings.landing) == ("3GB", 2, Path("/from/file"))


def test_without_any_setting_home_and_landing_stand_in_the_current_folder(tmp_path: Path) -> None:
    settings = load_settings(home=None, landing=None)
    assert settings.home == tmp_path / "home"
    assert settings.landing == tmp_path / "home" / "landing"
    assert settings.open_home().database_url == f"sqlite:///{tmp_path}/home/service-index.db"


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("SERVICE_INDEX_THREADS", "two", "SERVICE_INDEX_THREADS: .*integer.*'two'"),
        ("SERVICE_INDEX_THREADS", "0", "SERVICE_INDEX_THREADS: .*greater than or equal to 1.*'0'"),
        ("SERVICE_INDEX_MEMORY_LIMIT", "lots", "SERVICE_INDEX_MEMORY_LIMIT: expected a size such as 4GB.*'lots'"),
        ("SERVICE_INDEX_MEMROY_LIMIT", "4GB", "SERVICE_INDEX_MEMROY_LIMIT: there is no .* did you mean memory_limit"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(
    variable: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=expected) as caught:
        load_settings()
    assert "\n" not in str(caught.value)


def test_a_wrong_line_in_the_file_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "service-index.toml").write_text("threds = 2\n")
    with pytest.raises(SettingsError, match=r"service-index.toml: threds: .*did you mean threads"):
        load_settings(home=tmp_path)
    (tmp_path / "service-index.toml").write_text("threads = \n")
    with pytest.raises(SettingsError, match=r"service-index.toml: not a TOML file"):
        load_settings(home=tmp_path)


def test_a_password_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_INDEX_DATABASE_URL", "postgresql+psycopg://index:pw-7F3@host/index")
    settings = load_settings()
    home = settings.open_home()
    assert home.database_url.endswith("pw-7F3@host/index")
    for shown in (repr(settings), str(settings), repr(home), settings.model_dump_json()):
        assert "pw-7F3" not in shown
    monkeypatch.setenv("SERVICE_INDEX_DATABASE_URL", "mysql://index:pw-7F3@host/index")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "pw-7F3" not in str(caught.value)
