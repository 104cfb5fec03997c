"""A `Page` as one HTML file that needs nothing else: no network, no second file, no right to either.

Rules: the file's own policy allows exactly its two scripts and its one style, each by the hash of its bytes,
and nothing from anywhere; texts are escaped where they are written (`markup`) and cannot end the element that
holds the data (`payload`). The same page gives the same bytes.
"""

import base64
import hashlib
from functools import cache
from importlib.resources import files

from trader.core.errors import require
from trader.report.page import breakdown
from trader.report.page.curves import drawdowns, months
from trader.report.page.document import Page
from trader.report.page.markup import Markup, element, joined
from trader.report.page.payload import payload
from trader.report.page.sections import (
    drawdown_table,
    facts,
    figures,
    months_table,
    notes,
    section,
    table,
    waterfall,
)

LIBRARY = "lightweight-charts.standalone.production.js"
SCRIPTS = ("words", "colours", "hint", "layer", "prices", "account", "ledger", "start")
MAKERS = "https://www.tradingview.com/"


def html_of(page: Page) -> str:
    """The whole file."""
    data, thinned = payload(page)
    style, library, script = _style(), _library(), _script()
    body = joined((_top(page), element("main", *_main(page, thinned)), _foot()))
    head = joined(
        (
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=_policy(style, library, script)),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("meta", name="referrer", content="no-referrer"),
            element("title", page.title),
            Markup(f"<style>{style}</style>"),
        )
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>{head}</head>\n<body>{body}\n'
        f'<script type="application/json" id="data">{data}</script>\n'
        f"<script>{library}</script>\n<script>{script}</script>\n</body>\n</html>\n"
    )


def _policy(style: str, *scripts: str) -> str:
    allowed = " ".join(_hash(each) for each in scripts)
    own = f"script-src {allowed}; style-src {_hash(style)}"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"


def _hash(inline: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}'"


def _top(page: Page) -> Markup:
    said = element("p", page.subtitle) if page.subtitle else ""
    switch = element("button", "theme: system", type="button", id="theme")
    return element("header", element("div", element("h1", page.title), said), switch)


def _main(page: Page, thinned: list[str]) -> list[Markup]:
    """The sections that have something to show, the most important first."""
    said = (*page.notes, *thinned)
    parts = [figures(page.figures)] if page.figures else []
    parts += [notes(said)] if said else []
    if page.curves:
        parts.append(section("account", "Account", _chart("account", "The account's value and its drawdown")))
    if page.coins:
        tabs = element("div", id="coins", class_="choices", role="group", aria_label="Coin")
        controls = element("div", id="ranges", class_="choices", role="group", aria_label="Range")
        legend = element("p", id="price-legend", class_="legend")
        chart = _chart("price", "Prices with entries, stops, targets and exits")
        parts.append(section("prices", "Prices and trades", tabs, controls, chart, legend))
    if page.audit:
        parts.append(section("audit", "Where the result comes from", waterfall(page.audit)))
    parts += _tables(page)
    if page.deals:
        parts.append(section("trades", "Trades", element("div", id="ledger")))
    if page.facts:
        parts.append(section("facts", "What was run", facts(page)))
    return parts


def _chart(key: str, label: str) -> Markup:
    """Room for a chart; what it shows at a place is also said in words to who moves there with the keys."""
    said = f"{label}. Arrow keys move along it, Home and End to its ends."
    hint = element("div", id=f"{key}-hint", class_="hint", role="status", hidden="hidden")
    drawing = element("div", id=f"{key}-chart", class_="chart", tabindex="0", role="group", aria_label=said)
    return element("div", element("div", id=f"{key}-lines", class_="legend"), drawing, hint, class_="frame")


def _tables(page: Page) -> list[Markup]:
    parts: list[Markup] = []
    if page.curves and page.curves[0].at_ms:
        main = page.curves[0]
        told = [months_table(months(main)), table(drawdown_table(drawdowns(main)))]
        parts.append(section("returns", "Months and drawdowns", *told))
    if page.deals:
        shown = [breakdown.by_coin(page.deals), breakdown.by_reason(page.deals), breakdown.by_leg(page.deals)]
        if len({deal.strategy for deal in page.deals}) > 1:
            shown.insert(1, breakdown.by_strategy(page.deals))
        still = breakdown.left_open(page.deals)
        shown += [still] if still is not None else []
        parts.append(section("sums", "Trades added up", *(table(each) for each in shown)))
    if page.tables:
        parts.append(section("tables", "More numbers", *(table(each) for each in page.tables)))
    return parts


def _foot() -> Markup:
    name, copyright_line = _vendored("NOTICE").strip().split("\n")
    link = element("a", MAKERS, href=MAKERS, rel="noopener noreferrer")
    owner = copyright_line.removesuffix(MAKERS)
    licence = element("details", element("summary", "Licence of the charts"), element("pre", _licence()))
    said = element("p", f"Charts: {name}. {owner}", link, ", under the Apache License, Version 2.0.")
    return element("footer", said, licence)


def _licence() -> Markup:
    """Its lines as they stand: `text` would spell out the line ends."""
    from trader.report.page.markup import text

    return Markup("\n".join(text(line) for line in _vendored("LICENSE").split("\n")))


@cache
def _style() -> str:
    return _read("assets/style.css", ends="</style")


@cache
def _library() -> str:
    return _read(f"vendored/{LIBRARY}", ends="</script")


@cache
def _script() -> str:
    parts = "\n".join(_read(f"assets/{name}.js", ends="</script") for name in SCRIPTS)
    return f'"use strict";\n(() => {{\n{parts}\n}})();'


def _vendored(name: str) -> str:
    return _read(f"vendored/{name}", ends="\0")


def _read(name: str, *, ends: str) -> str:
    """A file of the package that is put inside an element, which it must not end."""
    content = (files("trader.report.page") / name).read_text(encoding="utf-8")
    require(
        ends not in content.lower() and "\r" not in content, f"{name} would end the element that it is in"
    )
    return content
