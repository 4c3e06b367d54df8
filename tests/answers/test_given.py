"""Where answers come from: a replay, a team's configuration, the terminal. All are checked."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from rich.text import Text

from answers.outcomes import QUESTIONS, RULES, assert_refused, declared
from harness import ROOT, TOOLS, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from answers.outcomes import Outcome
    from harness import Generated


def test_a_replayed_answer_is_checked_like_a_given_one(
    tmp_path: Path, generate: Callable[..., Generated], environment: dict[str, str]
) -> None:
    """cookiecutter asks nothing when it replays, so nothing is checked until the first file."""
    (tmp_path / "first").mkdir()
    generate(tmp_path / "first", env={"HOME": str(tmp_path)})
    (replay,) = (tmp_path / ".cookiecutter_replay").iterdir()
    saved = json.loads(replay.read_text("utf-8"))
    command = (TOOLS / "cookiecutter", "--replay-file", replay, ROOT, "--output-dir")
    for question, value in {
        "project_slug": "../fuera", "description": "a\nb", "secrets": 'a"', "cron": "x", "timezone": "UTC",
    }.items():  # fmt: skip
        changed = saved | {"cookiecutter": saved["cookiecutter"] | {question: value}}
        replay.write_text(json.dumps(changed), "utf-8")
        folder = tmp_path / question
        result = run(*command, folder, cwd=tmp_path, env=environment)
        assert result.code == 1
        assert result.output.startswith(f"Respuesta no válida en {question}: ")
        assert not folder.exists() or list(folder.iterdir()) == []
    assert not (tmp_path / "fuera").exists()
    replay.write_text(json.dumps(saved), "utf-8")
    assert run(*command, tmp_path / "again", cwd=tmp_path, env=environment).code == 0
    assert (tmp_path / "again" / "mi-flujo" / "deploy.py").is_file()


@pytest.mark.parametrize("question", ["description", "project_slug", "timezone"])
def test_a_check_cannot_be_switched_off_by_its_private_variable(
    answer: Callable[..., Outcome], question: str
) -> None:
    assert_refused(answer(**{question: "../a\n", f"__{question}": ""}), question)


def test_the_module_cannot_be_another_than_the_slug_s(answer: Callable[..., Outcome]) -> None:
    outcome = answer(__module="a b")
    assert (outcome.path / "src" / "mi_flujo.py").is_file()


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_that_is_no_text_is_refused(
    answer: Callable[..., Outcome], question: str
) -> None:
    """A dictionary in a configuration file, which cookiecutter asks for after all the others."""
    assert_refused(answer(**{question: {"a": "b"}}), question)


def test_a_team_sets_its_defaults_once_in_cookiecutter_s_configuration(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    """The example of the READMEs."""
    readme = (ROOT / "README.md").read_text("utf-8")
    (config,) = re.findall(r"```yaml\n(default_context:\n.*?)```", readme, re.S)
    (tmp_path / ".cookiecutterrc").write_text(config, "utf-8")
    generated = generate(tmp_path, env={"HOME": str(tmp_path)})
    assert generated.code == 0, generated.output
    said = declared(generated.path / "deploy.py")
    assert said["pools"] == ["pool-pruebas", "pool-produccion"]
    assert said["secrets"] == ["token-api", "clave-sql"]


def test_a_wrong_default_of_a_team_is_refused_like_an_answer(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    (tmp_path / ".cookiecutterrc").write_text("default_context:\n  timezone: UTC\n", "utf-8")
    generated = generate(tmp_path, env={"HOME": str(tmp_path)})
    assert generated.code != 0 and len(generated.lines) == 1
    assert generated.lines[0].startswith("Respuesta no válida en timezone: «UTC» es UTC")


@pytest.mark.real
def test_a_typed_answer_is_refused_at_once(tmp_path: Path, environment: dict[str, str]) -> None:
    """Typed, so that the questions are asked one by one; the later ones are not asked any more."""
    done = subprocess.run(
        [TOOLS / "cookiecutter", ROOT, "--output-dir", tmp_path],
        input="Ventas\nmi_slug\n",
        capture_output=True,
        cwd=tmp_path,
        env=environment,
        encoding="utf-8",
    )
    assert done.returncode == 1
    assert "[2/14] Nombre corto" in done.stdout and "[3/14]" not in done.stdout
    assert done.stderr.startswith("Respuesta no válida en project_slug: «mi_slug»")
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def asked(question: str) -> list[str]:
    """Return the lines of a question as they are shown, its default in the last one."""
    template = json.loads((ROOT / "cookiecutter.json").read_text("utf-8"))
    number = f"  [{QUESTIONS.index(question) + 1}/{len(QUESTIONS)}] "
    shown = Text.from_markup(template["__prompts__"][question]).plain
    slug = template["project_name"].lower().replace(" ", "-")
    default = slug if question == "project_slug" else template[question]
    return f"{number}{shown} ({default}): ".split("\n")


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_fits_into_a_terminal(question: str) -> None:
    assert max(map(len, asked(question))) < 80


@pytest.mark.parametrize("question", ["flow_kind", "source", "prefect_logger", "server_check"])
def test_each_choice_is_shown_with_its_meaning(question: str) -> None:
    _, *choices, answer = asked(question)
    shown = [re.fullmatch(r"    (\w+) +(\w.+\w)", line) for line in choices]
    names = [match[1] for match in shown if match]
    refusal = RULES[question].rule("", {})
    assert f"({', '.join(names)})" in str(refusal), "all of them, in the order of the refusal"
    assert answer == f"    Cuál ({names[0]}): "


@pytest.mark.real
def test_whoever_types_nothing_gets_the_default_project(
    tmp_path: Path, environment: dict[str, str], generate: Callable[..., Generated]
) -> None:
    def texts(project: Path) -> dict[str, bytes]:
        files = {path.relative_to(project): path for path in project.rglob("*") if path.is_file()}
        return {str(name): path.read_bytes() for name, path in files.items() if name.suffix}

    typed, given = tmp_path / "typed", tmp_path / "given"
    typed.mkdir()
    given.mkdir()
    done = subprocess.run(
        [TOOLS / "cookiecutter", ROOT, "--output-dir", typed],
        input="\n" * len(QUESTIONS),
        capture_output=True,
        cwd=typed,
        env=environment,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    (project,) = typed.iterdir()
    assert texts(project) == texts(generate(given).path)
