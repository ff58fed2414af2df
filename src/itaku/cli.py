"""The command line: reads arguments, calls the command, prints its result or its error in two languages."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from itaku import __version__
from itaku.basis.errors import ItakuError

Command = Callable[[argparse.Namespace], int]


def main(argv: list[str] | None = None) -> int:
    """Runs one command; 0 done, 1 refused or failed with a coded error, 2 wrong arguments."""
    arguments = _parser().parse_args(argv)
    command: Command = arguments.command
    try:
        return command(arguments)
    except ItakuError as error:
        if arguments.json:
            sys.stdout.write(json.dumps({"error": error.as_json()}, ensure_ascii=False) + "\n")
        else:
            sys.stderr.write(f"{error.ja}\n{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="itaku", description="委託: runs an entrusted public service the way its contract says, and proves it."
    )
    parser.add_argument("--version", action="version", version=f"itaku {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_up(commands)
    _add_issue(commands)
    _add_settle(commands)
    _add_books(commands)
    _add_register_file(commands)
    _add_close_day(commands)
    _add_reconcile(commands)
    _add_case(commands)
    _add_certificate_status(commands)
    _add_registrations(commands)
    _add_due(commands)
    _add_late_charge(commands)
    _add_incident_clock(commands)
    _add_contracts(commands)
    _add_contract(commands)
    _add_clauses(commands)
    _add_record(commands)
    _add_receipt(commands)
    _add_verify_certificate(commands)
    _add_zones(commands)
    _add_simulate(commands)
    _add_soak(commands)
    _add_printer_check(commands)
    _add_calendar(commands)
    _add_tables(commands)
    _add_bench(commands)
    return parser


def _command(commands: Any, name: str, text: str, command: Command, *, state: bool = False) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    made.add_argument("--json", action="store_true", help="one JSON object on standard output")
    if state:
        made.add_argument("--state", type=Path, help="state directory (default: $ITAKU_STATE, else ./var)")
    made.set_defaults(command=command)
    return made


def _print(value: Any, as_json: bool, text: str) -> None:
    if as_json:
        sys.stdout.write(json.dumps(msgspec.to_builtins(value), ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(text.rstrip("\n") + "\n")


# ---- up ----


def _add_up(commands: Any) -> None:
    up = _command(commands, "up", "run everything on this machine", _up, state=True)
    up.add_argument("--sandbox", action="store_true", help="practice devices, invented residents, a clock that moves")
    up.add_argument("--port", type=int, help="port of the first kiosk's page")
    up.add_argument("--cash-units-apart", action="store_true", help="sandbox: cash units as programs at device lines")


def _up(arguments: argparse.Namespace) -> int:
    from functools import partial

    from itaku.supervisor.plan import KIOSKS, Plan
    from itaku.supervisor.state import state_directory
    from itaku.supervisor.up import up

    return up(
        state_directory(arguments.state),
        sandbox=arguments.sandbox,
        out=sys.stdout,
        port=arguments.port,
        make_plan=partial(Plan, cash_units_apart=KIOSKS if arguments.cash_units_apart else ()),
    )


# ---- issue ----


KINDS = (
    "resident-record",
    "resident-record-items",
    "seal-registration",
    "income",
    "taxation",
    "tax-payment",
    "family-register-all",
    "family-register-individual",
    "family-register-address",
)
"""Values of `protocol.kinds.Kind`, written out so that the command line starts without the rooms behind it."""


def _add_issue(commands: Any) -> None:
    issue = _command(commands, "issue", "one certificate from a virtual card to a PDF", _issue, state=True)
    issue.add_argument("--kind", default="resident-record", choices=KINDS)
    issue.add_argument("--resident", default="R0001", help="id of an invented resident (default: R0001)")
    issue.add_argument("--copies", type=int, default=1)
    issue.add_argument("--pin", default="1234", help="the practice card's PIN")
    issue.add_argument(
        "--registry", default="", metavar="CODE", help="of this registry municipality (本籍地), as 991023"
    )
    record = issue.add_argument_group("住民票・戸籍 / resident record, family register")
    record.add_argument(
        "--members",
        default="",
        help="comma-separated: self,spouse,children,parents,others (default: all; of family-register-individual: self)",
    )
    record.add_argument("--domicile", action="store_true", help="本籍・筆頭者")
    record.add_argument("--relation", action="store_true", help="世帯主・続柄")
    record.add_argument("--individual-number", action="store_true", help="個人番号")
    record.add_argument("--sex", action="store_true", help="性別 (resident-record-items)")
    record.add_argument("--resident-since", action="store_true", help="住民となった年月日 (resident-record-items)")
    tax = issue.add_argument_group("所得・課税・納税 / tax")
    tax.add_argument("--fiscal-year", type=int, help="年度 such as 2026 (default: the year that is offered)")


def _issue(arguments: argparse.Namespace) -> int:
    from itaku.commands.issue import Wish, issue
    from itaku.commands.issue_options import ChoiceError, Choices, options_of
    from itaku.issuance.protocol.kinds import Kind
    from itaku.supervisor.progress import TerminalProgress
    from itaku.supervisor.state import state_directory

    kind = Kind(arguments.kind)
    choices = Choices(
        members=tuple(name for name in arguments.members.split(",") if name),
        domicile=arguments.domicile,
        relation=arguments.relation,
        individual_number=arguments.individual_number,
        sex=arguments.sex,
        resident_since=arguments.resident_since,
        fiscal_year=arguments.fiscal_year,
    )
    try:
        options = options_of(kind, choices)
    except ChoiceError as error:
        return _usage(str(error))
    if not 1 <= arguments.copies <= 10:
        return _usage("--copies: 1 to 10")
    if not (len(arguments.pin) == 4 and arguments.pin.isascii() and arguments.pin.isdigit()):
        return _usage("--pin: four digits")
    wish = Wish(arguments.resident, options, kind, arguments.copies, arguments.pin, arguments.registry)
    result = issue(state_directory(arguments.state), wish, TerminalProgress(sys.stderr))
    steps = "\n".join(f"  {name:<20} {seconds:8.3f} s" for name, seconds in result.seconds.items())
    _print(result, arguments.json, f"{result.pdf}\n{steps}")
    return 0


def _usage(text: str) -> int:
    sys.stderr.write(f"itaku: {text}\n")
    return 2


# ---- settle ----


def _add_settle(commands: Any) -> None:
    settle = _command(
        commands, "settle", "the month's statement of certificates, fees and commission", _settle, state=True
    )
    settle.add_argument("month", help="YYYY-MM")
    settle.add_argument("--municipality", help="code, six digits (default: all)")
    settle.add_argument("--close", metavar="PERSON", help="close the month in this person's name (when it is over)")
    settle.add_argument("--papers", metavar="DIR", type=Path, help="write statements and orders as PDF, Excel and CSV")


def _settle(arguments: argparse.Namespace) -> int:
    from itaku.commands.settle import settle
    from itaku.supervisor.progress import TerminalProgress

    settled, text = settle(
        arguments.state,
        arguments.month,
        arguments.municipality,
        arguments.close,
        arguments.papers,
        TerminalProgress(sys.stderr),
    )
    _print(settled, arguments.json, text)
    return 0 if settled["agrees"] else 1


# ---- register-use, use-registrations ----


def _add_registrations(commands: Any) -> None:
    text = "apply at the kiosk to use a registry municipality's service (利用登録申請)"
    apply = _command(commands, "register-use", text, _register_use, state=True)
    apply.add_argument("--resident", required=True, help="id of an invented resident")
    apply.add_argument("--municipality", default="991023", metavar="CODE", help="the registry municipality (本籍地)")
    apply.add_argument("--domicile", required=True, metavar="本籍", help="address of the family register")
    apply.add_argument("--head", required=True, metavar="筆頭者", help="head of the family register")
    apply.add_argument("--pin", default="1234", help="the practice card's PIN")
    text = "an officer's work with applications for use (利用登録): list, review, approve, refuse"
    officer = _command(commands, "use-registrations", text, _use_registrations, state=True)
    officer.add_argument("step", nargs="?", default="list", choices=("list", "review", "approve", "refuse"))
    officer.add_argument("number", nargs="?", default="", metavar="受付番号", help="receipt number of the application")
    officer.add_argument("--of", default="m991023", metavar="MUNICIPALITY", help="municipality (default: m991023)")
    officer.add_argument("--officer", default="", metavar="NAME", help="who takes the step")
    officer.add_argument("--ground", default="", choices=("", *GROUNDS), help="why it is refused")
    officer.add_argument("--all", action="store_true", help="list what is decided too")


GROUNDS = ("not_in_register", "identity_unconfirmed", "protected", "withdrawn")
"""Values of `municipality.registrations.row.Ground`, written out for the same reason as `KINDS`."""


def _register_use(arguments: argparse.Namespace) -> int:
    from itaku.commands.register_use import UseWish, register_use
    from itaku.supervisor.progress import TerminalProgress
    from itaku.supervisor.state import state_directory

    if not (len(arguments.pin) == 4 and arguments.pin.isascii() and arguments.pin.isdigit()):
        return _usage("--pin: four digits")
    if not (0 < len(arguments.domicile.strip()) <= 120 and 0 < len(arguments.head.strip()) <= 80):
        return _usage("--domicile: 1 to 120 letters; --head: 1 to 80")
    wish = UseWish(arguments.resident, arguments.municipality, arguments.domicile, arguments.head, arguments.pin)
    result = register_use(state_directory(arguments.state), wish, TerminalProgress(sys.stderr))
    _print(result, arguments.json, f"{result.receipt_no}  {result.usable_from} から / from then on")
    return 0


def _use_registrations(arguments: argparse.Namespace) -> int:
    from itaku.commands import use_registrations as desk
    from itaku.issuance.municipality.registrations.row import Ground

    of, number, officer = arguments.of, arguments.number, arguments.officer
    if arguments.step != "list" and not number:
        return _usage(f"{arguments.step}: name the receipt number")
    match arguments.step:
        case "list":
            facts, text = desk.listed(arguments.state, of, everything=arguments.all)
        case "review":
            facts, text = desk.taken_up(arguments.state, of, number, officer)
        case "approve":
            facts, text = desk.approved(arguments.state, of, number, officer)
        case _:
            if not arguments.ground:
                return _usage("refuse: name the --ground")
            facts, text = desk.refused(arguments.state, of, number, officer, Ground(arguments.ground))
    _print(facts, arguments.json, text.rstrip("\n"))
    return 0


# ---- register-file, close-day, reconcile, case ----


def _add_register_file(commands: Any) -> None:
    text = "take a chain's register file in: each row is accepted, or listed with its reason"
    taken = _command(commands, "register-file", text, _register_file, state=True)
    taken.add_argument("file", type=Path, help="UTF-8 or Shift_JIS, as docs/reconciliation.md describes")


def _register_file(arguments: argparse.Namespace) -> int:
    from itaku.commands.reconcile import register_file

    if not arguments.file.is_file():
        return _usage(f"not a file: {arguments.file}")
    _print(*_shown(arguments, register_file(arguments.state, arguments.file)))
    return 0


def _add_close_day(commands: Any) -> None:
    text = "close a day: what center, municipalities and register have becomes files that never change"
    close = _command(commands, "close-day", text, _close_day, state=True)
    close.add_argument("day", help="YYYY-MM-DD, a day that is over in Japan")
    close.add_argument("--reopen", default="", metavar="WHY", help="close a closed day anew, for this reason")


def _close_day(arguments: argparse.Namespace) -> int:
    from itaku.commands.calendar import day
    from itaku.commands.reconcile import close

    _print(*_shown(arguments, close(arguments.state, day(arguments.day), arguments.reopen)))
    return 0


def _add_reconcile(commands: Any) -> None:
    text = "reconcile a month's closed days three ways, and bring the cases of differences up to date"
    reconcile = _command(commands, "reconcile", text, _reconcile, state=True)
    reconcile.add_argument("month", help="YYYY-MM")


def _reconcile(arguments: argparse.Namespace) -> int:
    from itaku.commands.reconcile import reconcile

    _print(*_shown(arguments, reconcile(arguments.state, arguments.month)))
    return 0


def _add_case(commands: Any) -> None:
    case = commands.add_parser("case", help="cases of reconciliation: what differs, who explains it until when")
    inside = case.add_subparsers(required=True, metavar="ACTION")
    _command(inside, "list", "all cases that are not settled", _case_list, state=True)
    show = _command(inside, "show", "one case with its history", _case_show, state=True)
    propose = _command(inside, "propose", "one of both sides says what is right", _case_propose, state=True)
    agree = _command(inside, "agree", "the other side agrees: the correction is booked", _case_answer, state=True)
    back = _command(inside, "send-back", "the other side does not agree", _case_answer, state=True)
    views = ("center", "municipality", "register")
    for action in (show, propose, agree, back):
        action.add_argument("issuance", help="issuance id, 32 hexadecimal digits")
        action.add_argument("side", choices=views, help="the side that differs")
        action.add_argument("--movement", choices=("sale", "refund"), default="sale")
    propose.add_argument("--right", choices=(*views, "none"), required=True, help="whose row is right; none: no row")
    for action in (propose, agree, back):
        action.add_argument("--party", choices=views, required=True, help="the side that speaks")
        action.add_argument("--by", required=True, help="who speaks for it")
        action.add_argument("--why", required=True, help="kept with the case")
    agree.set_defaults(agrees=True)
    back.set_defaults(agrees=False)


def _case_list(arguments: argparse.Namespace) -> int:
    from itaku.commands.reconcile import list_cases

    _print(*_shown(arguments, list_cases(arguments.state)))
    return 0


def _case_show(arguments: argparse.Namespace) -> int:
    from itaku.commands.reconcile import case_name, show_case

    name = case_name(arguments.issuance, arguments.movement, arguments.side)
    _print(*_shown(arguments, show_case(arguments.state, name)))
    return 0


def _case_propose(arguments: argparse.Namespace) -> int:
    from itaku.commands.reconcile import Answer, case_name, propose
    from itaku.settlement.views import View

    name = case_name(arguments.issuance, arguments.movement, arguments.side)
    right = None if arguments.right == "none" else View(arguments.right)
    said = Answer(View(arguments.party), arguments.by, arguments.why)
    _print(*_shown(arguments, propose(arguments.state, name, right, said)))
    return 0


def _case_answer(arguments: argparse.Namespace) -> int:
    from itaku.commands.reconcile import Answer, answer, case_name
    from itaku.settlement.views import View

    name = case_name(arguments.issuance, arguments.movement, arguments.side)
    said = Answer(View(arguments.party), arguments.by, arguments.why)
    _print(*_shown(arguments, answer(arguments.state, name, said, agrees=arguments.agrees)))
    return 0


def _shown(arguments: argparse.Namespace, outcome: tuple[Any, str]) -> tuple[Any, bool, str]:
    """What `_print` takes, from data and text."""
    return outcome[0], arguments.json, outcome[1]


# ---- books ----


def _add_books(commands: Any) -> None:
    books = commands.add_parser("books", help="a municipality's books: days, cash, late charges, set-off, reversals")
    acts = books.add_subparsers(required=True, metavar="ACT", dest="act")
    number, yen, on = ("--number", "the paper's number"), ("--yen", "whole yen"), ("--on", "the day it counts")
    who, why = ("--person", "who decides"), ("--reason", "why")
    known = ("--known", "as it was known on this day")
    after = ("--number", "show what stands after this posting")
    for act, words, place, *options in (
        ("designate", "name the day by which a month is remitted", "month", on),
        ("receive", "note a remittance", "month", number, yen, on),
        ("charge", "book a month's late charge once it is final", "month"),
        ("pay-charge", "note the payment of a late charge", "month", number, yen, on),
        ("pay-commission", "note that the client paid what could not be offset", "month", number, yen, on),
        ("give-back", "note that the client gave back what was too much", "month", number, yen, on),
        ("hand-over", "note what a chain handed over", "", ("--chain", "which chain"), number, yen, on),
        ("waive", "waive a month's late charge", "month", who, why),
        ("set-off", "let what was remitted too much for a month meet another", "month", number, yen, on),
        ("reverse", "take a posting back", "key", why),
        ("reopen", "open a closed month again", "month", who, why),
        ("balance", "the balances on a day", "", on, known),
        ("prove-balances", "read every posting again and hold it against the closed months' sums", ""),
        ("behind", "the issuances behind a month's figures", "month", after, ("--kind", "of one kind"), _CHAIN),
        ("tell", "tell what the parties did: signing, inspections, notices", "kind", on, ("--by", "who tells it")),
        ("registration", "enter the contractor's invoice registration number, or show it", "", *_REGISTRATION),
    ):
        command = _command(acts, act, words, _books, state=True)
        if act != "registration":
            command.add_argument("municipality", help="code, six digits")
        if place:
            command.add_argument(place, help={"month": "YYYY-MM", "key": "the posting's key"}.get(place, "the event"))
        for name, text in options:
            optional = act in {"balance", "behind", "registration"} or name == "--by"
            command.add_argument(name, help=text, required=not optional)
        if act == "set-off":
            command.add_argument("--other", required=True, metavar="YYYY-MM", help="the month whose debt is met")
        if act == "tell":
            command.add_argument("--field", action="append", default=[], metavar="NAME=VALUE", help="a key or a field")


_CHAIN = ("--chain", "of one chain")
_REGISTRATION = (
    ("--number", "T and 13 digits; `none` ends it; without it what was entered is shown"),
    ("--on", "the day from which it holds"),
    ("--source", "on what it rests: the notice, the register"),
    ("--person", "who enters it"),
)


def _books(arguments: argparse.Namespace) -> int:
    from itaku.commands.books import Wanted, books

    said = {name: value for name, value in vars(arguments).items() if value is not None}
    fields = {name: said[name] for name in Wanted.__struct_fields__ if name in said}
    facts, text = books(arguments.state, arguments.act, Wanted(**fields | {"fields": tuple(said.get("field", ()))}))
    _print(facts, arguments.json, text)
    return 0


# ---- certificate-status ----


def _add_certificate_status(commands: Any) -> None:
    status = _command(
        commands,
        "certificate-status",
        "whether a certificate counts, or was refunded and is void",
        _certificate_status,
        state=True,
    )
    status.add_argument("serial", help="the serial number on the certificate")
    status.add_argument("--of", default="m991015", help="whose certificate: a municipality such as m991015")


def _certificate_status(arguments: argparse.Namespace) -> int:
    from itaku.commands.certificate_status import certificate_status

    facts, text = certificate_status(arguments.state, arguments.serial, arguments.of)
    _print(facts, arguments.json, text)
    return 0


# ---- due, late-charge, incident-clock ----


def _add_due(commands: Any) -> None:
    due = _command(commands, "due", "the deadline of a period (民法 138-143), with its working", _due)
    due.add_argument("event", help="day or instant, such as 2026-04-24 or 令和8年4月24日; - reads JSON lines")
    due.add_argument("--within", metavar="PERIOD", help="10d, 2w, 1m, 1y or 3h")
    due.add_argument("--first-day", choices=("included", "excluded"), help="default: the Civil Code's")
    due.add_argument("--before", action="store_true", help="count backwards from the event (まで, 前まで)")
    due.add_argument("--closing-days", metavar="NAME", help="move off closing days: office or public-holidays")
    due.add_argument("--in-force", choices=("raw", "moved"), help="which date is the deadline (default: moved)")
    due.add_argument("--clause", default="", help="the clause that sets the period")


def _due(arguments: argparse.Namespace) -> int:
    from itaku.basis.due_dates import FirstDay, InForce
    from itaku.commands.due import DueRequest, due, due_lines

    if arguments.event == "-":
        return _answer_lines(due_lines)
    if arguments.within is None:
        return _usage("due: --within is needed")
    request = DueRequest(
        event=arguments.event,
        within=arguments.within,
        first_day=FirstDay(arguments.first_day) if arguments.first_day else None,
        before=arguments.before,
        closing_days=arguments.closing_days,
        in_force=InForce(arguments.in_force) if arguments.in_force else None,
        clause=arguments.clause,
    )
    facts, text = due(request)
    _print(facts, arguments.json, text)
    return 0


def _add_late_charge(commands: Any) -> None:
    charge = _command(commands, "late-charge", "a late charge by days, with its working", _late_charge)
    charge.add_argument("lines", nargs="?", choices=("-",), metavar="-", help="read JSON lines")
    charge.add_argument("--base-yen", metavar="N", help="the base in whole yen")
    charge.add_argument("--percent", metavar="P", help="percent a year, such as 2.5")
    charge.add_argument("--rate", metavar="ID", help="instead: a rate on file, such as mof-article-8")
    charge.add_argument("--rate-on", metavar="D", help="the day on which that rate is taken (such as the signing)")
    charge.add_argument("--first", metavar="D", help="first day of the delay, counted")
    charge.add_argument("--last", metavar="D", help="last day of the delay, counted")
    charge.add_argument("--exclude", metavar="D..D", action="append", default=[], help="days that do not count")
    charge.add_argument("--paid", metavar="D=N", action="append", default=[], help="a part payment in whole yen")
    charge.add_argument("--base-unit", metavar="N", default="1", help="cut the base to 1, 100 or 1000 yen")
    charge.add_argument("--clause", default="", help="the clause that charges")


def _late_charge(arguments: argparse.Namespace) -> int:
    from itaku.commands.json_lines import whole_number
    from itaku.commands.late_charge import LateChargeRequest, charge, charge_lines, paid

    if arguments.lines == "-":
        return _answer_lines(charge_lines)
    if arguments.base_yen is None or arguments.first is None or arguments.last is None:
        return _usage("late-charge: --base-yen, --first and --last are needed")
    request = LateChargeRequest(
        base_yen=whole_number(arguments.base_yen),
        first=arguments.first,
        last=arguments.last,
        percent=arguments.percent,
        rate=arguments.rate,
        rate_on=arguments.rate_on,
        exclude=tuple(arguments.exclude),
        payments=tuple(paid(text) for text in arguments.paid),
        base_unit=whole_number(arguments.base_unit),
        clause=arguments.clause,
    )
    facts, text = charge(request)
    _print(facts, arguments.json, text)
    return 0


def _add_incident_clock(commands: Any) -> None:
    clock = _command(commands, "incident-clock", "the two clocks of an incident (S2-D4.1-6)", _incident_clock)
    clock.add_argument("--recognised", required=True, metavar="T", help="when it was recognised, 2026-11-20T16:59")
    clock.add_argument("--reported", metavar="T", help="when the first report was made by voice")
    clock.add_argument("--subcontractor", metavar="T", help="when a subcontractor recognised it")


def _incident_clock(arguments: argparse.Namespace) -> int:
    from itaku.commands.incident_clock import incident_clock

    facts, text = incident_clock(arguments.recognised, arguments.reported, arguments.subcontractor)
    _print(facts, arguments.json, text)
    return 0


def _answer_lines(answer: Callable[[BinaryIO, BinaryIO], int]) -> int:
    try:
        return answer(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:  # the reader has gone: nothing more to say, and nothing left in the buffer to fail at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


# ---- contracts, contract ----


def _add_contracts(commands: Any) -> None:
    every = _command(
        commands, "contracts", "the contract files on the shelf, and the contracts that are kept", _contracts
    )
    _add_place(every)


def _add_place(made: argparse.ArgumentParser) -> None:
    made.add_argument("--dsn", help="database of kept contracts (default: $ITAKU_CONTRACTS_DSN, else what runs)")
    made.add_argument("--state", type=Path, help="state directory of what runs (default: $ITAKU_STATE, else ./var)")


def _contracts(arguments: argparse.Namespace) -> int:
    from itaku.commands.contract_state import contracts

    found, text = contracts(arguments.dsn, arguments.state)
    _print(found, arguments.json, text)
    return 0


def _add_contract(commands: Any) -> None:
    text = "contracts as data: how one stands and why, tell it an event, export it; check and format its file"
    contract: argparse.ArgumentParser = commands.add_parser("contract", help=text, description=text)
    actions = contract.add_subparsers(required=True, metavar="ACTION")
    check = _command(
        actions, "check", "every mistake in a contract's file, with file, line and clause", _contract_check
    )
    check.add_argument("file", type=Path)
    check.add_argument("--complete", action="store_true", help="clauses of the register that nothing answers, too")
    show = _command(actions, "show", "everything that stands on a day", _contract_show)
    reason = _command(actions, "why", "one duty, right or sum down to events, clauses and policies", _contract_why)
    paper = _command(actions, "paper", "one paper of a contract, as PDF or Word", _contract_paper)
    papers = _command(actions, "papers", "the papers that a contract names, and which are due now", _contract_papers)
    export = _command(actions, "export", "write it as OCDS 1.1, or whole in our own form", _contract_export)
    feed = _command(actions, "calendar", "write its dates as an iCalendar file", _contract_calendar)
    for each in (show, reason, paper, papers, export, feed):
        each.add_argument("contract", help="a kept contract's id, or a form's name with --events")
        each.add_argument("--as-of", metavar="D", help="day (its end) or day and time in Japan (default: now)")
        each.add_argument("--events", type=Path, help="file of events, one JSON object a line")
        _add_place(each)
    export.add_argument("--format", choices=("ocds", "own"), default="ocds")
    export.add_argument("--prefix", default="ocds-unregistered", help="your registered OCDS prefix (ocds-xxxxxx)")
    export.add_argument("--publisher", default="", help="who publishes (default: the client's name)")
    export.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")
    feed.add_argument("--party", metavar="ID", help="only what this party must do, such as contractor")
    feed.add_argument("--out", type=Path, metavar="FILE", required=True)
    _add_contract_tell(actions)
    paper.add_argument("paper", help="the paper's name; `itaku contract papers` lists them")
    paper.add_argument("--instance", metavar="ID", help="the duty, right or sum it is about, where several fit")
    paper.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="fills a blank; repeatable")
    paper.add_argument("--out", type=Path, required=True, help="file to write: FILE.pdf or FILE.docx")
    reason.add_argument("obligation", help="an instance's id such as S2-12-2[sub_no=R7-1], or a provision's")
    form = _command(actions, "format", "write a contract's file the one way; comments stay", _contract_format)
    form.add_argument("file", type=Path)
    form.add_argument("--check", action="store_true", help="change nothing; 1 if it would be written otherwise")


def _add_contract_tell(actions: Any) -> None:
    told = _command(actions, "tell", "append one event to a kept contract, or only try it", _contract_tell)
    told.add_argument("contract", help="a kept contract's id")
    told.add_argument("--kind", help="kind of event, such as report.received; without it, one JSON event is read")
    told.add_argument("--at", default="", metavar="D", help="when it counts in law: a day, or a day with time")
    told.add_argument("--field", action="append", default=[], metavar="NAME=VALUE", help="a key or a field")
    told.add_argument("--by", metavar="PARTY", help="who tells it")
    told.add_argument("--id", help="the event's id (default: the next number)")
    told.add_argument("--corrects", metavar="ID", help="the event in whose place it stands")
    told.add_argument("--voids", metavar="ID", help="the event that it takes back")
    told.add_argument("--try", action="store_true", dest="only_try", help="show the difference, append nothing")
    _add_place(told)


def _contract_result(arguments: argparse.Namespace) -> Any:
    from itaku.commands.contract_state import state, where_of

    place = where_of(arguments.contract, arguments.events, arguments.dsn, arguments.state)
    return state(arguments.contract, arguments.as_of, place)


def _contract_show(arguments: argparse.Namespace) -> int:
    from itaku.commands.contract_state import show

    facts, text = show(_contract_result(arguments))
    _print(facts, arguments.json, text)
    return 0


def _contract_why(arguments: argparse.Namespace) -> int:
    from itaku.commands.contract_state import explain

    facts, text = explain(_contract_result(arguments), arguments.obligation)
    _print(facts, arguments.json, text)
    return 0


def _contract_paper(arguments: argparse.Namespace) -> int:
    from itaku.commands.contract_papers import paper

    result = _contract_result(arguments)
    facts, text = paper(result, arguments.paper, arguments.instance, arguments.set, arguments.out)
    _print(facts, arguments.json, text)
    return 0


def _contract_papers(arguments: argparse.Namespace) -> int:
    from itaku.commands.contract_papers import papers

    facts, text = papers(_contract_result(arguments))
    _print(facts, arguments.json, text)
    return 0


def _contract_export(arguments: argparse.Namespace) -> int:
    from itaku.basis.clock import SystemClock
    from itaku.commands.contract_exports import export, json_text, prefix_note, write

    result = _contract_result(arguments)
    form, prefix = arguments.format, arguments.prefix
    facts = export(result, arguments.contract, form, arguments.publisher, prefix, SystemClock())
    if form == "ocds":
        sys.stderr.write(prefix_note(prefix))
    if arguments.out is None:
        sys.stdout.write(json_text(facts).decode())
        return 0
    write(arguments.out, json_text(facts))
    _print({"file": str(arguments.out), "format": form, "prefix": prefix}, arguments.json, str(arguments.out))
    return 0


def _contract_calendar(arguments: argparse.Namespace) -> int:
    from itaku.basis.clock import SystemClock
    from itaku.commands.contract_exports import calendar, write

    result = _contract_result(arguments)
    write(arguments.out, calendar(result, arguments.contract, arguments.party, SystemClock()))
    _print({"file": str(arguments.out)}, arguments.json, str(arguments.out))
    return 0


def _contract_tell(arguments: argparse.Namespace) -> int:
    from itaku.commands.contract_state import where
    from itaku.commands.contract_tell import Said, tell

    said: Said | bytes
    if arguments.kind is None and arguments.voids is None:
        said = sys.stdin.buffer.read(65_537)
    else:
        said = Said(
            kind=arguments.kind or "",
            at=arguments.at,
            fields=tuple(arguments.field),
            by=arguments.by,
            id=arguments.id,
            corrects=arguments.corrects,
            voids=arguments.voids,
        )
    place = where(None, arguments.dsn, arguments.state)
    facts, text = tell(place, arguments.contract, said, only_try=arguments.only_try)
    _print(facts, arguments.json, text)
    return 0


def _contract_check(arguments: argparse.Namespace) -> int:
    from itaku.commands.contract import check

    found, text = check(arguments.file, complete=arguments.complete)
    _print(found, arguments.json, text)
    return 1 if found.mistakes else 0


def _contract_format(arguments: argparse.Namespace) -> int:
    from itaku.commands.contract import format_file

    changed, text = format_file(arguments.file, write=not arguments.check)
    _print({"changed": changed}, arguments.json, text)
    return 1 if changed and arguments.check else 0


# ---- clauses ----


def _add_clauses(commands: Any) -> None:
    every = _command(
        commands, "clauses", "every clause of the contracts, what answers it, which tests show that", _clauses
    )
    every.add_argument("prefixes", nargs="*", metavar="ID", help="ids with which clauses begin, such as S2-12 or S2-D")
    every.add_argument("--contract", metavar="FORM", help="one form alone: certificates, marathon (default: all)")
    every.add_argument("--answer", choices=("rule", "paper", "evidence", "definition", "outside"))
    every.add_argument("-v", "--verbose", action="store_true", help="the tests' names too")


def _clauses(arguments: argparse.Namespace) -> int:
    from itaku.commands.clauses import clauses

    facts, text = clauses(arguments.contract, arguments.answer, arguments.prefixes, names_of_tests=arguments.verbose)
    _print(facts, arguments.json, text)
    return 0


# ---- record ----

_RECORDS = "whose record: center, contracts, or a municipality such as m991015"


def _add_record(commands: Any) -> None:
    record = commands.add_parser("record", help="the tamper-evident record: export, verify, prove")
    inside = record.add_subparsers(required=True, metavar="ACTION")
    verify = _command(
        inside, "verify", "verify an exported copy, or export the running record and verify it", _verify, state=True
    )
    verify.add_argument(
        "path", nargs="?", type=Path, help="directory or file of an exported copy, or a desk's bundle of proof (ZIP)"
    )
    verify.add_argument("--of", default="center", help=_RECORDS)
    verify.add_argument("--public-key", type=Path, help="the record's published key (default: the copy's own)")
    export = _command(inside, "export", "write a copy that anyone can verify without a server", _export, state=True)
    export.add_argument("directory", type=Path)
    export.add_argument("--of", default="center", help=_RECORDS)
    prove = _command(inside, "prove", "prove that an entry is in the record", _prove, state=True)
    prove.add_argument("entry", help="entry id (hex) or number")
    prove.add_argument("--of", default="center", help=_RECORDS)


def _verify(arguments: argparse.Namespace) -> int:
    from itaku.commands.record import verify

    report, text, good = verify(arguments.state, arguments.path, arguments.public_key, arguments.of)
    _print(report, arguments.json, text)
    return 0 if good else 1


def _export(arguments: argparse.Namespace) -> int:
    from itaku.commands.record import export

    report, text = export(arguments.state, arguments.of, arguments.directory)
    _print(report, arguments.json, text)
    return 0


def _prove(arguments: argparse.Namespace) -> int:
    from itaku.commands.record import prove

    report, text = prove(arguments.state, arguments.of, arguments.entry)
    _print(report, arguments.json, text)
    return 0


# ---- receipt ----


def _add_receipt(commands: Any) -> None:
    receipt = commands.add_parser("receipt", help="a kiosk's signed statement that key and document are erased")
    inside = receipt.add_subparsers(required=True, metavar="ACTION")
    export = _command(inside, "export", "write the erasure receipt of an issuance", _receipt_export, state=True)
    export.add_argument("issuance", help="issuance id (hex)")
    export.add_argument("file", type=Path)
    verify = _command(inside, "verify", "verify an erasure receipt without a server", _receipt_verify)
    verify.add_argument("file", type=Path)
    verify.add_argument("--ca", type=Path, required=True, help="certificate (PEM) of the CA of the nodes")


def _receipt_export(arguments: argparse.Namespace) -> int:
    from itaku.commands.receipt import export

    report, text = export(arguments.state, arguments.issuance, arguments.file)
    _print(report, arguments.json, text)
    return 0


def _receipt_verify(arguments: argparse.Namespace) -> int:
    from itaku.commands.receipt import verify

    verdict, text = verify(arguments.file, arguments.ca)
    _print(verdict, arguments.json, text)
    return 0 if verdict.good else 1


# ---- verify-certificate ----


def _add_verify_certificate(commands: Any) -> None:
    text = "what a certificate's PDF, or scans of its front and back, prove, offline with the issuers' published keys"
    made = _command(commands, "verify-certificate", text, _verify_certificate, state=True)
    made.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a PDF, or JPEG, PNG, TIFF, WebP pictures")
    made.add_argument("--keys", type=Path, help="the issuers' published keys (default: those of the state directory)")
    made.add_argument("--pictures", type=Path, metavar="DIR", help="write the fronts as issued and as handed in here")


def _verify_certificate(arguments: argparse.Namespace) -> int:
    from itaku.commands.verify_certificate import said, verify_certificate
    from itaku.supervisor.state import state_directory

    result = verify_certificate(
        arguments.files, arguments.keys, state_directory(arguments.state), pictures=arguments.pictures
    )
    _print(result, arguments.json, said(result))
    return 0 if result.verdict in {"proved", "partly"} else 1


# ---- zones ----


def _add_zones(commands: Any) -> None:
    zones = _command(commands, "zones", "who may reach whom: check and show it, write each machine's rules", _zones)
    zones.add_argument("file", nargs="?", type=Path, default=Path("deploy/zones.toml"))
    zones.add_argument("--write", type=Path, metavar="DIR", help="rules, routes, allow-list of each machine")


def _zones(arguments: argparse.Namespace) -> int:
    from itaku.commands.zones import zones

    facts, text = zones(arguments.file, arguments.write)
    _print(facts, arguments.json, text)
    return 0


# ---- simulate ----


def _add_simulate(commands: Any) -> None:
    text = "issuances by seed under faults, every invariant checked"
    simulate = _command(commands, "simulate", text, _simulate)
    simulate.add_argument("--seed", type=int, required=True, help="the same seed gives the same run")
    simulate.add_argument("--issuances", type=int, required=True, metavar="N")
    simulate.add_argument("--scenario", default="ordinary", help="R1 to R12, ordinary (default), calm or storm")
    simulate.add_argument("--replay", action="store_true", help="shrink the first failure and print its trace")


def _simulate(arguments: argparse.Namespace) -> int:
    from itaku.commands.simulate import replay, run
    from itaku.issuance.simulator.scenarios import SCENARIOS

    if arguments.scenario not in SCENARIOS:
        return _usage(f"--scenario: one of {', '.join(SCENARIOS)}")
    if arguments.issuances < 1 or arguments.seed < 0:
        return _usage("--issuances: 1 or more; --seed: 0 or more")
    if arguments.replay:
        shrunk, text = replay(arguments.seed, arguments.issuances, arguments.scenario)
        _print(shrunk, arguments.json, text)
        return 0 if shrunk is None else 1
    outcome, text = run(arguments.seed, arguments.issuances, arguments.scenario)
    _print(outcome, arguments.json, text)
    return 1 if outcome.violations else 0


# ---- soak ----


def _add_soak(commands: Any) -> None:
    text = "ten million simulated issuances in slices: goes on where it was stopped"
    soak = _command(commands, "soak", text, _soak, state=True)
    soak.add_argument("--seed", type=int, help="default: the soak begun last if it is not done, else a new one")
    soak.add_argument("--issuances", type=int, default=10_000_000, metavar="N", help="default: 10,000,000")
    soak.add_argument("--processes", type=int, default=2, help="default: 2")


def _soak(arguments: argparse.Namespace) -> int:
    import secrets

    from itaku.commands.soak import run, unfinished_seed
    from itaku.supervisor.state import state_directory

    if arguments.issuances < 1 or arguments.processes < 1 or (arguments.seed or 0) < 0:
        return _usage("--issuances and --processes: 1 or more; --seed: 0 or more")
    directory = state_directory(arguments.state) / "soak"
    seed = arguments.seed if arguments.seed is not None else unfinished_seed(directory, arguments.issuances)

    def show(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    total = run(
        directory,
        secrets.randbits(31) if seed is None else seed,
        show,
        issuances=arguments.issuances,
        processes=arguments.processes,
    )
    show(json.dumps(msgspec.to_builtins(total)))
    return 1 if total.violations or total.false_alarms else 0


# ---- printer-check ----


def _add_printer_check(commands: Any) -> None:
    check = _command(commands, "printer-check", "what an IPPS printer lacks to print certificates", _printer_check)
    check.add_argument("--url", required=True, help="ipps://host:631/ipp/print")
    check.add_argument("--certificate", type=Path, required=True, metavar="FILE", help="the printer's own, PEM")
    check.add_argument("--media", default="iso_a4_210x297mm", help="paper, as PWG names it (default: A4)")


def _printer_check(arguments: argparse.Namespace) -> int:
    from itaku.commands.printer_check import printer_check

    facts, text, fit = printer_check(arguments.url, arguments.certificate, arguments.media)
    _print(facts, arguments.json, text)
    return 0 if fit else 1


# ---- calendar ----


def _add_calendar(commands: Any) -> None:
    calendar = commands.add_parser("calendar", help="service hours, stops and fees of a municipality")
    inside = calendar.add_subparsers(required=True, metavar="ACTION")
    show = _command(inside, "show", "what can be had, for how much, and all entries", _calendar_show, state=True)
    show.add_argument("--at", help="a moment in Japan: 2026-12-29T10:00 (default: now)")
    fee = _command(inside, "fee", "a new fee from a day on", _calendar_fee, state=True)
    fee.add_argument("kind")
    fee.add_argument("fee_yen", type=int)
    fee.add_argument("--since", required=True, help="first day: 2027-04-01")
    stop = _command(inside, "stop", "a stop between two moments", _calendar_stop, state=True)
    stop.add_argument("--since", required=True, help="2026-12-05 or 2026-12-05T22:00, in Japan")
    stop.add_argument("--until", required=True, help="its end, not included")
    stop.add_argument("--kind", help="of this kind only (default: all)")
    stop.add_argument("--words-ja", default="", help="why, as the resident reads it: 機器の保守")
    stop.add_argument("--words-en", default="", help="the same in English: maintenance")
    for action in (fee, stop):
        action.add_argument("--from", dest="slot_from", default="0:00", help="part of the day (default: all of it)")
        action.add_argument("--to", dest="slot_to", default="24:00")
    hours = _command(inside, "hours", "hours of a kind of its own from a day on", _calendar_hours, state=True)
    hours.add_argument("kind")
    hours.add_argument("opens", help="9:00")
    hours.add_argument("closes", help="17:00")
    hours.add_argument("--office-days", action="store_true", help="not at weekends and on public holidays")
    hours.add_argument("--since", required=True)
    cancel = _command(inside, "cancel", "an earlier entry counts no more", _calendar_cancel, state=True)
    cancel.add_argument("entry", type=int)
    for action in (fee, stop, hours, cancel):
        action.add_argument("--by", required=True, help="who enters it")
        action.add_argument("--why", required=True, help="on whose order, for what reason; kept and recorded")
    lift = _command(inside, "lift", "lift the stop that an incident set on a kind", _calendar_lift, state=True)
    lift.add_argument("kind")
    lift.add_argument("--by", required=True, action="append", help="one of two different persons; give it twice")
    lift.add_argument("--why", required=True, help="what was found; kept in the record")
    for action in (show, fee, stop, hours, cancel, lift):
        action.add_argument("--municipality", help="code, six digits (default: the first of the center's settings)")


def _kind(text: str) -> Any:
    from itaku.issuance.protocol.kinds import Kind

    try:
        return Kind(text)
    except ValueError:
        return None


def _calendar_show(arguments: argparse.Namespace) -> int:
    from itaku.commands.calendar import show

    shown, text = show(arguments.state, arguments.municipality, arguments.at)
    _print(shown, arguments.json, text)
    return 0


def _calendar_put(arguments: argparse.Namespace, change: Any) -> int:
    from itaku.commands.calendar import put

    entry, text = put(arguments.state, arguments.municipality, change, arguments.by, arguments.why)
    _print(entry, arguments.json, text)
    return 0


def _calendar_fee(arguments: argparse.Namespace) -> int:
    from itaku.basis.yen import Yen
    from itaku.commands.calendar import day, minute
    from itaku.issuance.center.calendar_entries import Fee

    kind = _kind(arguments.kind)
    if kind is None or not 0 <= arguments.fee_yen <= 1_000_000:
        return _usage(f"no such kind or fee: {arguments.kind} {arguments.fee_yen}")
    slot = (minute(arguments.slot_from), minute(arguments.slot_to))
    return _calendar_put(arguments, Fee(kind, Yen(arguments.fee_yen), day(arguments.since), *slot))


def _calendar_stop(arguments: argparse.Namespace) -> int:
    from itaku.commands.calendar import minute, moment
    from itaku.issuance.center.calendar_entries import Stop

    kind = None if arguments.kind is None else _kind(arguments.kind)
    if arguments.kind is not None and kind is None:
        return _usage(f"no such kind: {arguments.kind}")
    if len(arguments.words_ja) > 60 or len(arguments.words_en) > 100:
        return _usage("--words-ja: at most 60 letters; --words-en: at most 100")
    slot = (minute(arguments.slot_from), minute(arguments.slot_to))
    words = (arguments.words_ja, arguments.words_en)
    return _calendar_put(arguments, Stop(moment(arguments.since), moment(arguments.until), kind, *slot, *words))


def _calendar_hours(arguments: argparse.Namespace) -> int:
    from itaku.commands.calendar import day, minute
    from itaku.issuance.center.calendar_entries import Hours

    kind = _kind(arguments.kind)
    if kind is None:
        return _usage(f"no such kind: {arguments.kind}")
    opens, closes = minute(arguments.opens), minute(arguments.closes)
    return _calendar_put(arguments, Hours(kind, opens, closes, arguments.office_days, day(arguments.since)))


def _calendar_cancel(arguments: argparse.Namespace) -> int:
    from itaku.issuance.center.calendar_entries import Cancel

    return _calendar_put(arguments, Cancel(arguments.entry))


def _calendar_lift(arguments: argparse.Namespace) -> int:
    from itaku.commands.calendar import lift_route

    kind = _kind(arguments.kind)
    if kind is None:
        return _usage(f"no such kind: {arguments.kind}")
    if len(arguments.by) != 2:
        return _usage("--by: two persons")
    persons = (arguments.by[0], arguments.by[1])
    lifted, text = lift_route(arguments.state, arguments.municipality, kind, persons, arguments.why)
    _print(lifted, arguments.json, text)
    return 0


# ---- tables ----


def _add_tables(commands: Any) -> None:
    tables = _command(commands, "tables", "draw the transition tables of kiosk, center and municipality", _tables)
    tables.add_argument("--write", type=Path, metavar="FILE", help="write them into a document instead of printing")


def _tables(arguments: argparse.Namespace) -> int:
    from itaku.commands.tables import drawn, facts

    if arguments.write is not None:
        arguments.write.write_text(drawn(), encoding="utf-8")
    else:
        _print(facts(), arguments.json, drawn())
    return 0


# ---- bench ----


def _add_bench(commands: Any) -> None:
    bench = _command(commands, "bench", "figures, side by side with the named alternatives, in one run", _bench)
    bench.add_argument(
        "name", nargs="?", help="certificate, contracts, desk, issuance, record, settlement (default: all)"
    )


def _bench(arguments: argparse.Namespace) -> int:
    from itaku.commands.bench import bench

    figures, text = bench(arguments.name)
    _print(figures, arguments.json, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
