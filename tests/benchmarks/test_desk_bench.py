"""The desk's bench: a small one measures everything that it names, on a real desk."""

from __future__ import annotations

from pathlib import Path

from itaku.benchmarks.desk import Size, measure
from itaku.supervisor.postgres import EmbeddedPostgres


def test_a_small_bench_of_the_desk_measures_everything_it_names(
    postgres_server: EmbeddedPostgres, postgres_dsn: str, tmp_path: Path
) -> None:
    assert postgres_server.pid is not None
    figures = measure(postgres_dsn, postgres_server.pid, tmp_path, Size(contracts=26, asked=4))
    found = {each.name: each for each in figures}
    assert found["desk: index made once"].note.startswith("26 contracts, ")
    assert int(found["desk: index made once"].note.split(", ")[2].split()[0]) > 26
    for name in (
        "first screen",
        "a page never asked for before",
        "a page asked for again",
        "first screen, own duties only",
    ):
        assert 0 < found[f"desk: {name}, p50"].value <= found[f"desk: {name}, p95"].value
        assert "ms of processor time a request" in found[f"desk: {name}, p50"].note
    assert found["desk: the same by a plain full replay"].note.startswith("computed from 2 of 26 contracts")
    assert found["desk: full replay over first screen, p50"].value > 0
