"""The environment dbt runs in: one of its own, beside the project's.

Belongs here: making it from requirements.lock, once. Does not belong here: what is run in it.

dbt-core 1.11 wants pathspec below 0.13, mypy one of 1.0 or later, so the two cannot live in one environment. dbt-core 1.12
fetches a part of itself from elsewhere while it is installed, which hashes cannot hold; hence 1.11.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOCK = HERE / "requirements.lock"
FOLDER = HERE / ".venv"


def programs(folder: Path = FOLDER) -> Path:
    """The folder of the environment's programs; made, from the package index pip knows, when it is not as the lock says.

    Raises subprocess.CalledProcessError when pip cannot install what is locked.
    """
    mark, wanted = folder / ".made_from", hashlib.sha256(LOCK.read_bytes()).hexdigest()
    bin_ = folder / ("Scripts" if os.name == "nt" else "bin")
    if mark.is_file() and mark.read_text() == wanted:
        return bin_
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    pip = [str(bin_ / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "--no-deps", "--requirement", str(LOCK)], check=True)
    mark.write_text(wanted)
    return bin_


if __name__ == "__main__":
    print(programs())
