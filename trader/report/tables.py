"""A table as text: aligned plain columns, or drawn by rich where a person looks at a terminal.

Rules: cells are text already, made printable here; a number stands to the right. rich is imported only when
it draws. A figure is never cut: where a terminal is too narrow for the drawing, columns stand closer, then
those that the table can spare are left out. Away from a terminal nothing is coloured, cut or wrapped.
"""

import shutil
import sys

from trader.core.frozen import frozen
from trader.core.text import printable

_GAP = 2
_GAP_MIN = 1
_BORDER = 3  # what rich draws between two columns


@frozen
class Table:
    """Column heads (those that end in ">" hold numbers), rows, lines below; `spare` heads may be left out."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()


def drawn(table: Table, *, on_terminal: bool | None = None, width: int | None = None) -> str:
    """The table as one text that ends with a line end; by default it looks where stdout leads."""
    safe = _printable(table)
    if on_terminal is None:
        on_terminal = sys.stdout is not None and sys.stdout.isatty()
    if not on_terminal:
        return _plain(safe)
    columns = width if width is not None else shutil.get_terminal_size().columns
    if _width(safe, _BORDER) + _BORDER + 1 <= columns:
        return _by_rich(safe, columns)
    for candidate, gap in ((safe, _GAP), (safe, _GAP_MIN), (_without_spare(safe), _GAP)):
        if _width(candidate, gap) <= columns:
            return _plain(candidate, gap)
    return _plain(_without_spare(safe), _GAP_MIN)


def _printable(table: Table) -> Table:
    rows = tuple(tuple(printable(cell) for cell in row) for row in table.rows)
    notes = tuple(printable(note) for note in table.notes)
    return Table(printable(table.title), table.heads, rows, notes, table.spare)


def _without_spare(table: Table) -> Table:
    kept = [i for i, head in enumerate(table.heads) if head not in table.spare]
    rows = tuple(tuple(row[i] for i in kept) for row in table.rows)
    return Table(table.title, tuple(table.heads[i] for i in kept), rows, table.notes)


def _widths(table: Table) -> list[int]:
    heads = [head.removesuffix(">") for head in table.heads]
    return [max(len(row[i]) for row in (heads, *table.rows)) for i in range(len(heads))]


def _width(table: Table, gap: int) -> int:
    return sum(_widths(table)) + gap * (len(table.heads) - 1)


def _is_number(head: str) -> bool:
    return head.endswith(">")


def _plain(table: Table, gap: int = _GAP) -> str:
    heads = [head.removesuffix(">") for head in table.heads]
    widths = _widths(table)
    lines = [table.title] if table.title else []
    for row in (heads, *table.rows) if table.rows else ():
        cells = [
            cell.rjust(width) if _is_number(head) else cell.ljust(width)
            for cell, width, head in zip(row, widths, table.heads, strict=True)
        ]
        lines.append((" " * gap).join(cells).rstrip())
    return "\n".join([*lines, *table.notes]) + "\n"


def _by_rich(table: Table, width: int) -> str:
    from rich.console import Console
    from rich.table import Table as Drawing
    from rich.text import Text

    drawing = Drawing(title=Text(table.title), title_justify="left")
    for head in table.heads:
        drawing.add_column(Text(head.removesuffix(">")), justify="right" if _is_number(head) else "left")
    for row in table.rows:
        drawing.add_row(*(Text(cell) for cell in row))
    console = Console(width=width, force_terminal=True, highlight=False)
    with console.capture() as capture:
        if table.rows:
            console.print(drawing)
        else:
            console.print(Text(table.title))
        for note in table.notes:
            console.print(Text(note))
    return capture.get()
