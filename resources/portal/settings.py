"""Settings of the portal client; resources/settings.py takes them in among all others.

Belongs here: names, defaults and forms of the portal's settings (docs/portal.md tells them). Does not belong here: reading
the environment (resources/settings.py) or using them (client.py).
"""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings

from scoring.calendar import PERIOD_KINDS

KINDS_PULLED = ("scores", "counts", "procedures", "dossiers", "petitions", "units")
_LOOPBACK = r"(127\.0\.0\.1|localhost|\[::1\])"
_ADDRESS = r"[\w.\-\[\]:]+(/[\w.~/-]*)?"
_PATH = r"/[\w.~/{}-]*"
_HEADER = r"[A-Za-z0-9-]+"
_FIELD = r"[A-Za-z_][A-Za-z0-9_]*"


class PortalSettings(BaseSettings):
    """What an office may set about its portal. Without `portal_url` nothing is pulled."""

    portal_url: str | None = Field(
        default=None, description="where the portal's interfaces are; nothing is pulled without"
    )
    portal_token: SecretStr | None = Field(
        default=None, description="the token sent with each request; environment only"
    )
    portal_token_header: str = Field(default="Authorization", description="the header that carries the token")
    portal_token_prefix: str | None = Field(
        default=None,
        pattern=r"^[!-~]*$",
        description="what stands before the token; Bearer in Authorization, else nothing",
    )
    portal_evaluation_path: str = Field(
        default="/api/v1/reporting/evaluation/{interface}", description="the evaluation interfaces of 2026"
    )
    portal_procedures_path: str = Field(default="/api/v1/reporting/formalities", description="the procedures catalogue")
    portal_scores_path: str = Field(default="/jsp/rest.jsp", description="the score tables of 2025 (form field params)")
    portal_files_path: str = Field(default="/api/v1/exports", description="the file export: list, then <path>/<id>")
    portal_as_of: str = Field(
        default="", description="name of the field that asks for figures as of a day, where the portal has one"
    )
    portal_scopes: str = Field(default="VN", description="whose figures: VN and codes of provinces, VN,H05")
    portal_roots: str = Field(
        default="", description="what the portal calls a province, where that is not its code: H05=401621,H44=..."
    )
    portal_kinds: str = Field(default=",".join(KINDS_PULLED), description="which kinds of export are pulled")
    portal_periods: str = Field(default="ytd", description="periods of counts and scores: ytd, quarter, month")
    portal_page_size: int = Field(default=200, ge=1, le=10_000, description="rows asked for at a time")
    portal_connect_seconds: float = Field(default=10, gt=0, le=300, description="longest wait for a connection")
    portal_read_seconds: float = Field(default=60, gt=0, le=3600, description="longest wait for the next bytes")
    portal_requests_per_second: float = Field(default=4, gt=0, le=1000, description="no more requests than this")
    portal_tries: int = Field(default=5, ge=1, le=20, description="how often a request is tried in all")
    portal_backoff_seconds: float = Field(
        default=0.5, ge=0, le=60, description="the first wait between tries; it doubles"
    )
    portal_longest_wait_seconds: float = Field(
        default=60, gt=0, le=3600, description="the longest wait between tries, Retry-After included"
    )
    portal_ca_file: Path | None = Field(default=None, description="certificates (PEM) to trust instead of the system's")
    portal_proxy: SecretStr | None = Field(default=None, description="address of a proxy; may hold a password")

    @field_validator("portal_url")
    @classmethod
    def _known_portal(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(rf"https://{_ADDRESS}|http://{_LOOPBACK}(:\d+)?(/[\w.~/-]*)?", value):
            raise ValueError("expected https://portal.example.vn (http only for this machine itself)")
        return value.rstrip("/") if value else value

    @field_validator("portal_evaluation_path", "portal_procedures_path", "portal_scores_path", "portal_files_path")
    @classmethod
    def _known_path(cls, value: str) -> str:
        if not re.fullmatch(_PATH, value):
            raise ValueError("expected a path such as /api/v1/exports")
        return value.rstrip("/")

    @field_validator("portal_evaluation_path")
    @classmethod
    def _names_interface(cls, value: str) -> str:
        if value.count("{interface}") != 1 or "{" in value.replace("{interface}", ""):
            raise ValueError("expected a path with {interface} in it, once")
        return value

    @field_validator("portal_token_header")
    @classmethod
    def _known_header(cls, value: str) -> str:
        if not re.fullmatch(_HEADER, value):
            raise ValueError("expected the name of a header such as Authorization")
        return value

    @field_validator("portal_token")
    @classmethod
    def _known_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[\x21-\x7e]+", value.get_secret_value()):
            raise ValueError("expected a token of visible ASCII characters, without spaces or line ends")
        return value

    @field_validator("portal_as_of")
    @classmethod
    def _known_field(cls, value: str) -> str:
        if value and not re.fullmatch(_FIELD, value):
            raise ValueError("expected the name of a field such as asOf")
        return value

    @field_validator("portal_scopes")
    @classmethod
    def _known_scopes(cls, value: str) -> str:
        return _listed(value, r"VN|H\d{2}", "VN and codes of provinces: VN,H05")

    @field_validator("portal_roots")
    @classmethod
    def _known_roots(cls, value: str) -> str:
        return _listed(value, r"(VN|H\d{2})=[\w.-]+", "code=the portal's id: H05=401621", may_be_empty=True)

    @field_validator("portal_kinds")
    @classmethod
    def _known_kinds(cls, value: str) -> str:
        return _listed(value, "|".join(KINDS_PULLED), ", ".join(KINDS_PULLED))

    @field_validator("portal_periods")
    @classmethod
    def _known_periods(cls, value: str) -> str:
        kinds = [kind for kind in PERIOD_KINDS if kind != "half"]  # the portal has none
        return _listed(value, "|".join(kinds), ", ".join(kinds))

    @field_validator("portal_ca_file")
    @classmethod
    def _file_is_there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.expanduser().is_file():
            raise ValueError("expected a file of certificates (PEM) that is there")
        return value.expanduser().absolute() if value else None

    @field_validator("portal_proxy")
    @classmethod
    def _known_proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"https?://[^\s/]+/?", value.get_secret_value()):
            raise ValueError("expected an address such as http://proxy.example.vn:3128")
        return value

    @field_validator("portal_longest_wait_seconds")
    @classmethod
    def _not_shorter_than_the_first_wait(cls, value: float, info: ValidationInfo) -> float:
        if info.data.get("portal_backoff_seconds", 0) > value:
            raise ValueError("expected no less than portal_backoff_seconds")
        return value

    @property
    def portal_token_value(self) -> str | None:
        """What stands in the token's header. A secret: never print it."""
        if self.portal_token is None:
            return None
        prefix = self.portal_token_prefix
        if prefix is None:
            prefix = "Bearer" if self.portal_token_header.lower() == "authorization" else ""
        return f"{prefix} {self.portal_token.get_secret_value()}".strip()

    def root_of(self, scope: str) -> str:
        """What the portal calls a scope."""
        return dict(pair.split("=", 1) for pair in parts(self.portal_roots)).get(scope, scope)


def parts(text: str) -> list[str]:
    """The entries of a setting that lists several."""
    return [part for part in text.replace(" ", "").split(",") if part]


def _listed(value: str, pattern: str, expected: str, *, may_be_empty: bool = False) -> str:
    found = parts(value)
    wrong = [part for part in found if not re.fullmatch(pattern, part)]
    if wrong or not (found or may_be_empty):
        raise ValueError(f"expected {expected}" + (f"; not {', '.join(wrong)}" if wrong else ""))
    if len(set(found)) != len(found):
        raise ValueError(f"expected {expected}, each once")
    return ",".join(found)
