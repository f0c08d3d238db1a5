"""The portal's settings: each wrong one is one clear line, the token is nowhere to be read, and whom the client trusts."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emulator.http_app import Portal
from emulator.http_serve import serving
from emulator.portal_faults import practice_landing
from resources.portal.settings import PortalSettings
from resources.settings import SettingsError, load_settings
from tests.portal.conftest import Office

PAGE = Path(__file__).resolve().parents[2] / "docs" / "portal.md"
TOKEN = "tok-5eCr3tPlanted"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("URL", "portal.example.vn", "expected https://portal.example.vn"),
        ("URL", "http://portal.example.vn", "http only for this machine itself"),
        ("EVALUATION_PATH", "/api/evaluation", "{interface} in it, once"),
        ("SCORES_PATH", "jsp/rest.jsp", "expected a path such as"),
        ("TOKEN_HEADER", "X Token", "the name of a header"),
        ("SCOPES", "VN,Bắc Ninh", "codes of provinces: VN,H05; not BắcNinh"),
        ("SCOPES", "H05,H05", "each once"),
        ("ROOTS", "H05", "H05=401621"),
        ("KINDS", "scores,dossier", "not dossier"),
        ("PERIODS", "half", "ytd, quarter, month; not half"),
        ("PAGE_SIZE", "0", "greater than or equal to 1"),
        ("READ_SECONDS", "-1", "greater than 0"),
        ("REQUESTS_PER_SECOND", "fast", "valid number"),
        ("TRIES", "0", "greater than or equal to 1"),
        ("LONGEST_WAIT_SECONDS", "0.1", "no less than portal_backoff_seconds"),
        ("CA_FILE", "none.pem", "certificates \\(PEM\\) that is there"),
        ("AS_OF", "as of", "a field such as asOf"),
        ("PROXY", "proxy.example.vn", "expected an address such as http://proxy"),
        ("TOKN", "x", "did you mean portal_token"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(
    name: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"SERVICE_INDEX_PORTAL_{name}", value)
    with pytest.raises(SettingsError, match=f"SERVICE_INDEX_PORTAL_{name}: .*{expected}") as caught:
        load_settings()
    assert "\n" not in str(caught.value)


def test_token_and_proxy_are_never_printed_and_the_token_stands_in_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known failures, line 28 (tokens in page code): a secret is in the environment, and nowhere else."""
    monkeypatch.setenv("SERVICE_INDEX_PORTAL_TOKEN", TOKEN)
    monkeypatch.setenv("SERVICE_INDEX_PORTAL_PROXY", "http://user:pw-9QX@proxy.example.vn:3128")
    settings = load_settings()
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert TOKEN not in shown
        assert "pw-9QX" not in shown
    for wrong in ("PORTAL_TOKEN", "PORTAL_PROXY"):
        monkeypatch.setenv(f"SERVICE_INDEX_{wrong}", f"{TOKEN} with spaces")
        with pytest.raises(SettingsError) as caught:
            load_settings()
        assert TOKEN not in str(caught.value)
        monkeypatch.delenv(f"SERVICE_INDEX_{wrong}")
    home = tmp_path / "home"
    home.mkdir()
    (home / "service-index.toml").write_text(f'portal_token = "{TOKEN}"\n')
    with pytest.raises(SettingsError, match="in the environment only") as caught:
        load_settings(home=home)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("header", "prefix", "sent"),
    [
        ("Authorization", None, f"Bearer {TOKEN}"),
        ("X-Token", None, TOKEN),
        ("Authorization", "Token", f"Token {TOKEN}"),
    ],
)
def test_the_token_goes_into_the_header_that_is_set(office: Office, header: str, prefix: str | None, sent: str) -> None:
    office.more |= {
        "portal_token": TOKEN,
        "portal_token_header": header,
        "portal_token_prefix": prefix,
        "portal_scopes": "VN",
    }
    office.pull("scores")
    assert {headers[header.lower()] for headers in office.portal.headers} == {sent}


def test_redirects_are_not_followed_so_that_the_token_goes_to_nobody_else(office: Office) -> None:
    office.more["portal_token"] = TOKEN
    office.portal.let_loose("login_redirect")
    assert "it leads to a login page" in office.error("scores")
    assert len(office.portal.asked) == 1


# ---- TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of this machine that no system trusts, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "emulated portal")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture
def over_tls(certificate: tuple[Path, Path], tmp_path: Path) -> Iterator[Callable[..., Office]]:
    portal = Portal(practice_landing(tmp_path / "portal"))
    with serving(portal, certificate=certificate[0], key=certificate[1]) as url:
        yield lambda **more: Office(portal, url, tmp_path, {"portal_scopes": "VN", **more})


def test_a_certificate_that_nothing_vouches_for_is_refused_at_once(over_tls: Callable[..., Office]) -> None:
    own = over_tls()
    assert "no trusted TLS connection" in own.error("scores")
    assert own.portal.asked == []


def test_a_portal_with_certificates_of_its_own_is_trusted_by_their_file(
    over_tls: Callable[..., Office], certificate: tuple[Path, Path]
) -> None:
    assert over_tls(portal_ca_file=certificate[0]).pull("scores").exit_code == 0


def test_a_proxy_that_is_not_there_is_told_without_its_password(office: Office) -> None:
    office.more |= {"portal_proxy": "http://user:pw-9QX@127.0.0.1:9", "portal_scopes": "VN"}
    told = office.error("scores")
    assert "portal_proxy" in told
    assert "pw-9QX" not in told
    assert office.portal.asked == []


# ---- politeness


def test_no_more_requests_a_second_than_are_set(office: Office) -> None:
    from resources.portal.client import PortalClient

    waits: list[float] = []
    office.more["portal_requests_per_second"] = 4
    with PortalClient(office.settings, sleep=waits.append) as client:
        for _ in range(4):
            client.get("/api/v1/exports", "files", params={"kind": "dossiers", "unit": "H05", "from": "2025-11-10"})
    assert len(waits) == 3
    assert all(0 < wait <= 0.75 for wait in waits)
    assert waits == sorted(waits)  # nothing really slept here, so the debt grows


def test_the_page_tells_every_setting_with_its_default() -> None:
    told = dict(re.findall(r"^\| `(portal_\w+)` \| (\S+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    defaults = {name: field.default for name, field in PortalSettings.model_fields.items()}
    assert told == {name: f"`{value}`" if value not in (None, "") else "–" for name, value in defaults.items()}
