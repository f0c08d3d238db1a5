"""The public pages on the desk's server: the site as it was built, for anyone, without a login.

Belongs here: serving those files. Does not belong here: making them (publishing/site), the desk's own pages.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from resources.office import Office

FOLDERS = ("vi", "en", "data")
FILES = ("site.css", "icon.svg")


def public_routes(office: Office) -> list[BaseRoute]:
    """What the site's pages and files are asked for under; before the site is built there is nothing there."""
    folder = office.home.site

    async def file(request: Request) -> Response:
        path = folder / request.url.path.removeprefix("/")
        return FileResponse(path) if path.is_file() else Response(status_code=404)

    folders = [Mount(f"/{name}", StaticFiles(directory=folder / name, html=True, check_dir=False)) for name in FOLDERS]
    return [*folders, *(Route(f"/{name}", file) for name in FILES)]
