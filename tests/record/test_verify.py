from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from copies import copy_lines, joined
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from itaku.record.copy_format import entry_line, read_entry
from itaku.record.errors import ExportExistsError
from itaku.record.export import export
from itaku.record.note import Signer
from itaku.record.tree import chain_hash, leaf_hash
from itaku.record.verify import verify

SIGNER = Signer("test.example/record", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
KEY = SIGNER.public_key.text()
BATCHES = [0, 3, 1, 4, 0, 2]


def places_named(report) -> set[str]:
    """Every single place that the findings name, spans taken apart."""
    named: set[str] = set()
    for finding in report.findings:
        kind, _, numbers = finding.place.partition(" ")
        if kind in {"entries", "checkpoints"}:
            first, last = map(int, numbers.split("-"))
            one = {"entries": "entry", "checkpoints": "checkpoint"}[kind]
            named |= {f"{one} {n}" for n in range(first, last + 1)}
        else:
            named.add(finding.place)
    return named


def check(tmp_path: Path, data: bytes, **known):
    path = tmp_path / "record.ndjson"
    path.write_bytes(data)
    return verify(path, **known)


def test_an_untouched_copy_is_in_order(tmp_path):
    report = check(tmp_path, joined(copy_lines(SIGNER, BATCHES)), public_key=KEY)
    assert report.ok, report.text()
    assert (report.entries, report.checkpoints) == (10, 6)
    assert not report.key_from_copy


def test_without_a_known_key_the_report_says_that_the_key_came_from_the_copy(tmp_path):
    report = check(tmp_path, joined(copy_lines(SIGNER, BATCHES)))
    assert report.ok
    assert report.key_from_copy
    assert report.key_fingerprint == SIGNER.public_key.fingerprint


@pytest.mark.parametrize("bit", range(8))
@pytest.mark.parametrize("known_key", [True, False])
def test_a_flipped_bit_in_any_byte_is_found_and_named(tmp_path, bit, known_key):
    lines = copy_lines(SIGNER, [0, 2, 2])
    data = joined(lines)
    known = {"public_key": KEY} if known_key else {}
    position = 0
    for index, (place, line) in enumerate(lines):
        following = lines[index + 1][0] if index + 1 < len(lines) else ""
        for offset in range(len(line)):
            if (offset + position + bit) % 8:  # an eighth of the bytes for each bit: every byte is flipped once
                continue
            at = position + offset
            damaged = data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :]
            report = check(tmp_path, damaged, **known)
            assert not report.ok, (place, offset)
            assert place in places_named(report), (place, offset, report.text())
            others = places_named(report) - {place, following, "file"}
            if place.startswith("entry"):
                number = int(place.split()[1])
                others -= {f"entry {number - 1}", f"entry {number + 1}"}
            # Nobody else is blamed, except by a broken header, which is what the rest is held against.
            assert not others or place == "header", (place, offset, report.text())
        position += len(line)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_change_to_a_copy_is_found(tmp_path_factory, data):
    whole = joined(copy_lines(SIGNER, data.draw(st.lists(st.integers(0, 6), min_size=1, max_size=5))))
    start = data.draw(st.integers(0, len(whole) - 1))
    end = data.draw(st.integers(start, min(len(whole), start + 40)))
    changed = whole[:start] + data.draw(st.binary(max_size=40)) + whole[end:]
    report = check(tmp_path_factory.mktemp("copy"), changed)
    assert report.ok == (changed == whole)


def without(lines, place):
    return [line for line in lines if line[0] != place]


@pytest.mark.parametrize("number", range(10))
def test_a_dropped_entry_is_named(tmp_path, number):
    report = check(tmp_path, joined(without(copy_lines(SIGNER, BATCHES), f"entry {number}")))
    assert [(f.place, f.code) for f in report.findings] == [(f"entry {number}", "entry_missing")]


@pytest.mark.parametrize("number", range(10))
def test_a_doubled_entry_is_named(tmp_path, number):
    lines = copy_lines(SIGNER, BATCHES)
    at = [place for place, _ in lines].index(f"entry {number}")
    report = check(tmp_path, joined([*lines[: at + 1], lines[at], *lines[at + 1 :]]))
    assert [(f.place, f.code) for f in report.findings] == [(f"entry {number}", "entry_doubled")]


def test_two_entries_in_the_wrong_order_are_named(tmp_path):
    lines = copy_lines(SIGNER, [8])
    lines[3], lines[4] = lines[4], lines[3]
    report = check(tmp_path, joined(lines))
    assert ("entry 2", "entry_misplaced") in [(f.place, f.code) for f in report.findings]
    assert places_named(report) == {"entry 2"}


@pytest.mark.parametrize("number", range(6))
def test_a_dropped_checkpoint_is_named(tmp_path, number):
    report = check(tmp_path, joined(without(copy_lines(SIGNER, BATCHES), f"checkpoint {number}")))
    assert f"checkpoint {number}" in places_named(report)
    assert places_named(report) == {f"checkpoint {number}"}


def test_a_doubled_checkpoint_is_named(tmp_path):
    lines = copy_lines(SIGNER, BATCHES)
    at = [place for place, _ in lines].index("checkpoint 2")
    report = check(tmp_path, joined([*lines[:at], lines[at], *lines[at:]]))
    assert places_named(report) == {"checkpoint 2"}


def test_a_copy_cut_anywhere_is_found(tmp_path):
    data = joined(copy_lines(SIGNER, BATCHES))
    for end in random.Random(1).sample(range(len(data)), 200):
        assert not check(tmp_path, data[:end]).ok, end


def test_a_copy_cut_within_a_line_says_so(tmp_path):
    report = check(tmp_path, joined(copy_lines(SIGNER, BATCHES))[:-20])
    assert "truncated" in {f.code for f in report.findings}


def forge(lines, number, *, chain=False, following=False):
    """Replaces an entry's body by one with right hashes, as far as the forger goes."""
    places = [place for place, _ in lines]
    forged = list(lines)
    before = None
    for at, (place, line) in enumerate(lines):
        if not place.startswith("entry"):
            continue
        entry = read_entry(line)
        body, leaf, value = entry.body, entry.leaf, entry.chain
        if place == f"entry {number}":
            body = body.replace(b"test", b"tset")
            leaf = leaf_hash(body)
        if before is not None and ((place == f"entry {number}" and chain) or (entry.seq > number and following)):
            value = chain_hash(before, leaf)
        forged[at] = (place, entry_line(entry.seq, body, leaf, value))
        before = value
    assert places == [place for place, _ in forged]
    return forged


def test_an_entry_replaced_with_its_hash_is_named(tmp_path):
    report = check(tmp_path, joined(forge(copy_lines(SIGNER, [10]), 4)))
    assert "entry 4" in places_named(report)
    assert len(report.findings) == 1


def test_an_entry_replaced_with_its_hash_and_chain_value_is_named(tmp_path):
    report = check(tmp_path, joined(forge(copy_lines(SIGNER, [10]), 4, chain=True)))
    assert places_named(report) == {"entry 4", "entry 5"}


def test_a_record_rewritten_from_an_entry_on_is_found_by_the_next_signature(tmp_path):
    report = check(tmp_path, joined(forge(copy_lines(SIGNER, [2, 2, 3, 3]), 4, chain=True, following=True)))
    assert "checkpoint 2" in " ".join(f.en for f in report.findings)
    assert {"entry 4", "entry 5", "entry 6"} & places_named(report)


def test_a_wholly_invented_record_is_found_by_the_known_key(tmp_path):
    other = Signer(SIGNER.public_key.origin, Ed25519PrivateKey.from_private_bytes(bytes(32)))
    data = joined(copy_lines(other, BATCHES))
    assert check(tmp_path, data).key_from_copy
    report = check(tmp_path, data, public_key=KEY)
    assert {"header", "checkpoint 0", "checkpoint 5"} <= places_named(report)


def test_a_record_begun_anew_is_found_by_a_checkpoint_that_was_kept(tmp_path):
    from itaku.record.copy_format import read_checkpoint

    kept = read_checkpoint(copy_lines(SIGNER, BATCHES)[-1][1])
    assert check(tmp_path, joined(copy_lines(SIGNER, BATCHES)), known=kept).ok
    report = check(tmp_path, joined(copy_lines(SIGNER, BATCHES, seed=4)), public_key=KEY, known=kept)
    assert [f.code for f in report.findings] == ["known_missing"]


def test_no_copy_at_all_is_a_finding(tmp_path):
    assert [f.code for f in verify(tmp_path).findings] == ["unreadable"]
    assert "empty" in {f.code for f in check(tmp_path, b"").findings}


async def test_an_exported_record_verifies_and_the_report_counts_it(desk, tmp_path):
    await desk.grow(5, 7, 1)
    await desk.insert(desk.entries(2))
    path = await export(desk.connection, tmp_path / "copy")
    report = verify(tmp_path / "copy", desk.signer.public_key.text())
    assert report.ok, report.text()
    assert (report.entries, report.checkpoints) == (13, 3)
    assert verify(path).ok
    with pytest.raises(ExportExistsError):
        await export(desk.connection, tmp_path / "copy")


async def test_an_entry_changed_in_the_database_is_named_by_the_copy(desk, tmp_path):
    await desk.grow(5, 7, 1)
    await desk.connection.execute("ALTER TABLE record_entry DISABLE TRIGGER USER")
    await desk.connection.execute("UPDATE record_entry SET body = body || '\\x00' WHERE seq = 6")
    await export(desk.connection, tmp_path)
    report = verify(tmp_path, desk.signer.public_key.text())
    assert {f.place for f in report.findings} == {"entry 6"}


def test_the_verifier_needs_nothing_but_its_own_package(tmp_path):
    (tmp_path / "record.ndjson").write_bytes(joined(copy_lines(SIGNER, BATCHES)))
    program = (
        "import sys; from pathlib import Path; from itaku.record.verify import verify\n"
        "assert verify(Path(sys.argv[1])).ok\n"
        "ours = {n for n in sys.modules if n.startswith('itaku.')}\n"
        "assert all(n.startswith('itaku.record') for n in ours), ours\n"
        "assert not {'asyncpg', 'msgspec', 'structlog'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
