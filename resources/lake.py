"""The lake may stand elsewhere: who keeps the files below a home's lake, and how the rest of the house asks for it.

Belongs here: the register of keepers, and what a keeper must do. Does not belong here: a keeper (resources/remote_lake.py), or
writing a file (resources/files.py, which asks here whose the file is).

Without a setting nobody is registered: the lake is `<home>/lake`, and all of this costs a look into an empty dictionary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from resources.locks import Lease

OWN = ("stages/landing_url/", "stages/lineage/")
"""Below the lake, but of this machine alone: how far it has read its own landing folder and its own Dagster."""


class LakeError(RuntimeError):
    """The lake at the address cannot be used as it is. The message is Vietnamese / English, without the address."""


class LakeUnreachable(LakeError):
    """The address does not answer, or refuses; it may pass by itself (no OSError: it says nothing of any file)."""


class Keeper(Protocol):
    """Keeps the files below one folder at another place; the folder is a copy of it."""

    def keep(self, path: Path, content: Path, put_in_place: Callable[[], None]) -> None:
        """Keeps `content` as `path` for everybody, then puts it in its place here; before that nothing has happened."""

    def forget(self, path: Path) -> None:
        """Removes a file for everybody, here too; none is nothing."""

    def bring(self, *, thoroughly: bool) -> None:
        """Makes the folder what is kept. Not thoroughly: only if something was changed since this process last did."""

    def under(self, lease: Lease) -> AbstractContextManager[None]:
        """For the time of a lease: the folder is brought, and nothing is kept by whoever was overtaken."""


_keepers: dict[Path, Keeper] = {}


def register(lake: Path, keeper: Keeper | None) -> None:
    """Says who keeps a home's lake from now on in this process; None: nobody but the folder itself."""
    if keeper is None:
        _keepers.pop(lake, None)
    else:
        _keepers[lake] = keeper


def registered(lake: Path) -> Keeper | None:
    return _keepers.get(lake)


def keeper_of(path: Path) -> Keeper | None:
    """Who keeps a file, if it lies below a lake that stands elsewhere."""
    for lake, keeper in _keepers.items():
        if path.is_relative_to(lake) and not path.relative_to(lake).as_posix().startswith(OWN):
            return keeper
    return None


def bring(lake: Path, *, thoroughly: bool = False) -> None:
    """To be called before a home's lake is read. Raises LakeError, LakeUnreachable."""
    if keeper := _keepers.get(lake):
        keeper.bring(thoroughly=thoroughly)


@contextmanager
def at_work(lake: Path, lease: Lease) -> Iterator[None]:
    """The time in which a lease is held by this process. Raises LakeError, LakeUnreachable."""
    keeper = _keepers.get(lake)
    if keeper is None:
        yield
        return
    with keeper.under(lease):
        yield
