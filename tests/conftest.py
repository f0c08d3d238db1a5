"""What every test may ask for: the folder of real published inputs, and a throw-away home."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")

REAL = Path(__file__).resolve().parents[2] / "shared" / "real"


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real published inputs that stands beside the checkout."""
    if not REAL.is_dir():
        pytest.skip("the folder shared/real with published inputs does not stand beside this checkout")
    return REAL


@pytest.fixture(scope="session")
def real_landing(real: Path) -> Path:
    """A landing folder as an office would have it, with five weeks of published figures."""
    return real / "landing"
