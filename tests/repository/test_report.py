"""What a project's process answered, and what is said of one that did not answer all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from electra_flow.checks.server import Need
from electra_flow.checks.work_pool import PoolUse
from electra_flow.repository.report import Report, read_answers

USE = [["process"], ["command", "env"], []]  # of a pool, as JSON has it
BEGUN: list[dict[str, Any]] = [{"protocol": 1, "prefect": "3.9.1"}]


def test_a_check_that_passed_says_what_is_needed_and_declared() -> None:
    report = Report(
        [
            *BEGUN,
            {"needs": [["pool", "pool-dev", "", USE], ["queue", "urgente", "pool-dev"]]},
            {"finding": ["bien", "Huso horario.", ""]},
            {"finding": ["aviso", "Sin tags.", "docs"]},
            {"flows": {"src/a.py:a": {"name": "a", "parameters": [], "hooks": []}}},
            {"deployments": ["a/a-dev"]},
            {"done": True},
        ]
    )
    assert report.reasons == []
    assert report.warnings == ["Sin tags. Se arregla con: docs"]
    use = PoolUse(("process",), ("command", "env"))
    assert report.needs == [
        Need("pool", "pool-dev", use=use),
        Need("queue", "urgente", "pool-dev"),
    ]
    assert len(set(report.needs)) == 2, "they can be the keys of a table"
    assert (report.deployments, report.prefect, report.absent) == (["a/a-dev"], "3.9.1", "")


def test_what_its_checks_found_is_the_reason() -> None:
    report = Report([*BEGUN, {"finding": ["error", "Está mal.", ""]}, {"done": True}])
    assert report.reasons == ["Está mal."]


@pytest.mark.parametrize(
    ("answers", "code", "output", "reason"),
    [
        # What deploy.py, or uv, says before anything can be answered.
        ([], 1, "algo\ndeploy.py, línea 3: NameError: x\n", "deploy.py, línea 3: NameError: x"),
        ([], 2, "", "deploy.py no contestó (código 2)."),
        (
            [],
            1,
            '  File "C:\\flujos\\ventas\\deploy.py", line 9\n    def x(:\n          ^\nSyntaxError: no\n',
            "deploy.py, línea 9: SyntaxError: no",
        ),
        # An older one does what the arguments say.
        ([], 0, "Revisión (dev)\nTodo listo para desplegar.\n", "es anterior a este comando"),
        ([{"protocol": 2, "prefect": "4"}], 0, "", "con la más nueva de las dos"),
        # A flow that ends Python, or never ends.
        (
            [*BEGUN, {"importing": "src/a.py:a"}],
            7,
            "Adiós\n",
            "Python se cerró (código 7) al importar src/a.py:a; lo último que escribió: Adiós.",
        ),
        (
            [*BEGUN, {"importing": "src/a.py:a"}],
            None,
            "",
            "tardó demasiado al importar src/a.py:a, y se lo terminó.",
        ),
        # While it is deployed.
        (BEGUN, 1, "x\nEl servidor no aceptó a: 409\n", "El servidor no aceptó a: 409"),
    ],
)
def test_what_did_not_answer_all_has_its_reason(
    answers: list[dict[str, Any]], code: int | None, output: str, reason: str
) -> None:
    (said,) = Report(answers, code, output).reasons
    assert reason in said


def test_an_answer_that_was_cut_off_is_none(tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    assert read_answers(file) == []
    file.write_text('{"protocol": 1}\n{"done": tr', encoding="utf-8")
    assert read_answers(file) == [{"protocol": 1}]
