"""A frozen value is what the standard library's frozen data class with slots is, in all that one can do."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, InitVar, asdict, dataclass, field, fields, replace
from decimal import Decimal
from typing import Any, ClassVar, get_type_hints

import pytest

from trader.core.frozen import changed, frozen


@frozen
class Ours:
    """A value."""

    coin: str
    size: Decimal = Decimal(1)
    told: str = field(default="", repr=False)
    seen: int = field(default=0, compare=False)
    rows: tuple[int, ...] = field(default_factory=lambda: tuple(range(2)))
    KNOWN: ClassVar[int] = 7

    @property
    def twice(self) -> Decimal:
        return self.size * 2


@dataclass(frozen=True, slots=True)
class Theirs:
    """A value."""

    coin: str
    size: Decimal = Decimal(1)
    told: str = field(default="", repr=False)
    seen: int = field(default=0, compare=False)
    rows: tuple[int, ...] = field(default_factory=lambda: tuple(range(2)))
    KNOWN: ClassVar[int] = 7

    @property
    def twice(self) -> Decimal:
        return self.size * 2


@frozen
class One:
    price: float


@frozen
class Nothing: ...


@frozen
class More(One):
    size: int = 2


@frozen
class Checked:
    size: int

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError("below zero")


@frozen
class Own:
    size: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own)

    def __hash__(self) -> int:
        return 3

    def __repr__(self) -> str:
        return "own"


def matched(one: Any) -> object:
    match one:
        case Ours(coin, size) | Theirs(coin, size):
            return (coin, size)
    return None


SAME: dict[str, Callable[[Any], object]] = {
    "by position": lambda cls: asdict(cls("BTC", Decimal(2), "x", 3, (1,))),
    "by name": lambda cls: asdict(cls(coin="BTC", rows=())),
    "representation": lambda cls: repr(cls("BTC", told="secret")).replace("Theirs", "Ours"),
    "equal": lambda cls: (cls("BTC") == cls("BTC"), cls("BTC") == cls("ETH"), cls("BTC") != cls("BTC")),
    "not compared": lambda cls: cls("BTC", seen=1) == cls("BTC", seen=2),
    "equal to another class": lambda cls: cls("BTC") == ("BTC", Decimal(1)),
    "hash": lambda cls: hash(cls("BTC", seen=1)) == hash(cls("BTC", seen=2)) != hash(cls("ETH")),
    "in a set": lambda cls: len({cls("BTC"), cls("BTC", Decimal("1.0")), cls("ETH")}),
    "replaced": lambda cls: asdict(replace(cls("BTC", Decimal(2), "x", 3), coin="ETH")),
    "matched": lambda cls: matched(cls("BTC")),
    "fields": lambda cls: [(f.name, f.type, f.default, f.repr, f.compare, f.init) for f in fields(cls)],
    "hints": lambda cls: get_type_hints(cls.__init__),
    "slots": lambda cls: (cls.__slots__, hasattr(cls("BTC"), "__dict__")),
    "class variable": lambda cls: cls.KNOWN,
    "property": lambda cls: cls("BTC", Decimal(3)).twice,
    "documentation": lambda cls: (cls.__doc__, cls.__module__, cls.__init__.__module__),
    "factory": lambda cls: (cls("BTC").rows, cls("BTC", rows=None).rows),
    "copied": lambda cls: asdict(copy.copy(cls("BTC", seen=5))),
    "copied deeply": lambda cls: copy.deepcopy(cls("BTC")) == cls("BTC"),
    "pickled": lambda cls: asdict(pickle.loads(pickle.dumps(cls("BTC", seen=5)))),
}


@pytest.mark.parametrize("what", list(SAME))
def test_it_does_what_the_standard_library_does(what: str) -> None:
    assert SAME[what](Ours) == SAME[what](Theirs)


def test_it_is_never_equal_to_a_value_of_another_class_with_the_same_fields() -> None:
    theirs: object = Theirs("BTC")
    assert Ours("BTC") != theirs
    assert One(1.0) != More(1.0)
    assert More(1.0) == More(1.0, 2)


@pytest.mark.parametrize("cls", [Ours, Theirs])
def test_it_cannot_be_changed(cls: Any) -> None:
    made = cls("BTC")
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'coin'"):
        made.coin = "ETH"
    with pytest.raises((FrozenInstanceError, TypeError)):
        made.other = 1
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'coin'"):
        del made.coin
    assert made == cls("BTC")


@pytest.mark.parametrize("cls", [Ours, Theirs])
def test_what_is_missing_or_unknown_is_named(cls: Any) -> None:
    with pytest.raises(TypeError, match=rf"{cls.__name__}.__init__\(\) missing 1 required .*: 'coin'"):
        cls()
    with pytest.raises(TypeError, match="unexpected keyword argument 'price'"):
        cls("BTC", price=1)


def test_a_value_that_is_not_equal_to_itself_is_compared_as_a_tuple_compares_it() -> None:
    nan = float("nan")
    assert One(nan) == One(nan)
    assert One(nan) != One(float("nan"))


def test_one_without_fields_is_equal_to_its_like() -> None:
    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())
    assert repr(Nothing()) == "Nothing()"


def test_fields_of_a_base_come_first() -> None:
    assert (More(1.0, 3).price, More(1.0, 3).size) == (1.0, 3)
    assert replace(More(1.0, 3), price=2.0) == More(2.0, 3)


def test_what_is_checked_after_it_was_filled_is_checked_of_a_replaced_one_too() -> None:
    with pytest.raises(ValueError, match="below zero"):
        Checked(-1)
    with pytest.raises(ValueError, match="below zero"):
        replace(Checked(1), size=-1)


def test_methods_that_a_class_writes_itself_stay() -> None:
    assert (Own(1) == Own(2), hash(Own(1)), repr(Own(1))) == (True, 3, "own")


def test_what_it_cannot_do_it_refuses() -> None:
    class ByKeyword:
        size: int = field(kw_only=True)

    class Unfilled:
        size: int = field(default=0, init=False)

    class Argument:
        seal: InitVar[int]

    for cls in (ByKeyword, Unfilled, Argument):
        with pytest.raises(TypeError, match="only positional fields are known here"):
            frozen(cls)


def test_a_changed_one_is_what_the_library_would_replace_it_by() -> None:
    one = Ours("BTC", Decimal(2), "x", 3, (1,))
    for changes in ({}, {"coin": "ETH"}, {"seen": 5, "rows": ()}):
        assert asdict(changed(one, **changes)) == asdict(replace(one, **changes))
    assert changed(One(1.0), price=2.0) == One(2.0)
    assert changed(Checked(1), size=2) == Checked(2)
    with pytest.raises(ValueError, match="below zero"):
        changed(Checked(1), size=-1)
    with pytest.raises(KeyError, match="prize"):
        changed(one, prize=1)
