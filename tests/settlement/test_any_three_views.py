"""Whatever three views hold, in whatever days: what is unequal is found, with what each holds, and nothing else."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itaku.basis.clock import InstantMs
from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import Kind
from itaku.settlement.cases import corrections
from itaku.settlement.closed_days import ClosedDays, connect
from itaku.settlement.errors import ClosedDayUnfitError, DayClosedError, DayNotClosedError
from itaku.settlement.month import Month
from itaku.settlement.month_figures import month_figures
from itaku.settlement.nets import BATCH_ROWS, Item, OpenItems, _packed, _unpacked
from itaku.settlement.reconciliation import Difference, Held, Sort, differences_of, reconcile
from itaku.settlement.views import KIND_OF_NO, Movement, View

CITY, TOWN = "991015", "992011"
DAYS = (dt.date(2026, 10, 30), dt.date(2026, 10, 31), dt.date(2026, 11, 1), dt.date(2026, 11, 2))
OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)


def source(rows):
    """A query of rows (id, movement, municipality, kind number, copies, fee, sign), all delivered on the 30th."""
    if not rows:
        return "SELECT * FROM (SELECT NULL, 1, 1, 1, 1, 1, DATE '2026-01-01', '', 1) WHERE false"
    values = ", ".join(
        f"('{id_:032x}', {movement}, {int(place)}, {kind}, {copies}, {fee}, DATE '2026-10-30', 'k1', {sign})"
        for id_, movement, place, kind, copies, fee, sign in rows
    )
    names = "issuance_id, movement, municipality, kind, copies, fee_yen, delivered_on, kiosk, sign"
    return f"SELECT * FROM (VALUES {values}) AS row({names})"


def close(connection, closed, day, rows, **named):
    """Closes a day; `rows` are (view, row) pairs."""
    # The column that names the issuance has one name for every view.
    sources = {
        view: "SELECT issuance_id, * EXCLUDE (issuance_id) FROM ("
        + (source([row for of, row in rows if of is view]))
        + ") AS rows(issuance_id, movement, municipality, kind, copies, fee_yen, delivered_on, kiosk, sign)"
        for view in View
    }
    return closed.close(connection, day, sources, InstantMs(0), **named)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    with connect(tmp_path_factory.mktemp("scratch"), memory="200MB", threads=1) as connection:
        yield connection


one_row = st.tuples(
    st.integers(1, 4),
    st.sampled_from([1, 1, 1, 2]),
    st.sampled_from([CITY, CITY, TOWN]),
    st.sampled_from([1, 1, 3]),
    st.sampled_from([1, 1, 2]),
    st.sampled_from([300, 300, 350]),
    st.sampled_from([1, 1, 1, 1, -1]),
)
booked = st.tuples(st.sampled_from(list(View)), st.sampled_from(DAYS), one_row)
in_all_three = st.tuples(st.tuples(*[st.sampled_from(DAYS)] * 3), one_row).map(
    lambda drawn: [(view, day, drawn[1]) for view, day in zip(View, drawn[0], strict=True)]
)
whatever = st.lists(st.one_of(in_all_three, booked.map(lambda each: [each])), max_size=14).map(
    lambda groups: [each for group in groups for each in group]
)


def held_by(rows, until):
    """By issuance and movement, what each view holds at the end of a day: counted one by one."""
    found = {}
    for view, day, (id_, movement, *facts, sign) in rows:
        if day <= until:
            views = found.setdefault((id_, movement), {each: Counter() for each in View})
            views[view][tuple(facts)] += sign
    return {
        key: {view: {facts: times for facts, times in counted.items() if times} for view, counted in views.items()}
        for key, views in found.items()
    }


def unequal(held):
    return {
        key for key, views in held.items() if not views[View.CENTER] == views[View.MUNICIPALITY] == views[View.REGISTER]
    }


def as_counted(held):
    return {
        (
            each.municipality,
            next(no for no, kind in KIND_OF_NO.items() if kind is each.kind),
            each.copies,
            each.fee_yen,
        ): each.times
        for each in held
    }


@settings(max_examples=15)
@given(whatever)
def test_what_is_unequal_is_found_with_what_each_holds_and_nothing_else(files, rows):
    with tempfile.TemporaryDirectory() as name:
        closed = ClosedDays(Path(name))
        for day in DAYS:
            close(files, closed, day, [(view, row) for view, at, row in rows if at == day])
        october = reconcile(files, closed, OCTOBER)
        november = reconcile(files, closed, NOVEMBER, october.carried)
    agreed = held_by(rows, DAYS[1]).keys() - unequal(held_by(rows, DAYS[1]))
    # What three agreed on at a month's end is done: a later month tells what came since.
    since = [each for each in rows if each[1] > DAYS[1] or (each[2][0], each[2][1]) not in agreed]
    for result, until, told in ((october, DAYS[1], rows), (november, DAYS[3], since)):
        held = held_by(told, until)
        open_now = {(item.issuance_id[-1], int(item.movement)) for item in result.carried}
        assert open_now == unequal(held_by(rows, until))
        for difference in result.differences:
            key = (difference.issuance_id[-1], int(difference.movement))
            assert key in open_now
            for view in View:
                assert as_counted(difference.held(view)) == held[key][view]
    settled = {(each.issuance_id[-1], int(each.movement)) for each in november.settled}
    assert settled == unequal(held_by(rows, DAYS[1])) - unequal(held_by(rows, DAYS[3]))


@settings(max_examples=60)
@given(whatever, st.booleans())
def test_a_correction_makes_all_three_hold_what_is_right_and_nothing_else(rows, never):
    right = None if never else Held(CITY, Kind.RESIDENT_RECORD, 1, Yen(300))
    for (id_, movement), views in held_by(rows, DAYS[3]).items():
        held = {
            view: tuple(Held(place, KIND_OF_NO[no], copies, Yen(fee), times)
                        for (place, no, copies, fee), times in counted.items())
            for view, counted in views.items()
        }  # fmt: skip
        difference = Difference(
            issuance_id=bytes([id_]), movement=Movement(movement), side=View.REGISTER, sort=Sort.MISSING,
            center=held[View.CENTER], municipality=held[View.MUNICIPALITY], register=held[View.REGISTER],
        )  # fmt: skip
        after = {view: Counter({(*key,): times for key, times in counted.items()}) for view, counted in views.items()}
        for view, each, sign in corrections(difference, right):
            [(key, _)] = as_counted([each]).items()
            after[view][key] += sign
        wanted = {} if right is None else {(CITY, 1, 1, 300): 1}
        assert all({key: times for key, times in counted.items() if times} == wanted for counted in after.values())


SAME, DEARER = (CITY, 1, 1, Yen(300)), (CITY, 1, 1, Yen(350))
MORE, ELSEWHERE = (CITY, 1, 2, Yen(300)), (TOWN, 1, 1, Yen(300))


@pytest.mark.parametrize(
    ("movement", "center", "municipality", "register", "found"),
    [
        (1, [SAME], [SAME], [], [(View.REGISTER, Sort.MISSING)]),
        (1, [SAME], [], [SAME], [(View.MUNICIPALITY, Sort.MISSING)]),
        (1, [SAME], [], [], [(View.MUNICIPALITY, Sort.MISSING), (View.REGISTER, Sort.MISSING)]),
        (1, [], [SAME], [SAME], [(View.MUNICIPALITY, Sort.UNKNOWN), (View.REGISTER, Sort.UNKNOWN)]),
        (1, [], [], [SAME], [(View.REGISTER, Sort.UNKNOWN)]),
        (1, [SAME], [SAME], [DEARER], [(View.REGISTER, Sort.WRONG_AMOUNT)]),
        (1, [DEARER], [SAME], [SAME], [(View.MUNICIPALITY, Sort.WRONG_AMOUNT), (View.REGISTER, Sort.WRONG_AMOUNT)]),
        (1, [SAME], [MORE], [ELSEWHERE], [(View.MUNICIPALITY, Sort.WRONG_FACTS), (View.REGISTER, Sort.WRONG_FACTS)]),
        (1, [SAME], [SAME], [SAME, SAME], [(View.REGISTER, Sort.DUPLICATE)]),
        (1, [SAME], [SAME], [SAME, DEARER], [(View.REGISTER, Sort.DUPLICATE)]),
        (1, [SAME, DEARER], [SAME], [SAME], [(View.CENTER, Sort.DUPLICATE)]),
        (2, [SAME], [SAME], [], [(View.REGISTER, Sort.NOT_REFUNDED)]),
        (2, [], [], [SAME], [(View.REGISTER, Sort.REFUNDED_ALONE)]),
        (2, [SAME], [SAME], [DEARER], [(View.REGISTER, Sort.WRONG_AMOUNT)]),
        (1, [SAME], [SAME], [SAME], []),
    ],
)
def test_each_sort_of_difference_is_told_by_its_name(movement, center, municipality, register, found):
    nets = dict(zip(View, map(Counter, (center, municipality, register)), strict=True))
    differences = differences_of(b"x", Movement(movement), nets)
    assert [(each.side, each.sort) for each in differences] == found


@given(*[st.integers(-BATCH_ROWS, BATCH_ROWS)] * 3)
def test_three_counts_travel_in_one_number_and_equal_ones_are_told_by_one_division(center, municipal, register):
    item = Item(b"", Movement.SALE, CITY, 1, 1, Yen(1), center, municipal, register)
    packed = _packed(item)
    assert _unpacked(packed) == (center, municipal, register)
    assert abs(packed) < 1 << 63
    assert (packed % (1 + (1 << 21) + (1 << 42)) == 0) == (center == municipal == register)


@pytest.mark.parametrize(
    "row",
    [
        (1, 1, CITY, 1, 1, 1_000_001, 1),
        (1, 1, CITY, 1, 1, 2**63, 1),
        (1, 1, CITY, 1, 1, -1, 1),
        (1, 1, CITY, 1, 0, 300, 1),
        (1, 1, CITY, 1, 300, 300, 1),
        (1, 1, CITY, 10, 1, 300, 1),
        (1, 3, CITY, 1, 1, 300, 1),
        (1, 1, "0", 1, 1, 300, 1),
        (1, 1, CITY, 1, 1, 300, 2),
    ],
)
def test_a_row_that_no_view_can_hold_closes_nothing(files, tmp_path, row):
    closed = ClosedDays(tmp_path / "days")
    with pytest.raises(ClosedDayUnfitError):
        close(files, closed, DAYS[0], [(View.CENTER, row)])
    assert closed.days() == []


def test_a_row_of_the_future_closes_nothing(files, tmp_path):
    closed = ClosedDays(tmp_path / "days")
    with pytest.raises(ClosedDayUnfitError):
        close(files, closed, dt.date(2026, 10, 29), [(View.REGISTER, (1, 1, CITY, 1, 1, 300, 1))])
    assert closed.days() == []


def test_a_further_edition_holds_every_row_of_the_one_before_or_is_refused(files, tmp_path):
    closed = ClosedDays(tmp_path / "days")
    first, second = (1, 1, CITY, 1, 1, 300, 1), (2, 1, CITY, 1, 1, 300, 1)
    close(files, closed, DAYS[0], [(View.CENTER, first)])
    with pytest.raises(DayClosedError):
        close(files, closed, DAYS[0], [(View.CENTER, first)])
    with pytest.raises(ClosedDayUnfitError):
        close(files, closed, DAYS[0], [(View.CENTER, second)], why="x")
    assert closed.closing(DAYS[0]).edition == 1
    close(files, closed, DAYS[0], [(View.CENTER, first), (View.CENTER, second)], why="x")
    assert [each.edition for each in closed.closings(DAYS[0])] == [1, 2]
    assert closed.closing(DAYS[0]).views[View.CENTER].rows == 2


def test_an_edition_that_was_broken_off_is_no_edition(files, tmp_path):
    closed = ClosedDays(tmp_path / "days")
    (tmp_path / "days" / f".{DAYS[0]}.1.part").mkdir(parents=True)
    assert closed.days() == []
    assert close(files, closed, DAYS[0], []).edition == 1
    assert closed.month(OCTOBER, [DAYS[0]]) == [closed.closing(DAYS[0])]
    with pytest.raises(DayNotClosedError):
        closed.month(OCTOBER, DAYS[:2])


def test_a_day_too_large_to_count_at_once_is_counted_in_slices(files, tmp_path):
    closed = ClosedDays(tmp_path / "days")
    rows = [(view, (id_, 1, CITY, 1, 1, 300, 1)) for id_ in range(1, 61) for view in View]
    wrong = [(View.REGISTER, (7, 1, CITY, 1, 1, 300, 1)), (View.CENTER, (61, 1, CITY, 1, 1, 300, 1))]
    closings = [close(files, closed, DAYS[0], [*rows, *wrong])]
    batches = closed.batches(closings, 10)
    assert len(batches) == 5
    items = OpenItems(files)
    for batch in batches:
        items.take(batch)
    assert [(item.issuance_id[-1], item.center, item.municipal, item.register) for item in items.items()] == [
        (7, 1, 1, 2),
        (61, 1, 0, 0),
    ]


def test_a_row_that_stands_there_absurdly_often_is_no_difference_but_an_error(files, tmp_path):
    closed = ClosedDays(tmp_path / "days")
    one = f"SELECT * FROM ({source([(1, 1, CITY, 1, 1, 300, 1)])})"
    none = source([])
    often = f"SELECT row.* FROM ({one}) AS row, range({BATCH_ROWS + 1})"
    names = "issuance_id, movement, municipality, kind, copies, fee_yen, delivered_on, kiosk, sign"
    sources = {
        View.CENTER: one,
        View.MUNICIPALITY: f"SELECT * FROM ({none}) AS row({names})",
        View.REGISTER: often,
    }
    [batch] = closed.batches([closed.close(files, DAYS[0], sources, InstantMs(0))], BATCH_ROWS)
    with pytest.raises(ClosedDayUnfitError):
        OpenItems(files).take(batch)


def test_a_large_batch_is_counted_like_a_small_one(files, tmp_path):
    closed = ClosedDays(tmp_path / "days")
    rows = [(view, (id_, 1, CITY, 1, 1, 300, 1)) for id_ in range(1, 5) for view in View]
    closing = close(files, closed, DAYS[0], [*rows, (View.REGISTER, (3, 1, CITY, 1, 1, 350, 1))])
    [batch] = closed.batches([closing], BATCH_ROWS)
    found = []
    for each in (batch, batch._replace(rows=BATCH_ROWS * 3)):
        items = OpenItems(files)
        items.take(each)
        found.append(items.items())
    assert found[0] == found[1]
    assert len(found[0]) == 1


def test_sums_of_a_month_are_whole_yen_however_many_there_are(files, tmp_path):
    closed = ClosedDays(tmp_path / "days")
    close(files, closed, DAYS[0], [(View.CENTER, (id_, 1, CITY, 1, 1, 1_000_000, 1)) for id_ in range(1, 200)])
    [figures] = month_figures(files, closed, OCTOBER)
    assert figures.fees_yen == 199_000_000
    assert figures.remit_yen == 199_000_000 - 199 * 123
    assert month_figures(files, closed, NOVEMBER) == []
