"""A small model of a run, explored whole: no design of ids, expiries and looks is believed before this ran.

One coin, one signal, one unit. A run looks, enters, proves its stop, repairs, closes and sweeps, one request
after another. Each write is done, lost, lost though done, late, or acknowledged and gone; each reading is
true, lost, or wrong in one of its parts. Between any two requests the process may be killed and what the
network kept may arrive; between runs the stop may fire. After any two such runs comes a clean one. Then

    I1c  what is held is covered, whatever still arrives;
    I2   the one signal was entered at most once.

Run it: `python docs/small_model.py`. It walks every state that can be reached, says how many there are, and
for a design that is wrong the shortest way to each loss. The program follows the designs that have none.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

ENTRY, STOP, CLOSE, SWEEP = "entry", "stop", "close", "sweep"
BOTH = frozenset({"by id", "in fills"})
RUNS, REPAIRS = 2, 2  # disturbed runs; stops tried in a run


@dataclass(frozen=True)
class Design:
    """What is decided about one venue and one program; each default is what the program does.

    attached: the venue arms an entry's stop with it; else the stop goes first. waits: after a run that did
    not end clean an entry waits until no write of it can arrive, and looks again. expires: a late write dies
    within that wait. looks: which records must show no entry of this signal. resends: a write without an
    answer is sent again. unseen_failed: a write that is not found is taken to have failed. sweeps_awaited: a
    stop without a position is cancelled though its entry may be on its way. vouches: a run that settled its
    own writes says so for the dead run before it too.
    """

    name: str
    attached: bool = True
    waits: bool = True
    expires: bool = True
    looks: frozenset[str] = BOTH
    resends: bool = False
    unseen_failed: bool = False
    sweeps_awaited: bool = False
    vouches: bool = False


@dataclass(frozen=True, order=True)
class Write:
    """One request that changes something; `stops`: the numbers of those that it cancels."""

    kind: str
    stops: tuple[int, ...] = ()


@dataclass(frozen=True)
class World:
    """What the exchange, the network and the lock file hold; stops by their numbers, of which `placed` were
    given."""

    held: int = 0
    stops: tuple[int, ...] = ()
    placed: int = 0
    entries: int = 0
    flying: tuple[Write, ...] = ()
    dirty: bool = False


@dataclass(frozen=True)
class View:
    """One reading, as a run sees it; `net`: the fills say that something is held."""

    held: bool
    net: bool
    stops: bool
    known: frozenset[str]


@dataclass(frozen=True)
class State:
    """The world and how far a run has come. `run` counts from 0, `at` is its next request."""

    world: World = World()
    run: int = -1
    at: str = "between"
    old_stops: bool = False
    was_dirty: bool = False
    unsettled: bool = False
    repairs: int = 0

    @property
    def is_clean(self) -> bool:
        return self.run >= RUNS


Step = tuple[str, State]


def performed(world: World, write: Write, design: Design) -> World:
    """The exchange does it."""
    match write.kind:
        case "entry":
            entered = replace(world, held=world.held + 1, entries=world.entries + 1)
            return _with_stop(entered) if design.attached else entered
        case "stop":
            return _with_stop(world)
        case "close":
            return replace(world, held=0)
        case _:
            return replace(world, stops=tuple(n for n in world.stops if n not in write.stops))


def _with_stop(world: World) -> World:
    return replace(world, stops=(*world.stops, world.placed + 1), placed=world.placed + 1)


def without(flying: tuple[Write, ...], write: Write) -> tuple[Write, ...]:
    place = flying.index(write)
    return flying[:place] + flying[place + 1 :]


def steps(design: Design, state: State) -> Iterator[Step]:
    """Everything that may happen next."""
    world = state.world
    for write in dict.fromkeys(world.flying):
        landed = performed(replace(world, flying=without(world.flying, write)), write, design)
        yield f"a late {write.kind} arrives", replace(state, world=landed)
    if state.at == "between":
        yield from _between(state)
    elif state.at == "wait":
        yield from _waited(design, state)
    elif state.at == "leave":
        stays = state.unsettled or (state.was_dirty and not design.vouches)
        yield "leaves", replace(state, at="between", world=replace(world, dirty=world.dirty and stays))
    elif state.at in WRITES:
        yield from _written(design, state)
    else:
        yield from _read(design, state)


def _between(state: State) -> Iterator[Step]:
    world = state.world
    if world.held and world.stops and not state.is_clean:
        yield "the stop fires", replace(state, world=replace(world, held=0, stops=world.stops[1:]))
    if not state.is_clean:
        yield (
            f"run {state.run + 2}",
            State(world, state.run + 1, "look", bool(world.stops), world.dirty),
        )


def _waited(design: Design, state: State) -> Iterator[Step]:
    """Nothing goes on until each write of a dead run has arrived or died."""
    world = state.world
    if design.expires and world.flying:
        for write in dict.fromkeys(world.flying):
            left = replace(world, flying=without(world.flying, write))
            yield f"a late {write.kind} expires", replace(state, world=left)
    else:
        yield "waits", replace(state, at="look again", was_dirty=False)


def _written(design: Design, state: State) -> Iterator[Step]:
    kind, following = WRITES[state.at]
    write = Write(kind, state.world.stops if kind == SWEEP else ())
    dirty = replace(state.world, dirty=True)
    done, gone = performed(dirty, write, design), replace(state, at="between", unsettled=False)
    late = replace(dirty, flying=tuple(sorted((*dirty.flying, write))))
    unanswered = _unanswered(design, state.at, following)
    yield kind, replace(state, world=done, at=following)
    if state.is_clean:
        return
    for told, after in (("lost", dirty), ("done, its answer lost", done), ("late", late)):
        unsettled = state.unsettled or not design.unseen_failed
        yield f"{kind} {told}", replace(state, world=after, at=unanswered, unsettled=unsettled)
    yield f"{kind} acknowledged and gone", replace(state, world=dirty, at=following)
    yield f"killed before the {kind}", replace(gone, world=dirty)
    yield f"killed after the {kind}", replace(gone, world=done)
    yield f"killed, the {kind} under way", replace(gone, world=late)


def _unanswered(design: Design, at: str, following: str) -> str:
    if at == "enter" and design.resends:
        return "enter again"
    if at in ("enter", "enter again"):
        return following if design.unseen_failed else "settle"
    return following


def _read(design: Design, state: State) -> Iterator[Step]:
    world = state.world
    held = world.held > 0
    truth = View(held, held, bool(world.stops), BOTH if world.entries else frozenset())
    views: dict[str, View | None] = {"": truth}
    if not state.is_clean:
        views |= {"lost": None, "without the position": replace(truth, held=False)}
        views |= {"without stops": replace(truth, stops=False)}
        views |= {"with the stops of before": replace(truth, stops=state.old_stops)}
        views |= {"not by id": replace(truth, known=truth.known - {"by id"})}
        views |= {"without fills": replace(truth, net=False, known=truth.known - {"in fills"})}
    for how, view in views.items():
        if how == "" or view != truth:
            yield f"{state.at} {how}".strip(), _decided(design, state, view)


def _decided(design: Design, state: State, view: View | None) -> State:
    """What the program does with a reading."""
    match state.at:
        case "look" | "look again":
            if view is None or view.held or view.net or view.known & design.looks:
                return replace(state, at="prove")
            if state.at == "look" and state.was_dirty and design.waits:
                return replace(state, at="wait")
            return replace(state, at="enter" if design.attached else "stop first")
        case "look for stop":
            seen = view is not None and view.stops
            return replace(state, at="enter" if seen else "prove", unsettled=state.unsettled and not seen)
        case "settle":
            return replace(state, at="prove", unsettled=view is None or not view.known)
        case "prove":
            return _proved(design, state, view)
        case _:
            flat = view is not None and not view.held and not view.net
            return replace(state, at="sweep" if flat else "leave")


def _proved(design: Design, state: State, view: View | None) -> State:
    if view is None or (view.held and view.stops) or view.held != view.net:
        return replace(state, at="leave")
    if view.held:
        following = "mend" if state.repairs < REPAIRS else "close"
        return replace(state, at=following, repairs=state.repairs + 1)
    awaited = state.unsettled or state.was_dirty
    sweeps = view.stops and (design.sweeps_awaited or not awaited)
    return replace(state, at="look once more" if sweeps else "leave")


# What is written at each place, and what is asked after it.
WRITES = {
    "stop first": (STOP, "look for stop"),
    "enter": (ENTRY, "prove"),
    "enter again": (ENTRY, "prove"),
    "mend": (STOP, "prove"),
    "close": (CLOSE, "leave"),
    "sweep": (SWEEP, "leave"),
}


@dataclass
class Explored:
    """All that a design can come to: how many states, and the shortest way to each loss."""

    design: Design
    states: int = 0
    losses: dict[str, tuple[str, ...]] = field(default_factory=dict)


def explore(design: Design) -> Explored:
    """Walk everything, nearest first."""
    start = State()
    came: dict[State, Step | None] = {start: None}
    waiting = deque([start])
    found = Explored(design)
    while waiting:
        state = waiting.popleft()
        for name in broken(state):
            if name not in found.losses:
                found.losses[name] = story(came, state)
        for told, following in steps(design, state):
            if following not in came:
                came[following] = (told, state)
                waiting.append(following)
    found.states = len(came)
    return found


def broken(state: State) -> list[str]:
    """The promises that do not hold here."""
    names = ["I2"] if state.world.entries > 1 else []
    healed = state.is_clean and state.at == "between"
    bare = state.world.held > 0 and not state.world.stops
    return [*names, "I1c"] if healed and bare else names


def story(came: dict[State, Step | None], state: State) -> tuple[str, ...]:
    told: list[str] = []
    step = came[state]
    while step is not None:
        told.append(step[0])
        step = came[step[1]]
    return tuple(reversed(told))


SOUND = (Design("attached"), Design("stop first", attached=False))


def flawed(design: Design) -> tuple[Design, ...]:
    """The same with one thing decided otherwise."""

    def but(name: str, other: Design) -> Design:
        return replace(other, name=f"{design.name}, {name}")

    return (
        but("an unanswered entry is sent again", replace(design, resends=True)),
        but("an entry that is not found has failed", replace(design, unseen_failed=True)),
        but("no wait after a run that died", replace(design, waits=False)),
        but("writes never expire", replace(design, expires=False)),
        but("only the look-up by id", replace(design, looks=frozenset({"by id"}))),
        but("only the fills", replace(design, looks=frozenset({"in fills"}))),
        but("a stop is swept while its entry is awaited", replace(design, sweeps_awaited=True)),
        but("a run vouches for the dead one before it", replace(design, vouches=True)),
    )


def main() -> None:
    for design in (*SOUND, *(other for sound in SOUND for other in flawed(sound))):
        found = explore(design)
        print(f"{design.name}: {found.states:,} states, {'holds' if not found.losses else 'broken'}")
        for name, way in sorted(found.losses.items()):
            print(f"  {name}: {'; '.join(way)}")


if __name__ == "__main__":
    main()
