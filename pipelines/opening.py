"""What every command starts with: the home it is about, exit codes, and failing with one clear message.

Belongs here: what several command modules share. Does not belong here: commands. Heavy imports stand inside.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from resources.office import Office

DONE, FAILED, USAGE, HELD = 0, 1, 2, 3


class Commands(TyperGroup):
    """The commands of the house. Trouble of the machine (a full disk, a database that is gone) ends each of them with one line,
    wherever it comes from; whatever else goes wrong unforeseen is shown whole.
    """

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except Exception as error:
            from resources.trouble import of_the_machine, one_line

            if not of_the_machine(error):
                raise
            fail(
                f"Máy hoặc cơ sở dữ liệu gặp trục trặc / trouble of the machine or the database: {one_line(error)}. "
                "Không gì dở dang được công bố; xem / nothing half done is published; see: service-index doctor"
            )


HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Thư mục dữ liệu / the folder everything is kept in [SERVICE_INDEX_HOME, ./home]"),
]


def fail(message: str, code: int = FAILED) -> NoReturn:
    """One message on stderr, then the exit code."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


def one_of(option: str, value: str, allowed: tuple[str, ...]) -> None:
    """Ends the command as wrongly used unless the value is one of those allowed."""
    if value not in allowed:
        raise typer.BadParameter(f"{option} {value!r}: chọn một trong / choose one of {', '.join(allowed)}")


def open_or_fail(home: Path | None, landing: Path | None = None) -> Office:
    """The office of a home, its lake brought; a wrong setting, a database or a lake that does not answer, or a folder
    that cannot be written ends the command with one line."""
    from sqlalchemy.exc import DBAPIError

    from resources.lake import LakeError
    from resources.logs import start_logs
    from resources.office import open_office
    from resources.settings import SettingsError, load_settings
    from resources.trouble import one_line

    try:
        settings = load_settings(home=home, landing=landing)
        start_logs(settings, quietly=True)
        office = open_office(settings)
        office.bring_lake()
        return office
    except SettingsError as error:
        fail(f"Cài đặt sai / wrong setting: {error}", USAGE)
    except DBAPIError as error:
        fail(
            f"Cơ sở dữ liệu không trả lời / the database does not answer: {one_line(error)}. "
            "Xem / see: service-index doctor"
        )
    except LakeError as error:
        fail(f"Kho không dùng được / the lake cannot be used: {error}")
    except OSError as error:
        fail(f"Không ghi được thư mục dữ liệu / the home cannot be written: {error.filename}: {error.strerror}")
