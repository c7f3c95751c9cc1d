"""The plan of a night: who comes first, within which budget, and that nobody waits for ever."""

from collections.abc import Callable
from math import exp
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.pages import Source, State
from scraper.rates import YEAR, gain, own_rate, prior_of, prior_rate
from scraper.schedule import MAX_AGE, Known, Lastmods, Planned, Why, plan

NOW = 2461000.5
STATUSES = ("RECRUITING", "NOT_YET_RECRUITING", "COMPLETED", "UNKNOWN", "AVAILABLE", "no code", None)
_FETCHED = Known(
    "NCT00000001", "details", State.FETCHED, Source.SITEMAP, 0, NOW - 400, NOW - 30, NOW - 400, NOW - 30, None,
    0, 10, 2, "RECRUITING", "PHASE2", NOW - 500, NOW + 300, None, None,
)  # fmt: skip


def fetched(number: int, days_ago: float = 30.0, **other: object) -> Known:
    """Return a page that gave its last good answer some days ago."""
    at = NOW - days_ago
    page = _FETCHED._replace(nct_id=f"NCT{number:08}", last_tried=at, last_ok=at)
    return page._replace(**other)  # type: ignore[arg-type]


def never_fetched(number: int, days_known: float = 3.0, **other: object) -> Known:
    page = fetched(
        number, state=State.NEVER_TRIED, first_seen=NOW - days_known, last_tried=None, first_ok=None, last_ok=None,
        visits=0, changes=0, status=None, phase=None, start=None, completion=None,
    )  # fmt: skip
    return page._replace(**other)  # type: ignore[arg-type]


def ids(planned: list[Planned]) -> list[int]:
    return [int(each.nct_id[3:]) for each in planned]


_DAYS = st.none() | st.floats(-1e6, 1e7, allow_nan=False)
_COUNTS = st.integers(-3, 10**9)
ODD = st.lists(
    st.builds(
        Known,
        nct_id=st.sampled_from(["NCT00000001", "NCT99999999", "", "é"]),
        kind=st.sampled_from(["details", "summary", "?"]),
        state=st.sampled_from([*State, "a state of a newer version"]),
        found_by=st.sampled_from([*Source, "listing"]),
        depth=_COUNTS,
        first_seen=st.floats(-1e6, 1e7),
        last_tried=_DAYS, first_ok=_DAYS, last_ok=_DAYS, due=_DAYS,
        failures=_COUNTS, visits=_COUNTS, changes=_COUNTS,
        status=st.sampled_from(STATUSES), phase=st.sampled_from(["PHASE1", "PHASE4", "NA", None, "x"]),
        start=_DAYS, completion=_DAYS,
        sighted=st.sampled_from([None, "status COMPLETED", ""]), lastmod=_DAYS,
    ),
    max_size=30,
)  # fmt: skip


@settings(max_examples=300)
@given(ODD, st.integers(-1, 40), st.integers(0, 100))
def test_no_row_is_too_odd_and_the_budget_is_kept(pages: list[Known], budget: int, right: int) -> None:
    planned = plan(pages, budget, NOW, Lastmods(100, right))
    assert len(planned) <= max(budget, 0)
    assert len(planned) <= len(pages)
    assert all(each.value >= 0 and each.reason.endswith(".") for each in planned)


@given(ODD, st.integers(1, 40), st.randoms())
def test_the_plan_does_not_depend_on_the_order_of_the_rows(pages: list[Known], budget: int, random: Random) -> None:
    pages = list({(page.nct_id, page.kind): page for page in pages}.values())
    planned = plan(pages, budget, NOW)
    random.shuffle(pages)
    assert plan(pages, budget, NOW) == planned


@given(ODD, st.integers(1, 20))
def test_a_budget_is_used_up_while_there_are_pages_to_ask_for(pages: list[Known], budget: int) -> None:
    due = len(plan(pages, 1000, NOW))
    assert len(plan(pages, budget, NOW)) == min(budget, due)


def test_more_pages_than_fit_are_dropped_on_the_way_and_the_best_stay() -> None:
    pages = [fetched(number, 2 + number * 173 % 117) for number in range(5000)]
    whole = sorted(pages, key=lambda page: (page.last_ok or 0.0, page.nct_id))
    assert [page.nct_id for page in whole[:50]] == [each.nct_id for each in plan(pages, 50, NOW)]


def test_equal_pages_come_by_id() -> None:
    assert ids(plan([fetched(3), fetched(1), fetched(2)], 2, NOW)) == [1, 2]


@given(st.floats(1e-6, 2), st.floats(0, 400), st.floats(0.001, 100))
def test_a_request_is_worth_more_the_older_the_answer(rate: float, age: float, more: float) -> None:
    assert gain(rate, age) <= gain(rate, age + more) * (1 + 1e-9) <= (1 + 2e-9) / rate


def test_the_worth_of_a_request_is_what_one_more_saves_of_stale_days() -> None:
    def fresh(rate: float, every: float) -> float:  # share of days
        return (1 - exp(-rate * every)) / (rate * every)

    for rate in (0.0005, 0.004, 0.05):
        lost, saved = fresh(rate, 30) - fresh(rate, 30.001), 1 / 30 - 1 / 30.001
        assert lost / saved == pytest.approx(gain(rate, 30), rel=1e-3)


def test_of_two_like_pages_the_older_answer_comes_first() -> None:
    assert ids(plan([fetched(1, 20), fetched(2, 25), fetched(3, 15)], 3, NOW)) == [2, 1, 3]


def test_what_recruits_comes_before_what_ended_long_ago() -> None:
    ended = fetched(1, 60, status="COMPLETED", completion=NOW - 4000)
    assert ids(plan([ended, fetched(2, 30)], 1, NOW)) == [2]


@pytest.mark.parametrize(
    ("sooner", "later"),
    [
        (("RECRUITING", -700.0, -20.0), ("RECRUITING", -700.0, 700.0)),
        (("NOT_YET_RECRUITING", -10.0, 700.0), ("NOT_YET_RECRUITING", 200.0, 700.0)),
        (("COMPLETED", -700.0, -100.0), ("COMPLETED", -3000.0, -1500.0)),
        (("UNKNOWN", -3000.0, -1500.0), ("WITHDRAWN", -3000.0, -2500.0)),
        (("RECRUITING", None, None), (None, None, None)),
    ],
)
def test_status_and_dates_say_which_trial_changes_sooner(
    sooner: tuple[str | None, float | None, float | None], later: tuple[str | None, float | None, float | None]
) -> None:
    def rate(kind: tuple[str | None, float | None, float | None]) -> float:
        status, start, end = kind
        return prior_rate(
            prior_of(status, start if start is None else NOW + start, end if end is None else NOW + end, NOW), None
        )

    assert rate(sooner) > rate(later)


def test_a_page_that_changed_often_comes_before_one_that_never_did() -> None:
    assert ids(plan([fetched(1, changes=0, visits=20), fetched(2, changes=9, visits=20)], 1, NOW)) == [2]


@given(st.integers(2, 200), st.data(), st.floats(1, 5000))
def test_more_changes_seen_are_a_higher_rate(visits: int, data: st.DataObject, observed: float) -> None:
    changes = data.draw(st.integers(1, visits - 1))
    rate = own_rate(1 / YEAR, visits, changes, observed)
    assert own_rate(1 / YEAR, visits, changes - 1, observed) < rate
    assert own_rate(1 / YEAR, visits, changes, observed + 1) < rate


def test_a_long_history_outweighs_the_kind_of_trial() -> None:
    assert own_rate(0.2 / YEAR, 2000, 200, 20_000) == pytest.approx(0.01, rel=0.1)


def test_changes_that_fell_between_two_visits_are_reckoned_with() -> None:
    weekly = own_rate(1e9, 101, 100, 700)  # a prior without weight: each of 100 gaps had at least one change
    assert weekly > 3 / 7


@given(st.integers(0, 9))
def test_a_contradicting_sighting_comes_first(place: int) -> None:
    pages = [fetched(number, 100 + number) for number in range(10)]
    pages[place] = fetched(place, 0.5, sighted="status COMPLETED")
    first = plan(pages, 3, NOW)[0]
    assert (first.nct_id, first.why) == (pages[place].nct_id, Why.SIGHTED)
    assert "status COMPLETED" in first.reason


def test_what_an_alarm_stopped_comes_before_all_else_and_at_once() -> None:
    doubted = [fetched(number, 0.1, state=State.DOUBTED) for number in (7, 8)]
    others = [fetched(1, 300), never_fetched(2), fetched(3, 100, sighted="status COMPLETED")]
    planned = plan([*others, *doubted], 4, NOW)
    assert ids(planned[:2]) == [7, 8] and len(planned) == 4
    assert {each.why for each in planned[:2]} == {Why.DOUBTED}
    assert "an alarm stopped" in planned[0].reason
    assert ids(plan([*others, *doubted], 1, NOW)) == [7]


def test_a_sighting_on_a_page_that_fails_waits_until_it_is_asked_again() -> None:
    page = fetched(1, 10, sighted="phase PHASE3", failures=3, state=State.FAILED)
    assert plan([page._replace(last_tried=NOW - 2)], 5, NOW) == []
    assert ids(plan([page._replace(last_tried=NOW - 4)], 5, NOW)) == [1]


def test_a_page_is_not_asked_for_twice_in_a_night() -> None:
    assert plan([fetched(1, 0.2), fetched(2, 0.9)], 5, NOW)[0].nct_id == "NCT00000002"
    assert len(plan([fetched(1, 0.2)], 5, NOW)) == 0


def test_ids_that_were_given_come_before_others_never_fetched() -> None:
    pages = [
        never_fetched(1, 30, found_by="see_also", depth=2),
        never_fetched(2, 20, found_by="see_also", depth=1),
        never_fetched(3, 25, found_by="sitemap"),
        never_fetched(4, 1, found_by="given"),
        never_fetched(5, 28, found_by="sitemap", failures=4, state=State.FAILED, last_tried=NOW - 20),
    ]
    assert ids(plan(pages, 5, NOW)) == [4, 3, 2, 1, 5]


def test_new_pages_and_stale_ones_leave_each_other_a_share() -> None:
    pages = [fetched(number, 50) for number in range(500)] + [never_fetched(number) for number in range(500, 1000)]
    why = [each.why for each in plan(pages, 100, NOW)]
    assert (why.count(Why.NEW), why.count(Why.LIKELY)) == (90, 10)
    assert [each.why for each in plan(pages[:20] + pages[500:], 100, NOW)].count(Why.NEW) == 90
    assert [each.why for each in plan(pages[:505], 100, NOW)].count(Why.NEW) == 5


def test_a_night_that_is_cut_short_keeps_the_shares() -> None:
    pages = [
        *(fetched(number, 50) for number in range(100)),
        *(never_fetched(number) for number in range(100, 200)),
        *(fetched(number, MAX_AGE + 1) for number in range(200, 300)),
    ]
    why = [each.why for each in plan(pages, 100, NOW)][:20]
    assert why.count(Why.OVERDUE) == 10
    assert why.count(Why.NEW) == 9


def test_overdue_pages_come_oldest_first_within_half_of_the_budget() -> None:
    pages = [fetched(number, 400 - number, status="COMPLETED", completion=NOW - 9000) for number in range(100)]
    pages += [fetched(number, 40) for number in range(100, 200)]
    planned = plan(pages, 20, NOW)
    overdue = [each for each in planned if each.why is Why.OVERDUE]
    assert ids(overdue) == list(range(10))
    assert "400 days" in overdue[0].reason


def test_pages_fetched_in_one_night_come_back_over_two_months() -> None:
    slow = [fetched(number, 0, status="COMPLETED", completion=NOW - 9000) for number in range(600)]

    def overdue(days: int) -> int:
        return [each.why for each in plan(slow, 600, NOW + days)].count(Why.OVERDUE)

    assert (overdue(120), overdue(180)) == (0, 600)
    assert all(5 * days < overdue(120 + days) < 15 * days for days in range(10, 50, 10))


def test_nothing_starves() -> None:
    """Pages that are worth nothing get their turn, while new and sighted ones would fill the budget every night."""
    slow = [fetched(number, 1 + number, status="COMPLETED", completion=NOW - 9000) for number in range(40)]
    unknown = [never_fetched(number, 1, found_by="see_also", depth=3) for number in range(40, 60)]
    absent = [fetched(number, 70, state=State.GONE, failures=9) for number in range(60, 80)]
    given_ids = [never_fetched(number, 0, found_by="given") for number in range(100, 200)]
    sighted = [fetched(number, 5, sighted="status COMPLETED") for number in range(200, 300)]
    pages = {page.nct_id: page for page in (*slow, *unknown, *absent, *given_ids, *sighted)}
    poor, budget = {page.nct_id for page in (*slow, *unknown, *absent)}, 10
    asked_at = dict.fromkeys(poor, 0)
    longest = 0
    for night in range(500):
        for each in plan(pages.values(), budget, NOW + night):
            page = pages[each.nct_id]  # the rich stay so: others are given, contradicted again
            new = {"first_seen": NOW + night} if page.found_by == "given" else {"last_tried": NOW + night}
            pages[each.nct_id] = page._replace(**new)  # type: ignore[arg-type]
            if each.nct_id in poor:
                longest = max(longest, night - asked_at[each.nct_id])
                asked_at[each.nct_id] = night
    limit = MAX_AGE + 2 * len(pages) / budget
    assert longest <= limit
    assert 500 - min(asked_at.values()) <= limit


@pytest.mark.parametrize("state", [State.GONE, State.NOT_FOUND, State.UNRESOLVED, State.REFUSED, State.FAILED,
                                   State.SOFT_ERROR, State.QUARANTINED])  # fmt: skip
def test_pages_that_fail_are_asked_again_after_a_time_that_doubles_up_to_a_cap(state: State) -> None:
    def days_left_alone(failures: int) -> int:
        page = fetched(1, 100, state=state, failures=failures)
        return next(days for days in range(1, 100) if plan([page._replace(last_tried=NOW - days)], 1, NOW))

    assert [days_left_alone(failures) for failures in (1, 2, 3, 4, 7, 8, 500)] == [1, 2, 4, 8, 64, 64, 64]


def test_pages_that_are_not_there_take_no_more_than_a_tenth_from_others() -> None:
    absent = [never_fetched(number, state=State.UNRESOLVED, failures=2, last_tried=NOW - 3) for number in range(100)]
    planned = plan([*absent, *(fetched(number) for number in range(100, 200))], 50, NOW)
    assert [each.why for each in planned].count(Why.RETRY) == 5
    assert len(plan(absent, 50, NOW)) == 50


def test_an_alias_is_asked_for_seldom() -> None:
    assert plan([fetched(1, 179, state=State.ALIAS)], 5, NOW) == []
    assert plan([fetched(1, 181, state=State.ALIAS)], 5, NOW)[0].why is Why.OVERDUE


def test_what_the_site_put_off_is_left_until_then() -> None:
    page = never_fetched(1, state=State.DEFERRED, last_tried=NOW - 2)
    assert plan([page._replace(due=NOW + 0.1)], 5, NOW) == []
    assert len(plan([page._replace(due=NOW - 0.1)], 5, NOW)) == 1


def hinted(first: Callable[[], Known], lastmod: float, lastmods: Lastmods) -> list[Planned]:
    return plan([fetched(2, 40), first()._replace(lastmod=lastmod)], 2, NOW, lastmods)


def test_a_sitemap_that_was_right_is_believed() -> None:
    planned = hinted(lambda: fetched(1, 10), NOW - 5, Lastmods(200, 190))
    assert [each.why for each in planned] == [Why.LASTMOD, Why.LIKELY]


@pytest.mark.parametrize(
    ("lastmod", "lastmods"),
    [
        (NOW - 5, Lastmods(1000, 30)),  # it says today for everything
        (NOW - 5, Lastmods(3, 3)),  # nothing is known of it yet
        (NOW + 5, Lastmods(200, 190)),  # the future
        (NOW - 15, Lastmods(200, 190)),  # we fetched since
    ],
)
def test_a_sitemap_that_cannot_be_believed_changes_nothing(lastmod: float, lastmods: Lastmods) -> None:
    planned = hinted(lambda: fetched(1, 10), lastmod, lastmods)
    assert planned == plan([fetched(1, 10), fetched(2, 40)], 2, NOW)


def test_a_page_that_was_asked_for_by_a_clock_that_was_ahead_is_overdue() -> None:
    ahead = fetched(1, -1000, first_seen=NOW + 900, first_ok=NOW + 900)
    (planned,) = plan([ahead], 5, NOW)
    assert planned.why is Why.OVERDUE and "by a clock that was wrong" in planned.reason


def test_other_times_in_the_future_count_as_now() -> None:
    new = plan([never_fetched(2, -1000)], 5, NOW)[0]
    assert "known for 0 days" in new.reason


def test_a_jump_of_the_clock_leaves_half_of_the_budget_to_the_others() -> None:
    pages = [fetched(number, 5000 + number) for number in range(100)] + [never_fetched(n) for n in range(100, 200)]
    assert [each.why for each in plan(pages, 10, NOW)].count(Why.OVERDUE) == 5
