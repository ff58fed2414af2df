import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from itaku.issuance.devices.contracts import CashState, CashStatus
from itaku.issuance.devices.errors import CashUnitBusyError, CashUnitUnreachableError, DeviceConflictError
from itaku.sandbox.stand.cash import MONEY, CashCondition, PracticeCashUnit
from itaku.sandbox.stand.memory import DeviceMemory

A, B = bytes(15) + b"\x01", bytes(15) + b"\x02"


@pytest.fixture
def unit(memory):
    return PracticeCashUnit(memory)


async def test_coins_are_taken_until_the_fee_is_complete_and_change_is_given(unit):
    assert await unit.take(A, 300) == CashStatus(CashState.WAITING)
    assert unit.insert(100)
    assert await unit.status(A) == CashStatus(CashState.WAITING, 100)
    assert unit.insert(500)
    assert await unit.status(A) == CashStatus(CashState.HELD, 600, 300)
    assert not unit.insert(100)
    assert await unit.bank(A) == CashStatus(CashState.BANKED, 600, 300)
    assert unit.totals() == (600, 300, 0, 300)


async def test_every_request_may_be_repeated(unit):
    for _ in range(3):
        assert (await unit.take(A, 300)).state is CashState.WAITING
    unit.pay_exact()
    for _ in range(3):
        assert await unit.take(A, 300) == CashStatus(CashState.HELD, 300)
    for _ in range(3):
        assert await unit.refund(A) == CashStatus(CashState.REFUNDED, 300, 300)
    assert await unit.take(A, 300) == CashStatus(CashState.REFUNDED, 300, 300)
    assert unit.totals() == (300, 300, 0, 0)


async def test_cancel_answers_held_when_the_fee_was_complete(unit):
    await unit.take(A, 300)
    unit.pay_exact()
    assert (await unit.cancel(A)).state is CashState.HELD


async def test_a_cancelled_id_gives_its_coins_back_and_is_never_paid(unit):
    await unit.take(A, 300)
    unit.insert(100)
    assert await unit.cancel(A) == CashStatus(CashState.CANCELLED, 100, 100)
    assert (await unit.take(A, 300)).state is CashState.CANCELLED
    assert not unit.pay_exact()


async def test_an_id_cancelled_before_it_was_taken_is_never_paid(unit):
    assert await unit.status(A) == CashStatus(CashState.UNKNOWN)
    assert (await unit.cancel(A)).state is CashState.CANCELLED
    assert (await unit.take(A, 300)).state is CashState.CANCELLED
    assert not unit.insert(100)


async def test_a_refund_that_the_unit_cannot_give_is_a_fault_until_it_can_and_is_never_banked(unit):
    await unit.take(A, 300)
    unit.pay_exact()
    unit.set_condition(CashCondition(refund_fault=True))
    assert (await unit.refund(A)).state is CashState.FAULT
    assert (await unit.bank(A)).state is CashState.FAULT
    assert (await unit.cancel(A)).state is CashState.FAULT
    unit.set_condition(CashCondition())
    assert await unit.refund(A) == CashStatus(CashState.REFUNDED, 300, 300)


async def test_coins_stuck_on_cancel_are_a_fault_and_come_back_when_the_jam_is_cleared(unit):
    await unit.take(A, 300)
    unit.insert(100)
    unit.set_condition(CashCondition(coin_jam=True))
    assert not unit.insert(100)
    assert (await unit.cancel(A)).state is CashState.FAULT
    unit.set_condition(CashCondition())
    assert not unit.pay_exact()
    assert await unit.cancel(A) == CashStatus(CashState.CANCELLED, 100, 100)


async def test_two_ids_never_share_the_coins(unit):
    await unit.take(A, 300)
    with pytest.raises(CashUnitBusyError):
        await unit.take(B, 300)
    await unit.cancel(A)
    assert (await unit.take(B, 300)).state is CashState.WAITING


async def test_one_id_has_one_fee(unit):
    await unit.take(A, 300)
    with pytest.raises(DeviceConflictError):
        await unit.take(A, 200)
    with pytest.raises(DeviceConflictError):
        await unit.take(A, -1)


async def test_a_lost_answer_leaves_the_request_done(unit):
    await unit.take(A, 300)
    unit.pay_exact()
    unit.set_condition(CashCondition(lose_reply=True))
    with pytest.raises(CashUnitUnreachableError):
        await unit.refund(A)
    assert await unit.status(A) == CashStatus(CashState.REFUNDED, 300, 300)


async def test_foreign_coins_fall_through(unit):
    await unit.take(A, 300)
    assert [unit.insert(yen) for yen in (1, 5, 0, -100, 10_000)] == [False] * 5


async def test_a_free_certificate_needs_no_coin(unit):
    assert (await unit.take(A, 0)).state is CashState.HELD


async def test_money_is_remembered_over_a_loss_of_power(tmp_path):
    memory = DeviceMemory(tmp_path / "devices.db")
    unit = PracticeCashUnit(memory)
    await unit.take(A, 300)
    unit.insert(100)
    unit.set_condition(CashCondition(refund_fault=True))
    memory.close()
    memory = DeviceMemory(tmp_path / "devices.db")
    unit = PracticeCashUnit(memory)
    assert await unit.status(A) == CashStatus(CashState.WAITING, 100)
    assert unit.condition.refund_fault
    memory.close()


def settled(coroutine):
    """Runs a call that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("the cash unit waited")


class AnyOrder(RuleBasedStateMachine):
    """Kiosks, people and faults in any order."""

    IDS = st.sampled_from([bytes([number]) * 16 for number in range(4)])

    def __init__(self):
        super().__init__()
        self.memory = DeviceMemory(None)
        self.unit = PracticeCashUnit(self.memory)
        self.put_in = 0
        self.fenced = set()
        self.refunds_begun = set()
        self.fees = {}

    def teardown(self):
        self.memory.close()

    @rule(key=IDS, fee=st.sampled_from([0, 150, 300, 1000]))
    def take(self, key, fee):
        try:
            status = settled(self.unit.take(key, self.fees.setdefault(key, fee)))
        except CashUnitBusyError:
            return
        assert status.state is not CashState.UNKNOWN

    @rule(yen=st.sampled_from([*sorted(MONEY), 1, 10_000]))
    def insert(self, yen):
        if self.unit.insert(yen):
            self.put_in += yen

    @rule()
    def pay_exact(self):
        waiting = self.unit.waiting()
        if self.unit.pay_exact():
            self.put_in += waiting[1] - waiting[2]

    @rule(key=IDS)
    def cancel(self, key):
        status = settled(self.unit.cancel(key))
        assert status.state not in {CashState.WAITING, CashState.UNKNOWN}
        if status.state in {CashState.CANCELLED, CashState.FAULT}:
            self.fenced.add(key)

    @rule(key=IDS)
    def refund(self, key):
        status = settled(self.unit.refund(key))
        assert status.state in {CashState.REFUNDED, CashState.CANCELLED, CashState.FAULT, CashState.BANKED}
        if status.state is not CashState.BANKED:
            self.fenced.add(key)

    @rule(key=IDS)
    def bank(self, key):
        assert settled(self.unit.bank(key)).state is not CashState.HELD

    @rule(refund=st.booleans(), jam=st.booleans())
    def fault(self, refund, jam):
        self.unit.set_condition(CashCondition(refund_fault=refund, coin_jam=jam))

    @precondition(lambda self: self.put_in)
    @rule()
    def power_returns(self):
        self.unit = PracticeCashUnit(self.memory)

    @invariant()
    def no_yen_is_lost_or_made(self):
        totals = self.unit.totals()
        assert totals.inserted_yen == self.put_in
        assert totals.inserted_yen == totals.returned_yen + totals.inside_yen + totals.banked_yen

    @invariant()
    def what_was_fenced_is_never_held(self):
        for key in self.fenced:
            status = settled(self.unit.status(key))
            assert status.state in {CashState.CANCELLED, CashState.REFUNDED, CashState.FAULT}

    @invariant()
    def what_is_held_or_banked_is_exactly_the_fee(self):
        for key, fee in self.fees.items():
            status = settled(self.unit.status(key))
            if status.state in {CashState.HELD, CashState.BANKED}:
                assert status.inserted_yen - status.returned_yen == fee


def test_in_any_order_no_yen_is_lost_and_a_cancelled_id_is_never_held():
    run_state_machine_as_test(AnyOrder)
