from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itaku.basis.randomness import SystemRandomness
from itaku.store.device_key import make_device_key, read_device_key
from itaku.store.errors import (
    DeviceKeyUnfitError,
    JournalBusyError,
    JournalClosedError,
    JournalDamagedError,
    JournalKeyWrongError,
    JournalUnwritableError,
    StoreError,
)
from itaku.store.journal import Journal

KEY = bytes(range(32))


async def fill(path, records):
    with Journal(path, KEY) as journal:
        await asyncio.gather(*(journal.put(key, body) for key, body in records.items()))


async def test_what_was_put_is_found_after_opening_again(tmp_path):
    with Journal(tmp_path / "j", KEY) as journal:
        await journal.put(b"a", b"first")
        await journal.put(b"a", b"second")
        await journal.put(b"b", b"gone")
        await journal.put(b"", b"")
        await journal.delete(b"b")
        await journal.delete(b"never there")
        assert journal.all() == {b"a": b"second", b"": b""}
    with Journal(tmp_path / "j", KEY) as journal:
        assert journal.all() == {b"a": b"second", b"": b""}


async def test_many_writers_at_once_are_all_acknowledged(tmp_path):
    async def write(journal, who):
        for n in range(50):
            await journal.put(b"%d %d" % (who, n), b"body %d" % n)

    with Journal(tmp_path / "j", KEY) as journal:
        await asyncio.gather(*(write(journal, who) for who in range(20)))
        assert len(journal.all()) == 1000


async def test_nothing_that_was_put_is_readable_on_the_disk(tmp_path):
    with Journal(tmp_path / "j", KEY) as journal:
        await journal.put(b"the key of a record", "山田太郎".encode() * 20)
        await journal.put(b"the key of another", b"PLAINTEXT" * 500)
        during = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    after = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for disk in (during, after):
        assert len(disk) > 4096
        for secret in (b"the key of", "山田太郎".encode(), b"PLAINTEXT", KEY):
            assert secret not in disk


async def test_a_deleted_record_leaves_the_files(tmp_path):
    import apsw

    with Journal(tmp_path / "j", KEY) as journal:
        await journal.put(b"a", b"body")
    connection = apsw.Connection(str(tmp_path / "j"))
    row = connection.execute("SELECT sealed FROM journal_record").fetchall()[0][0]
    connection.close()
    assert row in (tmp_path / "j").read_bytes()
    with Journal(tmp_path / "j", KEY) as journal:
        await journal.delete(b"a")
    assert row not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


async def test_another_key_does_not_open_the_journal(tmp_path):
    await fill(tmp_path / "j", {b"a": b"1"})
    with pytest.raises(JournalKeyWrongError):
        Journal(tmp_path / "j", bytes(32))
    with pytest.raises(DeviceKeyUnfitError):
        Journal(tmp_path / "j", b"short")
    with Journal(tmp_path / "j", KEY) as journal:
        assert journal.all() == {b"a": b"1"}


async def test_two_programs_never_share_a_journal(tmp_path):
    with Journal(tmp_path / "j", KEY) as journal:
        await journal.put(b"a", b"1")
        program = (
            "import sys; from pathlib import Path; from itaku.store.journal import Journal\n"
            "from itaku.store.errors import JournalBusyError\n"
            "try: Journal(Path(sys.argv[1]), bytes(range(32)))\n"
            "except JournalBusyError: sys.exit(7)"
        )
        done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "j")], check=False)  # noqa: ASYNC221 nothing else runs here
        assert done.returncode == 7
        with pytest.raises(JournalBusyError):
            Journal(tmp_path / "j", KEY)


async def test_a_closed_journal_says_so(tmp_path):
    journal = Journal(tmp_path / "j", KEY)
    journal.close()
    journal.close()
    with pytest.raises(JournalClosedError):
        await journal.put(b"a", b"1")
    with pytest.raises(JournalClosedError):
        journal.all()


@pytest.mark.parametrize("damage", ["empty", "noise", "cut", "gone"])
async def test_a_damaged_file_is_never_taken_for_a_new_journal(tmp_path, damage):
    path = tmp_path / "j"
    await fill(path, {b"%d" % n: b"x" * 300 for n in range(50)})
    data = path.read_bytes()
    if damage == "gone":
        path.unlink()
        (tmp_path / "j-wal").write_bytes(b"left over")
    else:
        path.write_bytes(
            {"empty": b"", "noise": random.Random(1).randbytes(len(data)), "cut": data[: len(data) // 2]}[damage]
        )
    with pytest.raises(JournalDamagedError):
        Journal(path, KEY)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_flipped_bit_is_found_or_changes_nothing(tmp_path):
    records = {b"%d" % n: b"x" * (n * 7) for n in range(60)}
    asyncio.run(fill(tmp_path / "j", records))
    data = (tmp_path / "j").read_bytes()
    found = 0
    chance = random.Random(3)
    for turn in range(150):
        at = chance.randrange(len(data))
        path = tmp_path / f"flip{turn}"
        path.write_bytes(data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :])
        try:
            with Journal(path, KEY) as journal:
                assert journal.all() == records, at
        except StoreError:
            found += 1
    assert found > 75


async def test_a_record_moved_to_another_row_does_not_open(tmp_path):
    import apsw

    await fill(tmp_path / "j", {b"a": b"of a", b"b": b"of b"})
    connection = apsw.Connection(str(tmp_path / "j"))
    first, second = connection.execute("SELECT name, sealed FROM journal_record").fetchall()
    with connection:
        connection.execute("UPDATE journal_record SET sealed = ? WHERE name = ?", (first[1], second[0]))
    connection.close()
    with pytest.raises(JournalDamagedError):
        Journal(tmp_path / "j", KEY)


WRITER = """
import asyncio, sys
from pathlib import Path
from itaku.store.journal import Journal

async def write(journal, who, turn):
    n = 0
    while True:
        await journal.put(b"%d %d %d" % (turn, who, n), b"body of %d" % n)
        sys.stdout.write(f"{turn} {who} {n}\\n")
        sys.stdout.flush()
        n += 1

async def main():
    journal = Journal(Path(sys.argv[1]), bytes(range(32)))
    await asyncio.gather(*(write(journal, who, int(sys.argv[2])) for who in range(8)))

asyncio.run(main())
"""


def test_what_was_acknowledged_survives_kill_9(tmp_path):
    acknowledged = set()
    for turn in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "j"), str(turn)], stdout=subprocess.PIPE, text=True
        )
        lines = [process.stdout.readline() for _ in range(150 + 40 * turn)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
        process.stdout.close()
        process.wait()
        acknowledged |= {line.strip().encode() for line in lines if line.endswith("\n")}
        with Journal(tmp_path / "j", KEY) as journal:
            assert acknowledged <= set(journal.all())
    assert len(acknowledged) > 800


async def test_a_full_disk_is_told_to_the_writer_and_loses_nothing(tmp_path):
    with Journal(tmp_path / "j", KEY) as journal:
        await journal.put(b"a", b"1")
        pages = journal._connection.execute("PRAGMA page_count").fetchall()[0][0]
        journal._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(JournalUnwritableError):
            await journal.put(b"big", b"x" * 100_000)
        await journal.put(b"b", b"2")
        assert journal.all() == {b"a": b"1", b"b": b"2"}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=8), st.none() | st.binary(max_size=200)), max_size=30))
def test_the_journal_holds_what_a_dictionary_would_hold(tmp_path_factory, steps):
    async def play(path):
        expected: dict[bytes, bytes] = {}
        with Journal(path, KEY) as journal:
            for key, body in steps:
                if body is None:
                    await journal.delete(key)
                    expected.pop(key, None)
                else:
                    await journal.put(key, body)
                    expected[key] = body
        with Journal(path, KEY) as journal:
            assert journal.all() == expected

    asyncio.run(play(tmp_path_factory.mktemp("journal") / "j"))


def test_a_device_key_is_made_once_and_read_only_from_a_closed_file(tmp_path):
    path = tmp_path / "device.key"
    key = make_device_key(path, SystemRandomness())
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_device_key(path) == key
    with pytest.raises(DeviceKeyUnfitError):
        make_device_key(path, SystemRandomness())
    path.chmod(0o640)
    with pytest.raises(DeviceKeyUnfitError, match="mode 0640"):
        read_device_key(path)
    path.chmod(0o600)
    path.write_bytes(b"x" * 31)
    with pytest.raises(DeviceKeyUnfitError, match="32 bytes"):
        read_device_key(path)
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(DeviceKeyUnfitError):
        read_device_key(tmp_path / "link")
    with pytest.raises(DeviceKeyUnfitError):
        read_device_key(tmp_path / "none")
