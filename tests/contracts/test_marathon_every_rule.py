"""Every rule of the marathon contract's header and articles 1 to 25 lives in one of its stories."""

from __future__ import annotations

from marathon_lives import MARATHON, STORIES

from itaku.contracts.model.kinds import Definition, Outside

RIDERS = ("S2-R", "S2-P", "S2-D", "S2-L")


def test_no_rule_of_the_header_or_the_articles_is_without_a_story() -> None:
    rules = {each.id for each in MARATHON.provisions if not isinstance(each, Definition | Outside)}
    mine = {each for each in rules if not each.startswith(RIDERS)}
    lived = {view.provision for story in STORIES for view in story().on("2029-12-31").views.values()}
    assert len(mine) > 110
    assert mine - lived == set()


def test_a_story_that_nobody_corrects_tells_nothing_twice_and_loses_no_date() -> None:
    wrong = {"same_key", "ambiguous", "overpaid", "orphan", "before_signing", "after_the_end", "key_blank"}
    for story in STORIES:
        assert wrong.isdisjoint(story().flagged("2029-12-31")), story
