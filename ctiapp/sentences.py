"""What goes wrong outside of us reaches whoever typed a command as one sentence, not as a traceback."""

from __future__ import annotations

from typing import Any

import click
import psycopg2

from ctiapp.config.values import ValuesError
from ctiapp.settings import WrongSetting


def sentence(error: BaseException) -> str | None:
    """What to tell; None for what is a mistake of ours, whose traceback somebody needs."""
    match error:
        case psycopg2.OperationalError():
            return f"The database does not answer: {first_line(error)}\nIs DATABASE_URL right, does its server run?"
        case psycopg2.errors.InsufficientPrivilege():
            return f"The database does not let us: {first_line(error)}\nThe user of DATABASE_URL must own it."
        case psycopg2.ProgrammingError() if _is_unreadable(error):
            return first_line(error)
        case WrongSetting() | ValuesError():
            return str(error)
        case OSError() if error.filename is not None:
            return f"{error.filename}: {error.strerror}."
    return None


def first_line(error: BaseException) -> str:
    """What the error says, in one line; never a part of DATABASE_URL, which holds a password."""
    if _is_unreadable(error):
        return "DATABASE_URL cannot be read; it looks like postgresql://USER:PASSWORD@HOST:PORT/DATABASE."
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _is_unreadable(error: BaseException) -> bool:
    return isinstance(error, psycopg2.ProgrammingError) and error.pgcode is None and "dsn" in str(error)


class Commands(click.Group):
    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except Exception as error:
            if (told := sentence(error)) is None:
                raise
            raise click.ClickException(told) from error
