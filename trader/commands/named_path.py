"""The type of an option or argument that names a file or a folder.

Rules: an empty text names nothing and is refused.

Why: it is a variable that a script forgot to set, and to the system it is the working folder.
"""

from pathlib import Path
from typing import Any

import click


class NamedPath(click.Path):
    """A path that somebody named; where only a file or only a folder may stand there, that is said."""

    def __init__(self, *, is_file: bool = False, is_folder: bool = False) -> None:
        super().__init__(path_type=Path, file_okay=not is_folder, dir_okay=not is_file)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("it is empty, and no name of a file or folder", param, ctx)
        return super().convert(value, param, ctx)
