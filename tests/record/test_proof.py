from __future__ import annotations

import base64

import msgspec
import pytest

from itaku.record.errors import EntryUnknownError, ProofInvalidError, RecordEmptyError
from itaku.record.proof import InclusionProof, check_consistency, check_inclusion, prove, prove_consistency


async def test_each_entry_is_proved_by_its_id_and_by_its_number(desk):
    await desk.grow(1, 4, 2, 9, 3)
    key = desk.signer.public_key.text()
    for row in await desk.connection.fetch("SELECT seq, entry_id, body FROM record_entry"):
        by_id = InclusionProof.from_json((await prove(desk.connection, row["entry_id"])).to_json())
        assert by_id == await prove(desk.connection, row["seq"])
        assert base64.b64decode(by_id.body) == row["body"]
        assert check_inclusion(by_id, key).size == 19


async def test_a_proof_of_something_else_is_refused(desk):
    await desk.grow(6, 5)
    key = desk.signer.public_key.text()
    proof = await prove(desk.connection, 7)
    other = await prove(desk.connection, 8)
    for wrong in (
        msgspec.structs.replace(proof, body=other.body),
        msgspec.structs.replace(proof, seq=8),
        msgspec.structs.replace(proof, path=other.path),
        msgspec.structs.replace(proof, path=proof.path[1:]),
        msgspec.structs.replace(proof, path=(*proof.path[:-1], "00")),
        msgspec.structs.replace(proof, checkpoint=proof.checkpoint.replace("11", "12", 1)),
        msgspec.structs.replace(proof, seq=-1),
    ):
        with pytest.raises(ProofInvalidError):
            check_inclusion(wrong, key)
    with pytest.raises(ProofInvalidError):
        check_inclusion(proof, key.replace("test", "tset"))
    with pytest.raises(ProofInvalidError):
        InclusionProof.from_json(b'{"seq": 1}')


async def test_what_is_not_numbered_is_not_proved(desk):
    with pytest.raises(RecordEmptyError):
        await prove(desk.connection, 0)
    await desk.grow(2)
    with pytest.raises(EntryUnknownError):
        await prove(desk.connection, 2)
    with pytest.raises(EntryUnknownError):
        await prove(desk.connection, b"x" * 16)


async def test_the_holder_of_an_old_checkpoint_is_shown_that_the_record_only_grew(desk):
    await desk.grow(3, 4, 6)
    key = desk.signer.public_key.text()
    notes = [row["note"] for row in await desk.connection.fetch("SELECT note FROM record_checkpoint ORDER BY number")]
    for note in notes:
        proof = await prove_consistency(desk.connection, note)
        old, new = check_consistency(proof, key)
        assert old.size <= new.size == 13
    proof = await prove_consistency(desk.connection, notes[0])
    with pytest.raises(ProofInvalidError):
        check_consistency(msgspec.structs.replace(proof, old=notes[1]), key)
    with pytest.raises(EntryUnknownError):
        await prove_consistency(desk.connection, "of another record")
