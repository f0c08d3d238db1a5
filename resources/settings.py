"""Settings: what an office may set, from the environment and from one optional file.

Belongs here: the settings, their defaults and checks. Does not belong here: reading the environment when a module is
imported; nothing is read before `load_settings()` is called.

What counts, the first that says something: an argument, the environment (`SERVICE_INDEX_MEMORY_LIMIT=4GB`), the file
`<home>/service-index.toml` (`memory_limit = "4GB"`), the default.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from resources.home import Home
from resources.portal.settings import PortalSettings

PREFIX = "SERVICE_INDEX_"
FILE_NAME = "service-index.toml"
DEFAULT_HOME = Path("home")
DUCKDB = "duckdb"
#: Where Spark is. A token is no part of it: Spark Connect has its own variable, SPARK_CONNECT_AUTHENTICATE_TOKEN.
SPARK_ADDRESS = re.compile(
    r"local(\[(\d+|\*)\])?|spark://[\w.\-\[\]:]+:\d+(,[\w.\-\[\]:]+:\d+)*|sc://[\w.\-\[\]:]+(/;use_ssl=true)?"
)
DESK_URL, DAGSTER_URL = "http://127.0.0.1:8766", "http://127.0.0.1:3000"
_SECRETS = ("database_url", "desk_secret", "landing_url", "lake_url", "portal_token", "portal_proxy")


class SettingsError(ValueError):
    """A setting is wrong; the message is one line that names the setting, where it stands and what was expected."""


class Settings(PortalSettings):
    """All settings. Made by `load_settings()`; paths are absolute."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    home: Path = Field(default=DEFAULT_HOME, description="the folder everything is kept in")
    landing: Path = Field(default=Path(), description="the landing folder; <home>/landing by default")
    landing_url: SecretStr | None = Field(
        default=None, description="where files are fetched from into the landing folder: s3://bucket/folder, sftp://…"
    )
    lake_url: SecretStr | None = Field(
        default=None, description="where the lake stands, s3://bucket/folder, shared by machines; <home>/lake"
    )
    database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL, postgresql+psycopg://user:password@host/name; a SQLite file in the home"
    )
    desk_secret: SecretStr | None = Field(default=None, min_length=32, description="signs sessions; <home>/desk.secret")
    desk_url: str = Field(default=DESK_URL, description="where people open the desk; Dagster's checks link to it")
    dagster_url: str = Field(default=DAGSTER_URL, description="where people open Dagster's page; the desk links to it")
    public_url: str | None = Field(default=None, description="where the public site stands; feeds then name it")
    openlineage: str | None = Field(
        default=None, description="where runs are told: file:/path or http(s)://server; off"
    )
    memory_limit: str | None = Field(
        default=None, description="the most memory DuckDB takes, 4GB; most of the machine's"
    )
    threads: int | None = Field(default=None, ge=1, le=1024, description="how many cores DuckDB uses; all of them")
    engine: str = Field(
        default="duckdb",
        description="what counts the year: duckdb, or Spark: local[*], spark://host:7077, sc://host:15002 (extra spark)",
    )
    keep_runs_days: int = Field(default=90, ge=7, description="prune: runs of Dagster whose results were replaced")
    keep_raw_days: int = Field(default=365, ge=30, description="prune: raw exports that nothing published stands on")
    log_format: Literal["console", "json"] = Field(
        default="console", description="logs: for people, or a JSON line each"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="logs: nothing below this level; info tells each run, publication and message"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        said = {**env_settings(), **init_settings()}
        file = _file_in(Path(said.get("home") or DEFAULT_HOME))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)

    @field_validator("memory_limit")
    @classmethod
    def _known_size(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"\d+(\.\d+)?\s*([KMGT]i?B)", value):
            raise ValueError("expected a size such as 4GB or 512MiB")
        return value

    @field_validator("engine")
    @classmethod
    def _known_engine(cls, value: str) -> str:
        if value != DUCKDB and not SPARK_ADDRESS.fullmatch(value):
            raise ValueError(
                "expected duckdb, local[2], spark://host:7077, sc://host:15002 or sc://host:15002/;use_ssl=true"
            )
        return value

    @field_validator("desk_url", "dagster_url", "public_url")
    @classmethod
    def _known_page(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not re.fullmatch(r"https?://[\w.\-\[\]:]+(/[\w.~/-]*)?", value):
            raise ValueError("expected an address such as https://index.example.vn")
        return value.rstrip("/")

    @field_validator("openlineage")
    @classmethod
    def _known_place(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"file:(//)?/[^/].*|https?://[\w.\-\[\]:]+(/[\w.~/-]*)?", value):
            raise ValueError("expected file:/var/log/lineage.ndjson or an address such as https://lineage.example.vn")
        return value

    @field_validator("landing_url", "lake_url")
    @classmethod
    def _known_source(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.match(r"[a-z][a-z0-9+]*://\S", value.get_secret_value()):
            raise ValueError("expected an address such as s3://bucket/folder or sftp://user@host/folder")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.match(r"(sqlite|postgresql)(\+\w+)?://", value.get_secret_value()):
            raise ValueError("expected an address such as postgresql+psycopg://user:password@host/name")
        return value

    @model_validator(mode="before")
    @classmethod
    def _absolute_paths(cls, values: dict[str, Any]) -> dict[str, Any]:
        home = Path(values.get("home") or DEFAULT_HOME).expanduser().absolute()
        landing = Path(values["landing"]).expanduser().absolute() if values.get("landing") else home / "landing"
        return {**values, "home": home, "landing": landing}

    def open_home(self) -> Home:
        """The home these settings name (not prepared yet)."""
        return Home(self.home, self.database_url.get_secret_value() if self.database_url else None)


def load_settings(**arguments: Any) -> Settings:
    """The settings of this moment; an argument that is None says nothing. Raises SettingsError (one line)."""
    said = {name: value for name, value in arguments.items() if value is not None}
    for variable in os.environ:
        name = variable.upper().removeprefix(PREFIX)
        if variable.upper().startswith(PREFIX) and name.lower() not in Settings.model_fields:
            raise SettingsError(f"{variable}: there is no such setting{_suggestion(name.lower())}")
    file = _file_in(Path(said.get("home") or os.environ.get(f"{PREFIX}HOME") or DEFAULT_HOME))
    try:
        _refuse_token_in(file)
        return Settings(**said)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: not a TOML file: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "home"
        variable = PREFIX + name.upper()
        place = name if name in said else variable if os.environ.get(variable) else f"{file}: {name}"
        if first["type"] == "extra_forbidden":
            raise SettingsError(f"{place}: there is no such setting{_suggestion(name)}") from None
        # what follows a semicolon in an address may be a token
        shown = "" if name in _SECRETS else f", found {str(first['input']).partition(';')[0]!r}"
        raise SettingsError(f"{place}: {first['msg'].removeprefix('Value error, ')}{shown}") from None


def _refuse_token_in(file: Path) -> None:
    """A file is copied and backed up with the home: the portal's token stands in the environment only."""
    if file.is_file() and "portal_token" in tomllib.loads(file.read_text(encoding="utf-8")):
        raise SettingsError(f"{file}: portal_token: expected in the environment only, as {PREFIX}PORTAL_TOKEN")


def _file_in(home: Path) -> Path:
    return home.expanduser().absolute() / FILE_NAME


def _suggestion(name: str) -> str:
    close = difflib.get_close_matches(name, list(Settings.model_fields), n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(Settings.model_fields)}"
