"""Which file is used, and what is said when there is none."""

import os
from pathlib import Path

import pytest

from trader.config import find, home, usual_path, without_file
from trader.core.errors import ConfigError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def make(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_the_order_is_flag_variable_folder_home(here: Path) -> None:
    assert find(None, {}).path is None
    at_home = make(home() / ".config/trader/config.yaml")
    assert find(None, {"HOME": "/elsewhere"}).path == at_home == usual_path()
    in_folder = make(here / "trader.yaml")
    assert find(None, {}).path == in_folder
    named = make(here / "named.yaml")
    assert find(None, {"TRADER_CONFIG": str(named)}).path == named
    assert find("other.yaml", {"TRADER_CONFIG": str(named)}).path == here / "other.yaml"
    assert find("~/x.yaml", {}).path == home() / "x.yaml"


def test_a_named_file_that_is_missing_is_not_passed_over(here: Path) -> None:
    make(here / "trader.yaml")
    assert find(None, {"TRADER_CONFIG": "/srv/none.yaml"}).path == Path("/srv/none.yaml")


def test_a_broken_link_is_not_passed_over(here: Path) -> None:
    (here / "trader.yaml").symlink_to("/srv/none.yaml")
    assert find(None, {}).path == here / "trader.yaml"


def test_what_another_user_left_in_this_folder_is_neither_used_nor_passed_over(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: ours + 1)
    if ours == 0:
        monkeypatch.setattr("trader.config.places.ROOT", -1)
    link, file = here / "trader.yaml", make(here / "named.yaml")
    link.symlink_to(file)
    for left in (link, file):
        left.replace(here / "trader.yaml")
        with pytest.raises(ConfigError, match=rf"trader.yaml belongs to user id {ours}.*--config"):
            find(None, {})
        assert find("trader.yaml", {}).path == here / "trader.yaml"


def test_without_a_file_the_embedded_exchange_must_be_asked_for(here: Path) -> None:
    assert str(without_file(find(None, {}).tried)) == (
        f"no configuration; tried TRADER_CONFIG (not set), {here}/trader.yaml, {usual_path()}. Write one with"
        " `trader init`, name one with --config FILE, or add --paper to use the embedded exchange"
    )


def test_a_user_without_a_home_is_told_what_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr("pwd.getpwuid", nobody)
    assert "is not in passwd" in find(None, {}).tried[-1]
