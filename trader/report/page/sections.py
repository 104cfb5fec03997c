"""The parts of a page that are text: head, figures, facts, tables, the months, the drawdowns, the audit.

Rules: everything here can be read without a script, also by a program that reads pages aloud: a picture in
this file stands beside the words and numbers that it shows. Colours are classes of the page's own style.
"""

from collections.abc import Sequence

from trader.core.text import signed_percent, utc_day
from trader.report.page.curves import Drawdown, Month
from trader.report.page.document import Figure, Page, Step
from trader.report.page.markup import Markup, element, joined
from trader.report.tables import Table

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HEAT = (0.0, 0.02, 0.05, 0.10)  # a month beyond the last is as strong as it gets
_DAY_MS = 86_400_000
_TONES = {"good": "good", "bad": "bad"}
_NARROW_MIN = 0.4  # per cent of the width: a bar that is not zero can be seen


def section(key: str, title: str, *children: str) -> Markup:
    heading = element("h2", title, id=f"{key}-title")
    return element("section", heading, *children, id=key, aria_labelledby=f"{key}-title")


def figures(shown: Sequence[Figure]) -> Markup:
    """Label and number, in pairs."""
    pairs = (
        element("div", element("dt", f.label), element("dd", f.value, class_=_TONES.get(f.tone)))
        for f in shown
    )
    return element("dl", *pairs, class_="figures")


def facts(page: Page) -> Markup:
    pairs = (joined((element("dt", label), element("dd", value))) for label, value in page.facts)
    return element("dl", *pairs, class_="facts")


def notes(said: Sequence[str]) -> Markup:
    return element("ul", *(element("li", note) for note in said), class_="notes")


def table(shown: Table, *, class_: str | None = None) -> Markup:
    """A table that scrolls sideways in itself where the screen is narrow, and can be reached by keyboard."""
    heads = [
        element("th", head.removesuffix(">"), scope="col", class_="n" if head.endswith(">") else None)
        for head in shown.heads
    ]
    rows = [
        element(
            "tr",
            *(
                element("th", cell, scope="row")
                if i == 0
                else element("td", cell, class_=_cell_class(shown.heads[i], cell))
                for i, cell in enumerate(row)
            ),
        )
        for row in shown.rows
    ]
    drawing = element(
        "table",
        element("caption", shown.title),
        element("thead", element("tr", *heads)),
        element("tbody", *rows),
        class_=class_,
    )
    below = [element("p", note, class_="small") for note in shown.notes]
    return element("div", scrolling(drawing, shown.title), *below, class_="table")


def scrolling(child: Markup, label: str) -> Markup:
    return element("div", child, class_="scroll", tabindex="0", role="region", aria_label=label)


def _cell_class(head: str, cell: str) -> str | None:
    if not head.endswith(">"):
        return None
    if cell.startswith(("-", "\u2212")):
        return "n bad"
    return "n good" if cell.startswith("+") and cell.strip("+0. %") else "n"


def months_table(months: Sequence[Month]) -> Markup:
    """Years down, months across, each return with a colour for its size, and the year's own."""
    years = sorted({m.year for m in months})
    of = {(m.year, m.month): m.fraction for m in months}
    head = [element("th", name, scope="col", class_="n") for name in ("year", *_MONTHS, "all")]
    rows = []
    for year in years:
        cells = [_heat_cell(of.get((year, month + 1))) for month in range(12)]
        whole = 1.0
        for month in range(12):
            whole *= 1 + of.get((year, month + 1), 0.0)
        rows.append(element("tr", element("th", str(year), scope="row"), *cells, _heat_cell(whole - 1)))
    caption = element("caption", "Returns by month, in per cent")
    drawing = element(
        "table", caption, element("thead", element("tr", *head)), element("tbody", *rows), class_="heat"
    )
    return element("div", scrolling(drawing, "Returns by month"), class_="table")


def _heat_cell(fraction: float | None) -> Markup:
    if fraction is None:
        return element("td", class_="n")
    shown = f"{fraction * 100:+.1f}"
    if shown in ("+0.0", "-0.0"):
        return element("td", "0.0", class_="n")
    strength = sum(abs(fraction) >= limit for limit in _HEAT)
    return element("td", shown, class_=f"n heat-{'up' if fraction > 0 else 'down'}-{strength}")


def drawdown_table(found: Sequence[Drawdown]) -> Table:
    rows = tuple(
        (
            str(i + 1),
            signed_percent(d.fraction),
            utc_day(d.peak_ms),
            utc_day(d.trough_ms),
            "not yet" if d.recovered_ms is None else utc_day(d.recovered_ms),
            f"{((d.recovered_ms or d.trough_ms) - d.peak_ms) / _DAY_MS:.1f}",
        )
        for i, d in enumerate(found)
    )
    heads = ("", "depth>", "from", "lowest", "recovered", "days>")
    said = ("days count to the recovery, or to the lowest value where there is none yet",) if rows else ()
    return Table("Drawdowns, the deepest first", heads, rows, said)


def waterfall(audit: Sequence[Step]) -> Markup:
    """Each step as a row: its name, what it returned, and a bar from the step before to this one."""
    values = [0.0, *(step.return_fraction for step in audit)]
    low, high = min(values), max(values)
    span = (high - low) or 1.0

    def place(value: float) -> float:
        return (value - low) / span * 100

    rows = []
    for i, step in enumerate(audit):
        is_whole = i in (0, len(audit) - 1)
        before = 0.0 if is_whole else audit[i - 1].return_fraction
        kind = "whole" if is_whole else _kind(step.return_fraction - before)
        points = "" if is_whole else f" ({(step.return_fraction - before) * 100:+.1f})"
        drawing = _bar(kind, place(before), place(step.return_fraction), place(0.0))
        rows.append(_step_row(step, points.replace("(-0.0)", "(+0.0)"), drawing))
    return element("ol", *rows, class_="waterfall")


def _kind(change: float) -> str:
    return "more" if change > 0 else "less" if change < 0 else "same"


def _bar(kind: str, before: float, after: float, zero: float) -> Markup:
    start, width = min(before, after), max(abs(after - before), _NARROW_MIN)
    bar = element("rect", x=f"{start:.3f}", y="1", width=f"{width:.3f}", height="6", class_=kind)
    axis = element("rect", x=f"{zero:.3f}", y="0", width="0.15", height="8", class_="axis")
    view = {"viewBox": "0 0 100.5 8", "preserveAspectRatio": "none"}
    return element("svg", axis, bar, **view, aria_hidden="true", focusable="false")


def _step_row(step: Step, points: str, drawing: Markup) -> Markup:
    tone = "bad" if step.return_fraction < 0 else "good"
    numbers = element(
        "span",
        element("strong", signed_percent(step.return_fraction), class_=tone),
        f"{points} \u00b7 {step.deals:,} trades",
        class_="step-numbers",
    )
    said = element("p", step.text, class_="small") if step.text else ""
    name = element("span", step.name, class_="step-name")
    return element("li", element("div", name, numbers, class_="step-head"), drawing, said)
