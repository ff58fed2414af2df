"""What every contract has without writing it: standard events, and standard policies with their defaults.

A contract may declare a standard policy again to choose another default; standard events are the same everywhere.
"""

from __future__ import annotations

from itaku.contracts.model.contract import EventType, Option, Policy


def _event(ja: str, en: str, **fields: str) -> EventType:
    return EventType(ja=ja, en=en, by=None, fields=fields)


EVENTS: dict[str, EventType] = {
    "contract.signed": _event("契約締結", "Contract signed"),
    "term.set": _event(
        "条件の記入・変更", "Term filled in or changed", term="term", date="date?", yen="yen?", text="text?"
    ),
    "rate.entered": _event(
        "率の登録", "Rate entered", rate="text", percent="percent", basis="text", source="text", **{"from": "date"}
    ),
    "policy.chosen": _event("解釈方針の選択", "Policy chosen", policy="text", option="text"),
    "provision.amended": _event("条項の変更", "Provision amended", toml="text"),
    "finding.made": _event(
        "認定", "Finding made", on="provision", result="bool", person="text", reason="text", instance="text?"
    ),
    "date.set": _event("期限の指定", "Date set", under="provision", date="date", instance="text?"),
    "target.set": _event("目標日の設定", "Target date set", under="provision", date="date", instance="text?"),
    "evidence.filed": _event(
        "証跡の提出",
        "Evidence filed",
        under="provision",
        slot="text",
        sha256="text",
        expires_on="date?",
        instance="text?",
    ),
    "evidence.withdrawn": _event(
        "証跡の取下げ", "Evidence withdrawn", under="provision", slot="text", instance="text?"
    ),
    "paper.filed": _event(
        "書類の登録",
        "Paper filed",
        paper="text",
        sha256="text",
        attachments_sha256="text?",
        under="provision?",
        instance="text?",
    ),
}
"""Events that the engine itself understands. `instance` names one instance where a provision has several."""


def _policy(ja: str, en: str, default: str, **options: tuple[str, str]) -> Policy:
    return Policy(
        ja=ja,
        en=en,
        default=default,
        options={name.replace("_", "-"): Option(ja=words[0], en=words[1]) for name, words in options.items()},
    )


POLICIES: dict[str, Policy] = {
    "count.first-day": _policy(
        "期間の初日",
        "First day of a period",
        "excluded",
        excluded=("初日不算入（民法第140条）", "not counted (Civil Code 140)"),
        included=("初日算入", "counted"),
    ),
    "holiday.calendar": _policy(
        "期間の末日に適用する休日",
        "Closing days for the last day of a period",
        "office",
        office=("閉庁日", "the office's closing days"),
        public_holidays=("日曜・国民の祝日等（民法第142条）", "Sundays and public holidays (Civil Code 142)"),
        none=("適用しない", "none"),
    ),
    "holiday.in-force": _policy(
        "末日が休日のときの期限",
        "The deadline where the last day is closed",
        "raw",
        raw=("動かさない（文言どおり）", "not moved (by the letter)"),
        moved=("翌開庁日（さかのぼるときは前開庁日）", "moved to the nearest open day"),
    ),
    "suspension.clock": _policy(
        "一時中止中の期限",
        "Deadlines while suspended",
        "stands",
        stands=("進行する", "keep running"),
        shifts=("中止の日数だけ延びる", "are longer by the days of suspension"),
    ),
    "amendment.open-instances": _policy(
        "変更前に生じた義務",
        "Duties that arose before an amendment",
        "birth",
        birth=("発生時の条項による", "keep the provision of their birth"),
        new=("変更後の条項による", "follow the amended provision"),
    ),
}
"""Policies that the engine asks wherever a provision names no other."""
