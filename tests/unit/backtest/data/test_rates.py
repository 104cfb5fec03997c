"""Funding from files of several venues and from one rate."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.support.bar_files import a_csv, csv_text, date_of, written
from trader.backtest.data import BadData, constant_rate, read_rates
from trader.core.candles import HOUR_MS

BEGIN_MS = 1_735_689_600_000


def some_rates(count: int = 6, *, every_ms: int = 8 * HOUR_MS) -> list[list[Any]]:
    return [[BEGIN_MS + number * every_ms, 0.0001 * (number - 2)] for number in range(count)]


def rates_file(folder: Path, rows: list[list[Any]]) -> Path:
    return a_csv(folder, rows, ("timestamp_ms", "funding_rate"))


@pytest.mark.parametrize("names", [("timestamp_ms", "funding_rate"), ("fundingTime", "fundingRate"), None])
def test_columns_of_several_writers(tmp_path: Path, names: tuple[str, str] | None) -> None:
    rates = read_rates(a_csv(tmp_path, some_rates(), names))
    assert [[*row] for row in zip(rates.at_ms.tolist(), rates.rate.tolist(), strict=True)] == some_rates()
    with pytest.raises(ValueError, match="read-only"):
        rates.rate[0] = 1.0


@pytest.mark.parametrize("named", [True, False])
def test_the_public_archive(tmp_path: Path, named: bool) -> None:
    names = ("calc_time", "funding_interval_hours", "last_funding_rate") if named else None
    path = a_csv(tmp_path, [[at_ms, 8, rate] for at_ms, rate in some_rates()], names)
    assert read_rates(path).rate.tolist() == [rate for _, rate in some_rates()]


def test_funding_kept_as_candles_whose_open_is_the_rate(tmp_path: Path) -> None:
    rows = [[date_of(at_ms), rate, 0.0, 0.0, 0.0, 0.0] for at_ms, rate in some_rates()]
    frame = pl.DataFrame(rows, schema=["date", "open", "high", "low", "close", "volume"], orient="row")
    path = tmp_path / "BTC_USDT_USDT-8h-funding_rate.feather"
    frame.write_ipc(path)
    assert read_rates(path).rate.tolist() == [rate for _, rate in some_rates()]
    other = tmp_path / "BTC-8h.feather"
    frame.write_ipc(other)
    with pytest.raises(BadData, match="no column with rates among: date, open"):
        read_rates(other)


def test_one_rate_is_due_every_eight_hours_of_the_span() -> None:
    rates = constant_rate(0.0001, first_ms=BEGIN_MS + 1, end_ms=BEGIN_MS + 24 * HOUR_MS)
    assert rates.at_ms.tolist() == [BEGIN_MS + hours * HOUR_MS for hours in (8, 16, 24)]
    assert rates.rate.tolist() == [0.0001] * 3
    span: dict[str, Any] = {"first_ms": BEGIN_MS, "end_ms": BEGIN_MS}
    assert read_rates("-0.00005", **span).rate.tolist() == [-0.00005]
    assert read_rates(0.0, **span).at_ms.tolist() == [BEGIN_MS]
    with pytest.raises(BadData, match=r"a rate of 0\.1 per 8 h, expected a fraction"):
        read_rates(0.1, **span)
    with pytest.raises(BadData, match="a rate of nan"):
        read_rates("nan", **span)


def test_a_payment_stamped_late_is_of_its_minute(tmp_path: Path) -> None:
    rows = some_rates()
    rows[1][0] += 7
    rows[3][0] += 10_000
    said: list[str] = []
    path = rates_file(tmp_path, rows)
    assert read_rates(path, tell=said.append).at_ms.tolist() == [at_ms for at_ms, _ in some_rates()]
    assert said == [f"{path}: 2 times of funding, up to 10000 ms past a minute, are that minute"]


def test_missing_payments_and_another_rhythm_are_told(tmp_path: Path) -> None:
    """Hours that are missing in a file whose funding became hourly on the way."""
    rows = some_rates(8)
    hourly_ms = rows[-1][0] + HOUR_MS
    rows += [[hourly_ms + hour * HOUR_MS, 0.0001] for hour in range(12) if hour not in (6, 7)]
    said: list[str] = []
    path = rates_file(tmp_path, rows)
    assert len(read_rates(path, tell=said.append).at_ms) == 18
    assert said == [
        f"{path}: 2 payments of funding missing, due 2025-01-03 15:00:00 UTC",
        f"{path}: funding every 8h becomes every 1h at 2025-01-03 08:00:00 UTC",
    ]


def test_one_missing_hour_is_told_and_a_late_one_is_none(tmp_path: Path) -> None:
    rows = some_rates(24, every_ms=HOUR_MS)
    rows[15][0] += HOUR_MS // 3
    del rows[9]
    said: list[str] = []
    path = rates_file(tmp_path, rows)
    read_rates(path, tell=said.append)
    assert said == [f"{path}: 1 payment of funding missing, due 2025-01-01 09:00:00 UTC"]


@pytest.mark.parametrize(
    ("row", "column", "value", "said"),
    [
        (2, 1, "nan", "line 4: the rate is nan, expected a fraction between -0.05 and 0.05"),
        (2, 1, 0.0501, "line 4: the rate is 0.0501, expected a fraction"),
        (2, 1, "x", "line 4: funding_rate is 'x', expected a number"),
        (2, 0, BEGIN_MS, "line 4: opens at 2025-01-01 00:00:00 UTC, before the row above it"),
        (2, 0, BEGIN_MS + 8 * HOUR_MS, "line 4: a second rate is due at"),
        (
            2,
            0,
            BEGIN_MS + 16 * HOUR_MS + 10_001,
            "line 4: funding at 2025-01-01 16:00:10 UTC, expected",
        ),
    ],
)
def test_a_defect_is_named(tmp_path: Path, row: int, column: int, value: object, said: str) -> None:
    rows = some_rates()
    rows[row][column] = value
    path = rates_file(tmp_path, rows)
    with pytest.raises(BadData) as caught:
        read_rates(path)
    assert str(caught.value).startswith(f"{path}: {said}")


def test_rates_in_per_cent_are_refused(tmp_path: Path) -> None:
    rows = [[at_ms, 0.01] for at_ms, _ in some_rates()]
    with pytest.raises(BadData, match=r"half of all rates are above 0\.01, which no market pays for long"):
        read_rates(rates_file(tmp_path, rows))


def test_a_single_payment_has_no_rhythm(tmp_path: Path) -> None:
    said: list[str] = []
    path = written(tmp_path / "one.csv", csv_text(some_rates(1), None))
    assert (len(read_rates(path, tell=said.append).at_ms), len(said)) == (1, 1)
