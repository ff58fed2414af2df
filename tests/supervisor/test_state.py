"""The state directory: held by one, with stable ports, and a sandbox clock that keeps the service open."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itaku.basis.clock import JST, FixedClock, to_instant
from itaku.supervisor.failures import AlreadyRunningError, StartError
from itaku.supervisor.settings import write_settings
from itaku.supervisor.state import (
    Address,
    Ports,
    Running,
    SandboxClock,
    StateDirectory,
    running,
    short_socket_folder,
    state_directory,
)


def jst(year, month, day, hour=0, minute=0):
    return to_instant(dt.datetime(year, month, day, hour, minute, tzinfo=JST))


def clock_at(folder, instant):
    """The sandbox's date and time after a start at that instant of the machine's clock (`None`: real time)."""
    clock = SandboxClock(folder, FixedClock(instant))
    try:
        moment = clock.open_service()
        clock.remember()
    finally:
        clock.close()
    return moment


def test_a_second_holder_is_refused_and_a_later_one_is_not(tmp_path):
    first = StateDirectory(tmp_path / "var")
    with pytest.raises(AlreadyRunningError):
        StateDirectory(tmp_path / "var")
    first.release()
    StateDirectory(tmp_path / "var").release()


def test_what_is_up_can_be_read_while_it_is_up_and_not_after(tmp_path):
    assert running(tmp_path / "var") is None
    state = StateDirectory(tmp_path / "var")
    assert running(tmp_path / "var") is None
    facts = Running(1, True, 2, {"a": 3}, {"a": "/a.toml"}, {"a": Address("画面", "page", "http://127.0.0.1:1/")})
    state.write_running(facts)
    assert running(tmp_path / "var") == facts
    state.release()
    assert running(tmp_path / "var") is None


def test_what_a_killed_supervisor_published_counts_as_not_running(tmp_path):
    state = StateDirectory(tmp_path / "var")
    state.write_running(Running(1, True, 2, {}, {}, {}))
    state._lock.close()
    assert (tmp_path / "var" / "running.json").exists()
    assert running(tmp_path / "var") is None
    again = StateDirectory(tmp_path / "var")
    assert running(tmp_path / "var") is None, "it is starting; what the killed one left is not taken for its own"
    again.release()


def test_the_state_directory_is_the_one_named_else_the_environments_else_var(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ITAKU_STATE", raising=False)
    assert state_directory(None) == tmp_path / "var"
    monkeypatch.setenv("ITAKU_STATE", "/srv/itaku")
    assert str(state_directory(None)) == "/srv/itaku"
    assert state_directory(tmp_path / "x") == tmp_path / "x"


def test_a_state_directory_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="cannot be used"):
        StateDirectory(tmp_path / "file" / "var")


def test_ports_stay_the_same_over_starts_while_they_are_free(tmp_path):
    def take():
        with contextlib.closing(Ports(tmp_path / "ports.json")) as ports:
            return [ports.take(name) for name in ("center", "relay", "shop")]

    first = take()
    assert len(set(first)) == 3
    assert take() == first
    with socket.create_server(("127.0.0.1", first[1])):
        moved = take()
    assert moved[0] == first[0]
    assert moved[2] == first[2]
    assert moved[1] not in first


def test_two_that_start_at_once_take_different_ports(tmp_path):
    with (
        contextlib.closing(Ports(tmp_path / "one.json")) as one,
        contextlib.closing(Ports(tmp_path / "other.json")) as other,
    ):
        taken = [ports.take(name) for name in ("center", "relay", "shop") for ports in (one, other)]
    assert len(set(taken)) == 6


def test_a_port_asked_for_and_taken_is_refused(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(StartError, match=f"port {port} is taken"):
            Ports(tmp_path / "ports.json").take("page", exactly=port)


def test_a_socket_folder_is_short_however_deep_the_state_is(tmp_path):
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    folder = short_socket_folder(deep)
    try:
        assert len(str(folder)) <= 80
        assert folder.stat().st_mode & 0o777 == 0o700
        assert short_socket_folder(deep) == folder
    finally:
        folder.rmdir()


@pytest.mark.parametrize(
    ("real", "shown"),
    [
        (jst(2026, 6, 1, 6, 29), "2026-06-01 10:00"),
        (jst(2026, 6, 1, 6, 30), None),
        (jst(2026, 6, 1, 22, 59), None),
        (jst(2026, 6, 1, 23, 0), "2026-06-02 10:00"),
        (jst(2026, 12, 28, 23, 30), "2027-01-04 10:00"),
        (jst(2026, 12, 29, 12, 0), "2027-01-04 10:00"),
        (jst(2027, 1, 3, 12, 0), "2027-01-04 10:00"),
        (jst(2027, 1, 4, 12, 0), None),
    ],
)
def test_outside_service_hours_the_sandbox_shows_ten_on_a_service_day(tmp_path, real, shown):
    moment = clock_at(tmp_path, real)
    assert (moment and f"{moment:%Y-%m-%d %H:%M}") == shown


def test_sandbox_time_never_runs_backwards_over_a_restart(tmp_path):
    assert clock_at(tmp_path, jst(2026, 6, 1, 23, 30)) == dt.datetime(2026, 6, 2, 10, 0, tzinfo=JST)
    # In real time it is open again, but the sandbox has already been at 10:00: it goes on from where it was.
    assert clock_at(tmp_path, jst(2026, 6, 2, 7, 0)) == dt.datetime(2026, 6, 2, 17, 30, tzinfo=JST)
    # Where that would lie after closing, the next morning is shown.
    assert clock_at(tmp_path, jst(2026, 6, 2, 13, 0)) == dt.datetime(2026, 6, 3, 10, 0, tzinfo=JST)
    # Real time has caught up: the sandbox is on it again.
    assert clock_at(tmp_path, jst(2026, 6, 3, 11, 0)) is None


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    TEXT | st.booleans() | st.integers(-(2**63), 2**63 - 1),
    lambda inner: st.lists(inner) | st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), inner),
    max_leaves=10,
)


@settings(max_examples=50)
@given(values=st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), VALUES))
def test_settings_read_back_as_they_were_written(tmp_path_factory, values):
    path = write_settings(tmp_path_factory.mktemp("settings") / "node.toml", values)
    assert tomllib.loads(path.read_text(encoding="utf-8")) == values
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_entry_without_value_is_left_out(tmp_path):
    path = write_settings(tmp_path / "node.toml", {"name": "x", "clock_file": None})
    assert tomllib.loads(path.read_text()) == {"name": "x"}
