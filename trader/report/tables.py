"""A table as text: aligned plain columns, or drawn by rich where a person looks at a terminal.

Rules: cells are text already, made printable here; a number stands to the right. rich is imported only when
it draws. Away from a terminal nothing is coloured, cut or wrapped, so that a pipe gets every character.
"""

import sys
from dataclasses import dataclass

from trader.core.text import printable

_GAP = "  "


@dataclass(frozen=True, slots=True)
class Table:
    """Column heads (those that end in ">" hold numbers), rows, and lines below."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def drawn(table: Table, *, on_terminal: bool | None = None, width: int | None = None) -> str:
    """The table as one text that ends with a line end; by default it looks where stdout leads."""
    safe = _printable(table)
    if on_terminal is None:
        on_terminal = sys.stdout is not None and sys.stdout.isatty()
    return _by_rich(safe, width) if on_terminal else _plain(safe)


def _printable(table: Table) -> Table:
    rows = tuple(tuple(printable(cell) for cell in row) for row in table.rows)
    return Table(printable(table.title), table.heads, rows, tuple(printable(n) for n in table.notes))


def _is_number(head: str) -> bool:
    return head.endswith(">")


def _plain(table: Table) -> str:
    heads = [head.removesuffix(">") for head in table.heads]
    widths = [max(len(row[i]) for row in (heads, *table.rows)) for i in range(len(heads))]
    lines = [table.title] if table.title else []
    for row in (heads, *table.rows) if table.rows else ():
        cells = [
            cell.rjust(width) if _is_number(head) else cell.ljust(width)
            for cell, width, head in zip(row, widths, table.heads, strict=True)
        ]
        lines.append(_GAP.join(cells).rstrip())
    return "\n".join([*lines, *table.notes]) + "\n"


def _by_rich(table: Table, width: int | None) -> str:
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
