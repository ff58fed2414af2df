"""What two persons do with accounts (利用者についての二人による操作), and how each is carried out."""

from __future__ import annotations

from itaku.desk.accounts import people
from itaku.desk.accounts.duties import DUTIES
from itaku.desk.accounts.errors import NotPossibleNowError
from itaku.desk.accounts.links import make_link
from itaku.desk.accounts.models import Person, PrivilegedAct
from itaku.desk.accounts.second_factor import ask_again_where_needed
from itaku.desk.accounts.sessions import end_all
from itaku.desk.accounts.two_persons import Kind, register


def register_kinds() -> None:
    """Makes them known."""
    register("give-duties", Kind("担当を加える", "give duties", _give_duties))
    register("delete-person", Kind("利用者を削除する", "delete a person", _delete))
    register(
        "new-password",
        Kind("パスワードを決め直すアドレスを出す", "make an address for a new password", _new_password),
    )
    register("no-second-factor", Kind("二つ目の確認を外す", "remove the second factor", _no_second_factor))


def _give_duties(act: PrivilegedAct, second: Person) -> str:
    del second
    duties = frozenset(act.facts["duties"])
    still = act.party in people.administered(act.asked_by).get(act.contract, frozenset())
    if not act.subject.is_active or not act.asked_by.is_active or not still or not duties <= frozenset(DUTIES):
        raise NotPossibleNowError
    people.give_duties(act.subject, act.contract, act.party, duties)
    ask_again_where_needed(act.subject)
    return ""


def _delete(act: PrivilegedAct, second: Person) -> str:
    del second
    if act.subject.deleted_at is not None:
        raise NotPossibleNowError
    people.delete(act.subject)
    return ""


def _new_password(act: PrivilegedAct, second: Person) -> str:
    """The address goes to the second person: whoever asked for it never sees it."""
    if not act.subject.is_active:
        raise NotPossibleNowError
    return make_link(act.subject, second)


def _no_second_factor(act: PrivilegedAct, second: Person) -> str:
    del second
    if act.subject.deleted_at is not None:
        raise NotPossibleNowError
    people.take_second_factors(act.subject)
    end_all(act.subject)
    return ""
