from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from itaku.basis.canonical import canonical_value
from itaku.basis.clock import InstantMs
from itaku.basis.randomness import SeededRandomness, SystemRandomness
from itaku.record.entry import Entry, flaw, make_entry
from itaku.record.errors import EntryUnfitError, RecordKeyError
from itaku.record.note import Checkpoint, NoteError, PublicKey, Signer
from itaku.record.signing_key import make_signing_key, read_signer


def test_an_entry_says_kind_time_id_and_facts_in_canonical_bytes():
    entry = make_entry(SeededRandomness(1), "issuance.delivered", InstantMs(123), {"copies": 2})
    value = canonical_value(entry.body)
    assert value == {
        "v": 1, "kind": "issuance.delivered", "at_ms": 123, "entry_id": entry.entry_id, "facts": {"copies": 2},
    }  # fmt: skip
    assert len(entry.entry_id) == 16
    assert flaw(entry) is None


def test_facts_that_have_no_single_encoding_are_refused():
    with pytest.raises(EntryUnfitError):
        make_entry(SeededRandomness(1), "x", InstantMs(0), {"rate": 0.5})
    with pytest.raises(EntryUnfitError):
        make_entry(SeededRandomness(1), "x", InstantMs(0), {"long": b"x" * 70_000})


def test_an_entry_that_is_not_its_own_is_noticed():
    entry = make_entry(SeededRandomness(1), "x", InstantMs(0), {})
    assert flaw(Entry(b"y" * 16, entry.body)) == "names another id"
    assert flaw(Entry(entry.entry_id, entry.body + b"\x00")) == "not canonical"
    assert flaw(Entry(entry.entry_id, b"\x80")) == "not an entry"


def test_a_checkpoint_reads_back_under_its_key_only(signer):
    checkpoint = Checkpoint(signer.public_key.origin, 4, 9, b"r" * 32, b"c" * 32, 1_760_000_000_000)
    note = signer.sign(checkpoint)
    assert note.startswith("test.example/record\n9\ncnJy")
    key = PublicKey.parse(signer.public_key.text())
    assert key.read(note) == checkpoint
    other = Signer(signer.public_key.origin, Ed25519PrivateKey.from_private_bytes(bytes(32)))
    with pytest.raises(NoteError):
        other.public_key.read(note)
    for at in range(len(note)):
        changed = note[:at] + chr(ord(note[at]) ^ 1) + note[at + 1 :]
        with pytest.raises(NoteError):
            key.read(changed)


def test_a_public_key_line_with_any_character_changed_is_refused(signer):
    line = signer.public_key.text()
    for at in range(len(line)):
        with pytest.raises(NoteError):
            PublicKey.parse(line[:at] + chr(ord(line[at]) ^ 1) + line[at + 1 :])


def test_a_signing_key_is_readable_by_its_owner_only(tmp_path):
    path = tmp_path / "record.pem"
    make_signing_key(path, SystemRandomness())
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_signer(path, "a.example/r").public_key.origin == "a.example/r"
    with pytest.raises(RecordKeyError):
        make_signing_key(path, SystemRandomness())
    with pytest.raises(RecordKeyError):
        read_signer(path, "an origin with spaces")
    path.chmod(0o644)
    with pytest.raises(RecordKeyError, match="mode 0644"):
        read_signer(path, "a.example/r")


def test_a_key_of_another_kind_or_no_key_is_refused(tmp_path):
    path = tmp_path / "key.pem"
    with pytest.raises(RecordKeyError):
        read_signer(path, "a.example/r")
    path.touch(mode=0o600)
    with pytest.raises(RecordKeyError, match="not a private key"):
        read_signer(path, "a.example/r")
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(pem)
    with pytest.raises(RecordKeyError, match="not Ed25519"):
        read_signer(path, "a.example/r")
