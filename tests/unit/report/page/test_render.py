"""The one file: its policy, its parts, its licence; and what it says without a script."""

import base64
import hashlib
import re
from dataclasses import replace
from html import unescape

import pytest

from tests.support.pages import AUDIT, a_page
from tests.support.source_tree import ROOT
from trader.report.page.curves import Month
from trader.report.page.document import Page, Step
from trader.report.page.render import LIBRARY, MAKERS, html_of
from trader.report.page.sections import months_table, waterfall
from trader.report.page.thinning import BARS_MAX
from trader.report.tables import Table

HTML = html_of(a_page(300))
VENDORED = ROOT / "trader" / "report" / "page" / "vendored"
# As it was published; another version comes with another hash and another licence to read.
LIBRARY_SHA256 = "e21cc5caa0226ef30bd8549c50b9ef926615f2a4ee6b4e486353477a55f598cf"


def test_the_same_page_is_the_same_file() -> None:
    assert html_of(a_page(300)) == HTML


def test_the_policy_names_the_hash_of_each_inline_part_and_nothing_else() -> None:
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', HTML)
    assert found is not None
    rules = dict(rule.split(" ", 1) for rule in unescape(found[1]).split("; "))
    scripts = re.findall(r"<script>(.*?)</script>", HTML, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", HTML, re.DOTALL)
    assert rules == {
        "default-src": "'none'",
        "script-src": " ".join(hash_of(each) for each in scripts),
        "style-src": hash_of(style),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert len(scripts) == 2


def hash_of(inline: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}'"


def test_nothing_is_fetched_and_nothing_runs_inline() -> None:
    body = re.sub(r"<(script|style)\b.*?</\1>", "", HTML, flags=re.DOTALL)
    assert not re.search(
        r"\b(src|srcset|action|formaction|poster|data)=|\son\w+=|\sstyle=|<link|<img|@import", body
    )
    assert set(re.findall(r'href="([^"]*)"', body)) == {MAKERS}


def test_the_charts_are_as_published_and_their_makers_are_named() -> None:
    assert hashlib.sha256((VENDORED / LIBRARY).read_bytes()).hexdigest() == LIBRARY_SHA256
    for line in (VENDORED / "NOTICE").read_text().strip().split("\n"):
        assert line.removesuffix(MAKERS).strip() in HTML
    assert "Apache License" in HTML and "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION" in HTML


@pytest.mark.parametrize(
    ("part", "left_out"),
    [
        ("curves", ("account", "returns")),
        ("coins", ("prices",)),
        ("audit", ("audit",)),
        ("deals", ("trades", "sums")),
        ("tables", ("tables",)),
        ("facts", ("facts",)),
    ],
)
def test_what_is_empty_is_left_out(part: str, left_out: tuple[str, ...]) -> None:
    gone = (part, "moves") if part == "deals" else (part,)
    page = replace(a_page(300), **dict.fromkeys(gone, ()))  # type: ignore[arg-type]
    ids = set(re.findall(r'<section id="(\w+)"', html_of(page)))
    assert ids == set(re.findall(r'<section id="(\w+)"', HTML)) - set(left_out)


def test_a_page_of_nothing_is_a_page() -> None:
    assert "<h1>Nothing</h1>" in html_of(Page("Nothing"))


def test_bars_that_were_put_together_are_said() -> None:
    page = a_page(200)
    coin = page.coins[0]
    count = BARS_MAX + 1
    many = replace(
        coin,
        open_ms=range(0, count * coin.frame_ms, coin.frame_ms),
        open=[1.0] * count,
        high=[1.0] * count,
        low=[1.0] * count,
        close=[1.0] * count,
        lines=(),
    )
    assert "BTC: 60,001 bars of 30 minutes are drawn as" in html_of(Page("x", coins=(many,)))


def test_the_audit_is_readable_without_its_picture() -> None:
    text = re.sub(r"<[^>]*>", " ", waterfall(AUDIT))
    for step in AUDIT:
        assert step.name in text and f"{step.return_fraction * 100:+.1f} %" in text
        assert f"{step.deals:,} trades" in text and step.text.split()[:1] <= text.split()


def test_each_step_of_the_audit_begins_where_the_one_before_ended() -> None:
    bars = [
        (float(x), float(width), kind)
        for x, width, kind in re.findall(
            r'<rect x="([\d.]+)" y="1" width="([\d.]+)" height="6" class="(\w+)"', waterfall(AUDIT)
        )
    ]
    assert [kind for *_, kind in bars] == ["whole", "less", "less", "more", "whole"]
    ends = [x + width for x, width, _ in bars]
    assert ends[0] == pytest.approx(100, abs=0.01)
    assert ends[1] == pytest.approx(ends[0], abs=0.01)
    assert ends[2] == pytest.approx(bars[1][0], abs=0.01)
    assert bars[3][0] == pytest.approx(bars[2][0], abs=0.01)


def test_a_step_that_changed_nothing_is_neither_good_nor_bad() -> None:
    same = (AUDIT[0], Step("fees", AUDIT[0].return_fraction, 412), AUDIT[1], AUDIT[-1])
    html = waterfall(same)
    assert re.findall(r'height="6" class="(\w+)"', html) == ["whole", "same", "less", "whole"]
    assert "</strong> (+0.0) " in html and "</strong> (-846.0) " in html


def test_months_have_the_colour_of_their_size() -> None:
    html = months_table([Month(2024, 12, 0.06), Month(2025, 1, -0.001), Month(2025, 2, -0.2)])
    cells = re.findall(r'<td class="([^"]*)">([^<]+)</td>', html)
    assert cells == [
        ("n heat-up-3", "+6.0"),
        ("n heat-up-3", "+6.0"),
        ("n heat-down-1", "-0.1"),
        ("n heat-down-4", "-20.0"),
        ("n heat-down-4", "-20.1"),
    ]


def test_signs_have_their_colour_and_plain_numbers_none() -> None:
    shown = Table("t", ("a", "b>", "c>", "d>"), (("-1", "-1.00", "+2.00", "+0.00"),))
    html = html_of(Page("x", tables=(shown,)))
    assert '<td class="n bad">-1.00</td><td class="n good">+2.00</td><td class="n">+0.00</td>' in html
    assert '<th scope="row">-1</th>' in html
