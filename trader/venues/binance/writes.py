"""Rounds of writes: each action one request, or a few together in a list, signed, stamped, sent once.

* The stamp is the venue's time, from its last answer and the time that has passed since, never this machine's
  wall clock; five seconds after it the venue takes the write no more.
* A write never raises: what could not be built or signed was never sent, and says so.
* Nothing is ever sent a second time: the venue would do it twice.
"""

from collections.abc import Callable, Sequence

from trader.core.actions import Action, Close, Enter, Rest, SetLeverage
from trader.core.errors import Denied, Malformed, TraderError, Unavailable
from trader.core.orders import Accepted, Outcome, Refusal, Rejected
from trader.core.wire import Answer, Lost, Transport
from trader.venues.binance.batches import Parcel, alone, listed
from trader.venues.binance.encode import Terms
from trader.venues.binance.failures import code_of
from trader.venues.binance.outcomes import never_sent, outcome_of, outcomes_of_list, together
from trader.venues.binance.reading import Reader
from trader.venues.binance.refusals import SIDE_CODES
from trader.venues.binance.rounds import Rounds

# Longer than a read: an early end means Unknown.
WRITE_CAP_S = 10.0


class Writes:
    """Sends actions for one account."""

    def __init__(
        self,
        transport: Transport,
        rounds: Rounds,
        reader: Reader,
        *,
        trigger: str,
        timeout: Callable[[float], float],
    ) -> None:
        self._transport = transport
        self._rounds = rounds
        self._reader = reader
        self._trigger = trigger
        self._timeout = timeout

    def perform(self, actions: Sequence[Action]) -> list[Outcome]:
        """One round; one outcome each, in the order given."""
        terms = self._terms()
        if isinstance(terms, Rejected):
            return [terms for _ in actions]
        self._rounds.know(action.coin for action in actions)
        if any(isinstance(action, SetLeverage) for action in actions):
            self._reader.forget_settings()
        outcomes: dict[int, Outcome] = {}
        parcels = self._parcels(actions, terms, outcomes)
        answers = iter(self._sent(parcels))
        for parcel in parcels:
            got = [next(answers) for _ in parcel.questions]
            self._look_at_sides(got)
            carried = [actions[place] for place in parcel.places]
            came = outcomes_of_list(carried, got[0]) if parcel.is_list else [_single(carried[0], got)]
            outcomes |= dict(zip(parcel.places, came, strict=True))
        for place, outcome in outcomes.items():
            self._learn(actions[place], outcome)
        return [outcomes[place] for place in range(len(actions))]

    def _terms(self) -> Terms | Rejected:
        """What every order must know; or why nothing can be sent."""
        if not self._rounds.pen.can_sign:
            return never_sent("there is no key to sign with")
        if self._rounds.time.seen_ms is None:
            return never_sent("the venue's clock has not been read, so no request can be stamped")
        ban = self._rounds.used.ban()
        if ban is not None:
            return never_sent(ban, Refusal.BUDGET)
        try:
            return Terms(self._rounds.known_sides(), self._trigger)
        except (Unavailable, Denied, Malformed) as error:
            return never_sent(f"it is not known whether the account has two sides: {error}")

    def _parcels(self, actions: Sequence[Action], terms: Terms, outcomes: dict[int, Outcome]) -> list[Parcel]:
        """What goes out; an action that cannot be built gets its outcome here."""
        buildable: dict[int, tuple[Action, Parcel]] = {}
        for place, action in enumerate(actions):
            try:
                buildable[place] = action, alone(place, action, terms)
            except TraderError as error:
                outcomes[place] = Rejected(Refusal.RULE, f"never sent: {error}")
        lists = listed([(place, action) for place, (action, _) in buildable.items()], terms)
        shared = {place for parcel in lists for place in parcel.places}
        return [*(parcel for place, (_, parcel) in buildable.items() if place not in shared), *lists]

    def _sent(self, parcels: Sequence[Parcel]) -> list[Answer | Lost]:
        now_ms = self._rounds.time.now_ms()
        requests = [
            self._rounds.pen.request(question, timestamp_ms=now_ms, is_write=True)
            for parcel in parcels
            for question in parcel.questions
        ]
        if not requests:
            return []
        answers = self._transport.exchange(requests, timeout_s=self._timeout(WRITE_CAP_S))
        self._rounds.used.saw(answers)
        return answers

    def _look_at_sides(self, answers: Sequence[Answer | Lost]) -> None:
        """A refusal because of them means that they were changed: the next write asks for them anew."""
        codes = {code_of(answer) for answer in answers if isinstance(answer, Answer)}
        if codes & SIDE_CODES:
            self._rounds.two_sided = None

    def _learn(self, action: Action, outcome: Outcome) -> None:
        """The number of an order just placed: its fills will name it by that alone."""
        if not isinstance(outcome, Accepted) or not isinstance(action, Enter | Close | Rest):
            return
        if not isinstance(action, Rest) or action.trigger is None:
            self._rounds.trades.learn(action.coin, outcome.order_id, action.client_id)


def _single(action: Action, answers: Sequence[Answer | Lost]) -> Outcome:
    outcomes = [outcome_of(action, answer) for answer in answers]
    return outcomes[0] if len(outcomes) == 1 else together(outcomes)
