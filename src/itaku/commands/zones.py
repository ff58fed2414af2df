"""`itaku zones`: the description of networks checked, shown, and turned into each machine's rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from itaku.zones.description import Zones, ZonesError, read_zones
from itaku.zones.paths import connections, path
from itaku.zones.rules import allow_list, files


def zones(file: Path, write: Path | None) -> tuple[dict[str, Any], str]:
    """What may pass and by which way, as facts and as text; writes the rules where asked. `ZonesError`."""
    described = read_zones(file)
    made = files(described) | {"allow-list.json": _json(allow_list(described))}
    if write is not None:
        try:
            write.mkdir(parents=True, exist_ok=True)
            for name, text in made.items():
                (write / name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise ZonesError(f"{write}: {error.strerror}") from error
    facts: dict[str, Any] = {
        "networks": {name: network.range for name, network in described.network.items()},
        "pairs": [{"of": pair.of, "clause": pair.clause} for pair in described.pair],
        "allowed": allow_list(described),
        "written": sorted(made) if write is not None else [],
    }
    return facts, _text(described) + ("" if write is None else f"\n書き出し / written: {len(made)} → {write}")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _text(described: Zones) -> str:
    lines = ["区分 / networks"]
    lines += [
        f"  {name:<15} {each.range:<15} {each.ja} / {each.en}  [{each.clause}]"
        for name, each in described.network.items()
    ]
    lines += ["", "許す接続だけを通し、ほかはすべて拒む / allowed connections; all else is refused"]
    for caller, flow in connections(described):
        hops = path(described, described.network_of(caller), described.network_of(flow.to))
        way = " → ".join([caller, *(hop.router for hop in hops), flow.to])
        lines.append(f"  {way}  tcp/{flow.port}  {flow.ja}  [{flow.clause}]")
    return "\n".join(lines)
