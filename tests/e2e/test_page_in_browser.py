"""Pages as a real browser shows them: no complaint, no request, hints, narrow and wide, light and dark.

These need a Chromium (`scripts/set-up browser`) and are run apart: `scripts/test -m browser`.
"""

import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.browser import Browser, Tab, a_browser, a_tab
from tests.support.pages import a_page, repeated
from trader.core.text import printable
from trader.report.page.document import Page
from trader.report.page.render import html_of
from trader.report.tables import Table

pytestmark = pytest.mark.browser

SIZES = ((1280, 900), (375, 800))
FRAME_MS_MAX = 250.0  # of the frame that a move of the view costs, on a machine that does other things too
STROKES_MAX = (
    30_000  # drawn for one move, whatever the machine: a screen has fewer columns than there are bars
)
MOVES = 20
TEXTS = """
(() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (text) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const found = rgba(getComputedStyle(e).backgroundColor);
      if (found[3] === 255) return found;
    }
    return [255, 255, 255, 255];
  };
  const poor = [];
  let texts = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || e.closest("script, [hidden], .chart") || !e.offsetParent) continue;
    texts += 1;
    const [a, b] = [light(rgba(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(ratio.toFixed(2) + " " + walk.currentNode.data.trim().slice(0, 40));
  }
  return [texts, poor.slice(0, 10)];
})()
"""

FRAME_TIMES = """
(() => {
  window.times = [];
  let before = performance.now();
  const each = () => {
    const now = performance.now();
    window.times.push(now - before);
    before = now;
    requestAnimationFrame(each);
  };
  each();
  window.strokes = 0;
  const pen = CanvasRenderingContext2D.prototype;
  for (const name of ["fillRect", "lineTo"]) {
    const drawn = pen[name];
    pen[name] = function (...where) {
      window.strokes += 1;
      return drawn.apply(this, where);
    };
  }
})()
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as one:
        yield one


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("pages"), a_page())


def written(folder: Path, page: Page) -> Path:
    path = folder / "page.html"
    path.write_text(html_of(page), encoding="utf-8")
    return path


def size_of(png: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def quiet(tab: Tab, file: Path) -> None:
    """Nothing to complain of, and nothing was asked for but the file itself."""
    assert tab.complaints == []
    assert tab.requests == [file.as_uri()]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_fits_the_screen_in_light_and_dark(browser: Browser, file: Path, width: int, height: int) -> None:
    pictures = []
    for dark in (False, True):
        with a_tab(browser, width=width, height=height, dark=dark, touch=width < 640) as tab:
            tab.open(file)
            assert tab.run("[document.documentElement.scrollWidth, innerWidth]") == [width, width]
            texts, poor = tab.run(TEXTS)
            assert texts > 100 and poor == []
            pictures.append(tab.screenshot())
            quiet(tab, file)
    assert [size_of(each) for each in pictures] == [(width, height)] * 2
    assert pictures[0] != pictures[1]


def test_the_hint_says_what_stands_under_the_pointer(browser: Browser, file: Path) -> None:
    with a_tab(browser) as tab:
        tab.open(file)
        for key, words in (("price", ("open ", "upper band ", " UTC")), ("account", ("base: ", "kind: "))):
            hint = f"document.getElementById('{key}-hint')"
            assert tab.run(f"{hint}.hidden") is True
            left, top, width, height = tab.place(f"#{key}-chart")
            tab.hover(left + width * 0.4, top + height * 0.3)
            assert tab.run(f"{hint}.hidden") is False
            said = tab.run(f"{hint}.innerText")
            assert all(word in said for word in words), said
            box = tab.run(
                f"(() => {{ const r = {hint}.getBoundingClientRect(); return [r.left, r.right]; }})()"
            )
            assert left <= box[0] and box[1] <= left + width
            tab.hover(2, 2)
            assert tab.run(f"{hint}.hidden") is True
        quiet(tab, file)


def test_a_trade_is_found_from_its_row_and_told_with_the_keys(browser: Browser, file: Path) -> None:
    with a_tab(browser) as tab:
        tab.open(file)
        pressed = "[...document.querySelectorAll('#coins button')].map((b) => b.ariaPressed)"
        assert tab.run(pressed) == ["true", "false"]
        tab.click("#ledger tbody tr:nth-child(2) button")
        assert tab.run(pressed) == ["false", "true"]
        tab.run("document.getElementById('price-chart').focus()")
        tab.press("ArrowLeft")
        said = tab.run("document.getElementById('price-hint').innerText")
        assert "trade 2: " in said and "stop " in said and "target " in said, said
        tab.press("Escape")
        assert tab.run("document.getElementById('price-hint').hidden") is True
        quiet(tab, file)


def test_the_trades_turn_their_pages_and_can_be_chosen(browser: Browser, tmp_path: Path) -> None:
    few = a_page()
    file = written(tmp_path, replace(few, deals=few.deals * 3, coins=(), moves=(), curves=(), audit=()))
    count = 3 * len(few.deals)
    with a_tab(browser) as tab:
        tab.open(file)
        rows = "[...document.querySelectorAll('#ledger tbody tr')].map((r) => r.cells[7].textContent)"
        assert len(tab.run(rows)) == 50
        tab.click("#ledger .choices button:last-of-type")
        assert len(tab.run(rows)) == count - 50
        select = "document.querySelector('#ledger select[aria-label=reason]')"
        tab.run(f"{select}.selectedIndex = 1; {select}.dispatchEvent(new Event('change'))")
        assert {each.removesuffix(" ?") for each in tab.run(rows)} == {"early"}
        quiet(tab, file)


def test_the_switch_goes_round_the_themes(browser: Browser, file: Path) -> None:
    with a_tab(browser) as tab:
        tab.open(file)
        seen = []
        for _ in range(3):
            tab.click("#theme")
            ground = tab.run("getComputedStyle(document.body).backgroundColor")
            seen.append((tab.run("document.getElementById('theme').textContent"), ground))
        assert [name for name, _ in seen] == ["theme: light", "theme: dark", "theme: system"]
        assert seen[0][1] == seen[2][1] == "rgb(255, 255, 255)" != seen[1][1]
        quiet(tab, file)


HOSTILE = '</script><img src=x onerror="window.broken=1"><!--<script>\'&amp;\u2028\u202e'


def test_no_text_breaks_out_of_its_place(browser: Browser, tmp_path: Path) -> None:
    page = a_page(400, names=(HOSTILE, "</title><b>"), title=HOSTILE)
    deals = tuple(replace(deal, reason=HOSTILE, strategy=HOSTILE) for deal in page.deals)
    tables = (Table(HOSTILE, (HOSTILE, f"{HOSTILE}>"), ((HOSTILE, HOSTILE),), (HOSTILE,)),)
    file = written(
        tmp_path, replace(page, deals=deals, notes=(HOSTILE,), tables=tables, facts=((HOSTILE, "x"),))
    )
    with a_tab(browser) as tab:
        tab.open(file)
        assert tab.run("[document.images.length, document.querySelectorAll('b').length]") == [0, 0]
        assert tab.run("typeof window.broken") == "undefined"
        assert tab.run("document.querySelector('#coins button').textContent") == printable(HOSTILE)
        assert "<img src=x onerror=" in tab.run("document.title")
        left, top, width, height = tab.place("#price-chart")
        tab.hover(left + width * 0.5, top + height * 0.5)
        quiet(tab, file)


def test_nothing_but_its_own_scripts_may_run_in_it(browser: Browser, file: Path) -> None:
    with a_tab(browser) as tab:
        tab.open(file)
        tab.run(
            "(() => { const s = document.createElement('script'); s.textContent = 'window.broken = 1';"
            " document.body.append(s); const i = new Image(); i.src = 'https://127.0.0.1:9/x.png';"
            " document.body.append(i); document.body.insertAdjacentHTML('beforeend',"
            ' \'<p style="color:red" onclick="1">x</p>\'); })()'
        )
        tab.painted()
        assert tab.run("typeof window.broken") == "undefined"
        assert sum("Content Security Policy" in each for each in tab.complaints) >= 3
        assert [each for each in tab.requests if each.startswith("http")] in (
            [],
            ["https://127.0.0.1:9/x.png"],
        )


def test_fifty_thousand_bars_stay_smooth(browser: Browser, tmp_path: Path) -> None:
    file = written(tmp_path, repeated(a_page(1_250), times=40))
    with a_tab(browser) as tab:
        tab.open(file)
        tab.click("#ranges button:first-child")
        left, top, width, height = tab.place("#price-chart")
        tab.run(FRAME_TIMES)
        for i in range(MOVES):
            tab.wheel(left + width * 0.5, top + height * 0.5, down=-80)
            tab.hover(left + width * (0.2 + 0.02 * i), top + height * 0.5)
        times = sorted(tab.run("window.times"))
        assert len(times) >= 2 * MOVES
        assert times[-MOVES] <= FRAME_MS_MAX, times
        assert 0 < tab.run("window.strokes") <= MOVES * STROKES_MAX
        quiet(tab, file)
