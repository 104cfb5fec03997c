"""The dashboard and the alert rules that are shipped: they parse, name metrics that exist, and fire when they
should.

Expressions are parsed by the grammar of Prometheus; their truth is found on a text file that the sink wrote.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import yaml

from tests.support.promql import Instant, samples, selectors
from tests.support.reports import a_long, a_report, held
from tests.support.source_tree import ROOT
from trader.sinks.metric_samples import Configured
from trader.sinks.metric_table import FAMILIES, OF_ALL
from trader.sinks.metrics import Metrics

FOLDER = ROOT / "scripts" / "monitoring"
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
[GROUP] = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
ALERTS = {rule["alert"]: rule for rule in GROUP["rules"]}
# What the exporter says of the text files that it reads.
EXPORTER = {"node_textfile_mtime_seconds": ("file",), "node_textfile_scrape_error": ()}
SCRAPED = {"instance", "job"}
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
SHOWN = [(panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]]
EXPRESSIONS = [*SHOWN, *((name, rule["expr"]) for name, rule in ALERTS.items())]

WHO = 'realm="paper",venue="hyperliquid",account="main"'
RUN, CHECK = f'{WHO},command="run"', f'{WHO},command="check-sl"'
BTC, BUDGET, DAY = f'{WHO},coin="BTC"', f'{WHO},budget="weight"', f'{WHO},rule="daily_loss"'
MTIME = 'node_textfile_mtime_seconds{file="/var/lib/node_exporter/trader.prom"}'
ENDED_S = a_report().ended_ms / 1000
NOW_S = ENDED_S + 300
SECOND_S = 1.0

# Of each alert: what of a clean file must change, and what is still quiet, just before. None: no such line.
Lines = Mapping[str, float | None]
FIRES: dict[str, tuple[Lines, Lines]] = {
    "TraderPositionNaked": (
        {f"trader_position_uncovered{{{BTC}}}": 1},
        {f"trader_position_uncovered{{{BTC}}}": None},
    ),
    "TraderCoverUnread": ({f"trader_cover_read{{{WHO}}}": 0}, {f"trader_cover_read{{{WHO}}}": None}),
    "TraderRunAbsent": (
        {f"trader_last_success_timestamp_seconds{{{RUN}}}": NOW_S - 3600 - SECOND_S},
        {f"trader_last_success_timestamp_seconds{{{RUN}}}": NOW_S - 3600},
    ),
    "TraderCheckAbsent": (
        {f"trader_last_success_timestamp_seconds{{{CHECK}}}": NOW_S - 600 - SECOND_S},
        {f"trader_last_success_timestamp_seconds{{{CHECK}}}": NOW_S - 600},
    ),
    "TraderNeverSucceeded": (
        {f"trader_last_run_timestamp_seconds{{{CHECK}}}": ENDED_S},
        {
            f"trader_last_run_timestamp_seconds{{{CHECK}}}": ENDED_S,
            f"trader_last_success_timestamp_seconds{{{CHECK}}}": ENDED_S,
        },
    ),
    "TraderFileStale": ({MTIME: NOW_S - 3600 - SECOND_S}, {MTIME: NOW_S - 3600}),
    "TraderFileUnreadable": ({"node_textfile_scrape_error": 1}, {"node_textfile_scrape_error": 0}),
    "TraderMetricsAbsent": ({f"trader_last_run_timestamp_seconds{{{RUN}}}": None}, {}),
    "TraderUnknownOrders": (
        {f"trader_unknown_orders{{{WHO}}}": 1},
        {f"trader_unknown_orders{{{WHO}}}": None},
    ),
    "TraderOtherHost": (
        {f'trader_exit_reason{{{RUN},code="24"}}': 1},
        {f'trader_exit_reason{{{RUN},code="22"}}': 1},
    ),
    "TraderDenied": (
        {f'trader_exit_reason{{{RUN},code="11"}}': 1},
        {f'trader_exit_reason{{{RUN},code="12"}}': 1},
    ),
    "TraderForeignUncovered": (
        {f"trader_foreign_uncovered{{{BTC}}}": 1},
        {f"trader_foreign_uncovered{{{BTC}}}": 0},
    ),
    "TraderMarginHigh": ({f"trader_margin_ratio{{{WHO}}}": 0.51}, {f"trader_margin_ratio{{{WHO}}}": 0.5}),
    "TraderDrawdownNearLimit": (
        {f"trader_drawdown_ratio{{{WHO}}}": 0.17, f"trader_drawdown_limit_ratio{{{WHO}}}": 0.2},
        {f"trader_drawdown_ratio{{{WHO}}}": 0.17},
    ),
    "TraderDailyLossNearLimit": (
        {f"trader_day_loss_usd{{{WHO}}}": 17, f"trader_daily_loss_limit_usd{{{WHO}}}": 20},
        {f"trader_day_loss_usd{{{WHO}}}": 15, f"trader_daily_loss_limit_usd{{{WHO}}}": 20},
    ),
    "TraderBreakerTripped": (
        {f"trader_breaker_tripped{{{DAY}}}": 1},
        {f"trader_breaker_tripped{{{DAY}}}": 0},
    ),
    "TraderBudgetNearlyUsed": (
        {f"trader_budget_used{{{BUDGET}}}": 81, f"trader_budget_limit{{{BUDGET}}}": 100},
        {f"trader_budget_used{{{BUDGET}}}": 80, f"trader_budget_limit{{{BUDGET}}}": 100},
    ),
    "TraderHaltedLong": (
        {f"trader_halted_since_timestamp_seconds{{{WHO}}}": NOW_S - 86_400 - SECOND_S},
        {f"trader_halted_since_timestamp_seconds{{{WHO}}}": NOW_S - 86_400},
    ),
}


@pytest.fixture
def clean(tmp_path: Path) -> str:
    """The file after a clean run with one position, as the sink writes it."""
    file = tmp_path / "trader.prom"
    assert Metrics(file, Configured(1800)).tell(a_report(held(a_long()))) == []
    return file.read_text()


def firing(text: str, lines: Lines) -> set[str]:
    """The alerts that fire on a file of which some lines are different."""
    there = {line.rpartition(" ")[0]: line for line in text.splitlines() if not line.startswith("#")}
    for series, value in lines.items():
        if value is None:
            there.pop(series, None)
        else:
            there[series] = f"{series} {value}"
    instant = Instant(samples("\n".join(there.values())), NOW_S)
    return {name for name, rule in ALERTS.items() if instant.evaluate(promql.parse(rule["expr"]))}


def test_a_clean_run_fires_nothing(clean: str) -> None:
    assert firing(clean, {}) == set()


@pytest.mark.parametrize("alert", FIRES)
def test_an_alert_fires_when_it_should_and_alone(clean: str, alert: str) -> None:
    fires, quiet = FIRES[alert]
    assert firing(clean, fires) == {alert}
    assert firing(clean, quiet) == set()


def test_each_alert_has_its_case() -> None:
    assert list(FIRES) == list(ALERTS) and len(ALERTS) == len(GROUP["rules"])


@pytest.mark.parametrize("alert", ALERTS)
def test_a_rule_is_one_that_prometheus_takes(alert: str) -> None:
    rule = ALERTS[alert]
    assert {"alert", "expr", "labels", "annotations"} <= set(rule) <= {"for", *ALERTS["TraderCoverUnread"]}
    assert re.fullmatch(r"Trader[A-Za-z]+", alert)
    if "for" in rule:
        assert promql.parse_duration(rule["for"]).total_seconds() > 0
    assert set(rule["labels"]) == {"severity"}
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert set(rule["annotations"]) == {"summary", "description"}
    for text in rule["annotations"].values():
        assert isinstance(text, str) and text and text.count("{{") == text.count("}}")
        left = re.sub(r"\{\{ \$(labels\.[a-z]+|value( \| humanize(Duration|Percentage))?) \}\}", "", text)
        assert "{{" not in left and "$" not in left


def test_an_alert_names_labels_that_its_series_have() -> None:
    for alert, rule in ALERTS.items():
        labels = {label for name in named(rule["expr"]) for label in labels_of(name)}
        said = re.findall(r"\$labels\.([a-z]+)", " ".join(rule["annotations"].values()))
        assert set(said) <= labels | SCRAPED, alert


def labels_of(name: str) -> tuple[str, ...]:
    if name in EXPORTER:
        return EXPORTER[name]
    return (*OF_ALL, *FAMILIES[name.removeprefix("trader_")].labels)


def named(expression: str) -> Iterator[str]:
    for selector in selectors(promql.parse(expression)):
        assert selector.name is not None, expression
        yield selector.name


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS)
def test_an_expression_parses_and_asks_for_what_is_written(where: str, expression: str) -> None:
    found = selectors(promql.parse(expression))
    assert found, where
    for selector in found:
        assert selector.name is not None
        assert selector.name in EXPORTER or selector.name.removeprefix("trader_") in FAMILIES, where
        assert {m.name for m in selector.matchers.matchers} <= set(labels_of(selector.name)), where


def test_each_metric_is_looked_at() -> None:
    asked = {name.removeprefix("trader_") for _, expression in EXPRESSIONS for name in named(expression)}
    assert set(FAMILIES) - asked == set()


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the table below a heading of docs/metrics.md, its head left out."""
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8").partition(f"## {heading}\n")[2]
    lines = [line for line in text.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_page_names_each_metric_with_its_labels_and_its_test() -> None:
    told = {row[0].strip("`").removeprefix("trader_"): row[1:] for row in rows_of("The table")}
    assert list(told) == list(FAMILIES)
    for name, (labels, source, absent, test) in told.items():
        assert tuple(label for label in labels.split(", ") if label) == FAMILIES[name].labels
        assert source and absent and test.startswith("`tests/")


def test_the_page_names_each_alert() -> None:
    assert [row[0] for row in rows_of("The alerts")] == list(ALERTS)


class TestTheDashboard:
    def test_every_query_asks_the_chosen_source_for_the_chosen_accounts(self) -> None:
        chosen = {("realm", "$realm"), ("venue", "$venue"), ("account", "$account")}
        for panel in PANELS:
            for part in (panel, *panel["targets"]):
                assert part["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        for title, expression in SHOWN:
            for selector in selectors(promql.parse(expression)):
                assert chosen <= {(m.name, m.value) for m in selector.matchers.matchers}, title

    def test_its_variables_are_the_source_and_the_labels_of_all(self) -> None:
        variables = {v["name"]: v for v in DASHBOARD["templating"]["list"]}
        assert tuple(variables) == ("datasource", *OF_ALL)
        assert (variables["datasource"]["type"], variables["datasource"]["query"]) == (
            "datasource",
            "prometheus",
        )
        for name in OF_ALL:
            asked = re.fullmatch(r"label_values\((.+), (\w+)\)", variables[name]["query"]["query"])
            assert asked is not None and asked[2] == name
            assert set(named(asked[1])) == {"trader_last_run_timestamp_seconds"}

    def test_it_can_be_imported_as_it_is(self) -> None:
        assert "__inputs" not in DASHBOARD and DASHBOARD["uid"] and DASHBOARD["schemaVersion"] >= 36
        ids = [panel["id"] for panel in DASHBOARD["panels"]]
        assert len(ids) == len(set(ids)) and "id" not in DASHBOARD

    def test_no_panel_covers_another(self) -> None:
        taken: set[tuple[int, int]] = set()
        for panel in DASHBOARD["panels"]:
            place = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert not cells & taken and max(x for x, _ in cells) < 24, panel["title"]
            taken |= cells

    def test_its_rows_are_the_questions(self) -> None:
        def rows(panels: list[dict[str, Any]]) -> list[str]:
            return [panel["title"] for panel in panels if panel["type"] == "row"]

        assert rows(DASHBOARD["panels"]) == [
            "Am I covered?",
            "Is it running?",
            "What does it cost, and earn?",
            "How near are the limits?",
        ]
