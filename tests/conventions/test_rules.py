"""The table of the rules: what the page says is what is checked."""

from __future__ import annotations

import pytest

from electra_flow.command.docs import PAGES
from electra_flow.conventions.rules import PLACES, RULES, Rule, table
from harness import ROOT

EXAMPLES = ROOT / "tests" / "conventions" / "examples"


def test_the_page_has_the_table_that_the_rules_make() -> None:
    """If not: `python -c "from electra_flow.conventions.rules import table; print(table())"`."""
    assert table() in (PAGES / "convenciones.md").read_text("utf-8")


def test_the_rules_are_numbered_in_order() -> None:
    assert [rule.code for rule in RULES] == [f"EF{number:02}" for number in range(len(RULES))]


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_rule_says_where_it_is_seen_and_has_examples_of_that(rule: Rule) -> None:
    assert rule.seen and set(rule.seen) <= set(PLACES)
    own = [
        path
        for path in EXAMPLES.glob("*.md")
        if path.read_text("utf-8").startswith(f"# {rule.code}")
    ]
    in_code = {"código", "ruff"} & set(rule.seen)
    assert len(own) == bool(in_code)
