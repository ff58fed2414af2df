"""Passwords (パスワードの定め): what one must hold, for how long it is good; an error says the rule it breaks."""

from __future__ import annotations

import datetime as dt
import functools

from django.contrib.auth.password_validation import CommonPasswordValidator

from itaku.contracts.model.parts import Words
from itaku.desk.accounts.models import Person
from itaku.desk.accounts.moments import moment
from itaku.desk.configuration import desk_settings

LONGEST = 200
_SHORTEST_NAME = 4
"""Letters of a name that a password must not hold; shorter ones are found in many words."""


def troubles(password: str, person: Person) -> list[Words]:
    """Each rule (S2-D5.2-1) that a new password breaks, said as the rule; empty where it may be used."""
    rules = desk_settings().passwords
    found = []
    if not rules.shortest <= len(password) <= LONGEST:
        found.append(
            Words(
                ja=f"パスワードは{rules.shortest}文字以上、{LONGEST}文字以下です（いまは{len(password)}文字）。",
                en=f"A password has {rules.shortest} to {LONGEST} characters (this one: {len(password)}).",
            )
        )
    kinds = _kinds(password)
    if kinds < rules.kinds:
        found.append(
            Words(
                ja=f"小文字・大文字・数字・記号のうち、{rules.kinds}種類以上を使います（いまは{kinds}種類）。",
                en=f"Use {rules.kinds} or more of lower case, upper case, digits and signs (this one: {kinds}).",
            )
        )
    if _common(password):
        found.append(
            Words(ja="よく使われるパスワードは使えません。", en="A password that many people use cannot be taken.")
        )
    names = (str(person.sign_in_name), str(person.mail).partition("@")[0])
    if any(len(each) >= _SHORTEST_NAME and each.lower() in password.lower() for each in names):
        found.append(Words(ja="利用者名やメールの名前は入れられません。", en="It must not hold your sign-in name."))
    if person.check_password(password):
        found.append(Words(ja="いまと同じパスワードは使えません。", en="It must differ from the present one."))
    return found


def rules_in_words() -> list[Words]:
    """The rules, for whoever is about to choose a password."""
    rules = desk_settings().passwords
    found = [
        Words(ja=f"{rules.shortest}文字以上", en=f"{rules.shortest} characters or more"),
        Words(
            ja=f"小文字・大文字・数字・記号のうち{rules.kinds}種類以上",
            en=f"at least {rules.kinds} of lower case, upper case, digits and signs",
        ),
    ]
    if rules.days_valid:
        found.append(Words(ja=f"{rules.days_valid}日ごとに変える", en=f"changed every {rules.days_valid} days"))
    return found


def set_password(person: Person, password: str) -> None:
    """Sets a password that has no `troubles`. Every other session of the person ends by it."""
    person.set_password(password)
    person.password_set_at = moment()
    person.save(update_fields=["password", "password_set_at"])


def is_over(person: Person) -> bool:
    """Whether the password must be changed now: its days are over, or nobody knows when it was set."""
    days = desk_settings().passwords.days_valid
    if not days:
        return False
    return person.password_set_at is None or moment() >= person.password_set_at + dt.timedelta(days=days)


def _kinds(password: str) -> int:
    tests = (str.islower, str.isupper, str.isdigit, lambda each: not each.isalnum() and not each.isspace())
    return sum(any(test(each) for each in password) for test in tests)


def _common(password: str) -> bool:
    return password.lower().strip() in _common_ones()


@functools.cache
def _common_ones() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)
