"""What ends a night: many bad pages of the last 50, or one loss that most pages share; and what does not."""

from collections.abc import Iterable
from random import Random

import pytest

from normalizers.drift import Losses, losses
from registry.labels import PageKind
from registry.record import Page
from registry.tables import TableRows
from scraper.pages import State
from tests.pages import BASE, FAMILIES, render
from trials.alarms import Alarm, Alarms, Sign, sign_of
from trials.practice.drift import DRIFTS, drifted
from trials.practice.facts import Facts
from trials.practice.pages import trial_page
from trials.practice.world import World
from trials.tables import tables_of

WORLD = World(trials=60, markup="two-column-table")
LOST = "studies.enrollment lost its values"


def raised(signs: Iterable[Sign], usual: float = 0.0, accepted: frozenset[str] = frozenset()) -> Alarm | None:
    alarms = Alarms(usual, accepted)
    for sign in signs:
        alarms.note(sign)
    return alarms.raised[0] if alarms.raised else None


def tables(world: World, place: int) -> TableRows:
    return tables_of(Page(trial_page(world, place, PageKind.DETAILS, "http://127.0.0.1:8000").encode()))


@pytest.mark.parametrize(
    ("alarm", "most"),
    [(Alarm.FAILURES, 25), (Alarm.NOTICES, 5), (Alarm.STRANGERS, 5), (Alarm.LOSS, 10), (Alarm.LAYOUT, 12)],
)
def test_an_alarm_is_raised_by_one_more_than_the_most_of_the_last_fifty(alarm: Alarm, most: int) -> None:
    fine = [Sign(None)] * (50 - most)
    assert raised([*fine, *[Sign(alarm)] * most]) is None
    assert raised([*fine, *[Sign(alarm)] * (most + 1)]) is alarm
    assert raised([*[Sign(alarm)] * (most + 1), *fine, *[Sign(None)] * most]) is None, "that was long ago"
    assert raised([Sign(alarm)] * 50, accepted=frozenset({alarm})) is None


def test_a_layout_that_was_not_known_before_either_is_no_news() -> None:
    assert raised([Sign(Alarm.LAYOUT)] * 25 + [Sign(None)] * 25) is Alarm.LAYOUT
    assert raised([Sign(Alarm.LAYOUT)] * 25 + [Sign(None)] * 25, usual=0.4) is None


def pair(*lost: str, kept: Iterable[str] = (), unread: Iterable[str] = ()) -> Sign:
    return Sign(None, Losses(frozenset(lost), frozenset(kept), frozenset(unread)))


def test_a_loss_is_a_layout_where_most_pages_share_it_that_could() -> None:
    others = [pair()] * 20
    assert raised([*others, *[pair(kept=[LOST])] * 15, *[pair(LOST)] * 15]) is None
    assert raised([*others, *[pair(kept=[LOST])] * 14, *[pair(LOST)] * 15]) is Alarm.LAYOUT
    assert raised([pair(LOST)] * 9) is None, "too few to tell"
    assert raised([pair(LOST)] * 40, accepted=frozenset({"layout"})) is None


def test_a_wording_that_is_not_known_is_a_layout_on_most_pages_only() -> None:
    new = "unknown wording (studies.phase)"
    assert raised([*[pair()] * 25, *[pair(unread=[new])] * 25]) is None
    assert raised([*[pair()] * 24, *[pair(unread=[new])] * 26]) is Alarm.LAYOUT


def test_pages_that_did_not_change_say_nothing_of_the_layout() -> None:
    assert raised([pair(LOST)] * 9 + [Sign(None)] * 40 + [pair(LOST)]) is Alarm.LAYOUT, "ten of ten that changed"


@pytest.mark.parametrize(
    ("before", "after", "alarm"),
    [
        (State.FETCHED, State.SOFT_ERROR, Alarm.NOTICES),
        (None, State.SOFT_ERROR, Alarm.NOTICES),
        (State.FETCHED, State.QUARANTINED, Alarm.STRANGERS),
        (State.UNCHANGED, State.GONE, Alarm.LOSS),
        (State.GONE, State.GONE, None),
        (State.NEVER_TRIED, State.NOT_FOUND, None),
        (State.FETCHED, State.FAILED, Alarm.FAILURES),
        (State.FETCHED, State.REFUSED, None),
        (State.FETCHED, State.ALIAS, None),
        (State.FETCHED, State.UNCHANGED, None),
    ],
)
def test_states_are_signs(before: State | None, after: State, alarm: Alarm | None) -> None:
    assert sign_of(before, after, None, None) == Sign(alarm)


# --- losses -----------------------------------------------------------------------------------------------------


def test_a_page_against_itself_lost_nothing() -> None:
    for place in range(12):
        found = losses(tables(WORLD, place), tables(WORLD, place))
        assert found.kept and not found.lost and not found.unread


def test_a_month_of_real_changes_shares_no_loss() -> None:
    later = World(trials=60, markup="two-column-table", night=30, pace=30)
    pairs = [(tables(WORLD, place), tables(later, place)) for place in range(60) if not later.is_gone(place)]
    assert sum(old["studies"] != new["studies"] for old, new in pairs) > 20, "they did change"
    assert raised(sign_of(State.FETCHED, State.FETCHED, new, old) for old, new in pairs) is None


@pytest.mark.parametrize("drift", [name for name in DRIFTS if name != "swap_columns"])
def test_each_drift_is_the_same_loss_on_most_pages(drift: str) -> None:
    other = World(trials=60, markup="two-column-table", drift=drift)
    pairs = [(tables(WORLD, place), tables(other, place)) for place in range(30)]
    assert raised(sign_of(State.FETCHED, State.FETCHED, new, old) for old, new in pairs) is Alarm.LAYOUT


def labels_of(facts: Facts) -> list[str]:
    pairs = {"Administrative data": facts.administrative, "Study information": facts.information}
    return [f"{section}/{label}" for section, found in pairs.items() for label, _ in found if label != "NCT number"]


@pytest.mark.parametrize("label", labels_of(BASE))
def test_each_label_that_is_dropped_or_renamed_is_noticed(label: str) -> None:
    frame = FAMILIES["two-column-table"]
    held = tables_of(Page(render(BASE, frame).encode()))
    for drift in (f"drop_label:{label}", f"rename_label:{label}"):
        now = tables_of(Page(render(drifted(BASE, drift, Random(1)), frame).encode()))
        assert any(label in sign for sign in losses(held, now).lost), drift
