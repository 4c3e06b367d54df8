"""Arbitrary answers have two outcomes and no third, and none is ever executed.

How many there were stands in pytest's summary.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers.hostile import CONTROL, JINJA
from answers.outcomes import QUESTIONS, assert_generated, assert_refused
from harness import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from answers.outcomes import Outcome
    from harness import Generated, Project

HOSTILE = st.sampled_from([*CONTROL, *JINJA, "{{", "}}", '"', "'", "\\", '"""', "#", "\u2028"])
VISIBLE = st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Zs"))
TITLE = st.lists(st.text(VISIBLE, min_size=1, max_size=8), min_size=1, max_size=5).map(" ".join)
MARKUP = st.text(st.sampled_from("\\\"'`*_~#<>&;[](){}|!-+=.:$%^/?,01ab "), min_size=1, max_size=40)
ANYTHING = st.one_of(
    st.text(max_size=60), st.lists(st.one_of(HOSTILE, st.text(max_size=4)), max_size=6).map("".join)
)
COUNTS = {"refused": 0, "generated": 0}


@given(
    name=st.one_of(TITLE, MARKUP, MARKUP.map(str.strip), ANYTHING),
    description=st.one_of(TITLE, MARKUP, MARKUP.map(str.strip), ANYTHING),
    others=st.dictionaries(st.sampled_from(QUESTIONS), ANYTHING, max_size=1),
)
def test_arbitrary_answers_have_two_outcomes_and_no_third(
    answer: Callable[..., Outcome], name: str, description: str, others: dict[str, str]
) -> None:
    answers = {"project_name": name, "description": description} | others
    outcome = answer(**answers)
    if outcome.refusal:
        COUNTS["refused"] += 1
        refused = next(key for key in QUESTIONS if f" en {key}: " in outcome.refusal)
        assert_refused(outcome, refused)
    else:
        COUNTS["generated"] += 1
        assert_generated(outcome, **answers)


def payloads(marker: Path) -> list[str]:
    """Answers that would make a file, were one of them run as Jinja, Python or shell."""
    touch = f"__import__('pathlib').Path('{marker}').touch()"
    jinja = "{{ cycler.__init__.__globals__.os.system('touch MARKER') }}"
    return [
        jinja.replace("MARKER", str(marker)),
        f"{{% set x = {touch} %}}",
        f'" + {touch} + "',
        f"' + {touch} + '",
        f'"""\n{touch}\n"""',
        f'""" + {touch} + """',
        f'\\"; {touch} #',
        f"$(touch {marker})",
        f"`touch {marker}`",
        f"; touch {marker} ;",
        f"x] = 1; {touch}; y = [",
    ]


# In one interpreter, since it imports Prefect.
IMPORT_ALL = """
import os, sys
for folder in sys.argv[1:]:
    os.chdir(folder)
    sys.path[:2] = [folder, os.path.join(folder, "src")]
    import deploy, mi_flujo
    deploy.deployments()
    assert deploy.__file__.startswith(folder) and mi_flujo.__file__.startswith(folder)
    del sys.modules["deploy"], sys.modules["mi_flujo"]
"""


@pytest.mark.real
def test_no_answer_is_executed_at_generation_or_at_import(
    tmp_path: Path, generate: Callable[..., Generated], installed: Project
) -> None:
    """On the command line, with the hook; titles that are no Jinja are generated and imported."""
    marker = tmp_path / "executed"
    refused = itertools.cycle(("pool_dev", "secrets", "cron"))
    imported = []
    for number, payload in enumerate(payloads(marker)):
        folder = tmp_path / str(number)
        folder.mkdir()
        titles = {"project_name": payload, "description": payload, "project_slug": "mi-flujo"}
        for answers in (titles, {next(refused): payload}):
            generated = generate(folder, **answers)
            assert "Traceback" not in generated.output
            welcome = answers is titles and "{{" not in payload and "{%" not in payload
            assert (generated.code == 0) == (welcome and "\n" not in payload)
            if generated.code == 0:
                imported.append(generated.path)
    assert len(imported) >= 8
    result = run(installed.python, "-c", IMPORT_ALL, *imported, cwd=tmp_path, env=installed.env)
    assert result.code == 0, result.output
    assert not marker.exists()
