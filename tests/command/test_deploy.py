"""`electra-flow deploy`: in which order things are done, and what is said; projects are played.

What a project's own process does is tested in tests/deploying/test_batch.py, and all together in
tests/end_to_end/test_deploy_all.py.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from electra_flow.checks.finding import error
from electra_flow.command.main import main
from electra_flow.repository import deploying
from electra_flow.repository.processes import Processes
from electra_flow.repository.projects import FlowProject
from electra_flow.repository.report import Report
from electra_flow.repository.server_part import ServerPart

BEGUN = {"protocol": 1, "prefect": "3.9.1"}
DONE = {"done": True}


class Projects:
    """Projects below a folder, and what their own deploy.py answer."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.calls: list[tuple[str, ...]] = []
        self.checks: dict[str, Report] = {}
        self.deploys: dict[str, Report | BaseException] = {}
        self.part = ServerPart()

    def add(self, place: str, *declared: str, findings: tuple[list[str], ...] = ()) -> Path:
        folder = self.top / place
        folder.mkdir(parents=True)
        (folder / "deploy.py").touch()
        (folder / "pyproject.toml").write_text(
            f'[project]\nname = "{folder.name}"\ndependencies = ["electra-flow"]\n', "utf-8"
        )
        names = list(declared or [f"{folder.name}/{folder.name}-dev"])
        answers: list[dict[str, Any]] = [BEGUN, *({"finding": found} for found in findings)]
        self.checks[place] = Report([*answers, {"deployments": names}, {"flows": {}}, DONE])
        published = [{"published": name, "changes": []} for name in names]
        self.deploys[place] = Report([BEGUN, *published, DONE])
        return folder

    def run(self, project: FlowProject, *arguments: str, **_request: Any) -> Report:
        self.calls.append((project.place, *arguments))
        answer = (self.checks if "--check" in arguments else self.deploys)[project.place]
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def asked(self, *arguments: str) -> list[str]:
        """Return the places of the projects that were called so."""
        return sorted(place for place, *given in self.calls if given == list(arguments))


@pytest.fixture
def projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Projects:
    top = tmp_path / "flujos"
    top.mkdir()
    subprocess.run(["git", "init", "--quiet"], cwd=top, check=True)
    played = Projects(top)
    monkeypatch.chdir(top)
    monkeypatch.setattr(
        Processes, "run", lambda _self, *given, **asked: played.run(*given, **asked)
    )
    monkeypatch.setattr(deploying, "check_servers", lambda asked: played.part)
    return played


Run = Callable[..., tuple[int, list[str], str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: str) -> tuple[int, list[str], str]:
        code = main(["deploy", *words])
        said = capsys.readouterr()
        return code, said.out.splitlines(), said.err

    return run


def test_all_are_checked_and_then_deployed_a_line_each(projects: Projects, run: Run) -> None:
    projects.add("ventas", "ventas/a-dev", "ventas/b-dev")
    projects.add("dev/stock")
    code, lines, _ = run()
    assert (code, lines) == (
        0,
        [
            "✔ dev/stock  1 despliegue",
            "✔ ventas  2 despliegues",
            "2 proyectos (dev): 2 desplegados.",
        ],
    )
    assert projects.asked("--env", "dev", "--check") == ["dev/stock", "ventas"]
    assert projects.asked("--env", "dev") == ["dev/stock", "ventas"]


def test_what_goes_with_it_reaches_each_project(projects: Projects, run: Run) -> None:
    projects.add("stock")
    assert run("--env", "prod", "--activate", "--prune", "--jobs", "1")[0] == 0
    assert projects.asked("--env", "prod", "--activate", "--prune") == ["stock"]


def test_those_whose_code_is_in_a_folder_can_be_left(projects: Projects, run: Run) -> None:
    projects.add("ventas")
    projects.add("stock")
    git = {"git": {"url": "https://example.com/flujos.git", "branch": "main", "block": "token"}}
    answers = projects.checks["ventas"].answers
    projects.checks["ventas"] = Report([*answers[:-1], git, DONE])
    code, lines, _ = run("--env", "prod", "--from-git")
    assert code == 0
    assert lines[0] == "– stock  su código es el de su carpeta"
    assert projects.asked("--env", "prod") == ["ventas"]


def test_to_check_changes_nothing_and_is_at_hand_the_next_time(
    projects: Projects, run: Run
) -> None:
    projects.add("stock", findings=(["aviso", "Sin tags.", ""],))
    last = "1 proyecto (dev): 1 se puede desplegar."
    told = "  aviso  Sin tags. (stock)"
    assert run("--check") == (0, [told, "✔ stock  1 despliegue", last], "")
    assert run("--check") == (0, [told, "✔ stock  1 despliegue, ya revisado", last], "")
    assert len(projects.calls) == 1


def test_what_is_wrong_with_one_is_said_and_the_others_are_deployed(
    projects: Projects, run: Run
) -> None:
    wrong = (["error", "Está mal.", "arreglalo"], ["error", "Y peor.", ""])
    projects.add("a", findings=wrong)
    projects.add("b")
    (projects.add("c") / "pyproject.toml").write_text("[project\n", "utf-8")
    refused = projects.add("d")
    projects.part.findings = [error("Falta el work pool «x». (d)")]
    projects.part.refuse([FlowProject(refused, projects.top, "d")], "Falta el work pool «x».")
    projects.add("e", "e/uno-dev", "e/dos-dev")
    projects.deploys["e"] = Report(
        [BEGUN, {"published": "e/uno-dev"}], 1, "Despliegue\nEl servidor no aceptó dos: 409\n"
    )
    code, lines, _ = run()
    assert code == 1
    assert lines == [
        "  error  Falta el work pool «x». (d)",
        "✘ a  no se desplegó: Está mal. Se arregla con: arreglalo",
        "    Y peor.",
        "✔ b  1 despliegue",
        "✘ c  no se desplegó: pyproject.toml no es TOML válido (línea 1).",
        "✘ d  no se desplegó: Falta el work pool «x».",
        "✘ e  se desplegó en parte (e/uno-dev): El servidor no aceptó dos: 409",
        "5 proyectos (dev): 1 desplegado, 4 no.",
    ]


def test_one_that_has_no_such_environment_is_left(projects: Projects, run: Run) -> None:
    projects.add("a")
    projects.add("b")
    absent = {"absent": "prod", "environments": ["dev"]}
    projects.checks["b"] = Report([BEGUN, absent, DONE])
    code, lines, _ = run("--env", "prod")
    assert code == 0
    assert lines[1:] == [
        "– b  no tiene un entorno «prod»",
        "2 proyectos (prod): 1 desplegado, 1 sin nada que hacer.",
    ]
    projects.checks["a"] = Report([BEGUN, absent, DONE])
    (projects.top / "a" / "deploy.py").write_text("1", "utf-8")
    code, _, err = run("--env", "prod")
    assert (code, err) == (2, "Ningún proyecto tiene un entorno «prod»; hay dev.\n")


def test_what_differs_from_a_commit(projects: Projects, run: Run) -> None:
    for name in ("a", "b", "c"):
        projects.add(name)
    (projects.top / "comun").mkdir()
    (projects.top / "comun" / "pyproject.toml").write_text("", "utf-8")
    with (projects.top / "b" / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('[tool.uv.sources]\ncomun = { path = "../comun" }\n')
    who = ["-c", "user.name=Ana", "-c", "user.email=ana@example.com"]
    for command in (["add", "--all"], [*who, "commit", "--quiet", "--message", "Todo"]):
        subprocess.run(["git", *command], cwd=projects.top, check=True)
    (projects.top / "a" / "deploy.py").write_text("1", "utf-8")
    (projects.top / "comun" / "comun.py").write_text("1", "utf-8")
    code, lines, _ = run("--changed", "HEAD")
    assert (code, lines[:3]) == (
        0,
        ["✔ a  1 despliegue", "✔ b  1 despliegue", "– c  sin cambios"],
    )
    assert projects.asked("--env", "dev") == ["a", "b"]


def test_what_differs_from_what_is_deployed(
    projects: Projects, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [projects.add(name) for name in ("a", "b")]
    asked: list[set[Path]] = []

    def deployed(own: Any, codes: dict[Path, str]) -> set[Path]:
        asked.append({project.folder for project, _ in own})
        assert all(map(codes.get, folders))
        return {folders[0]}

    monkeypatch.setattr(deploying, "deployed", deployed)
    code, lines, _ = run("--changed", "deployed")
    assert (code, lines[:2]) == (0, ["– a  sin cambios", "✔ b  1 despliegue"])
    assert asked == [set(folders)]
    assert projects.asked("--env", "dev") == ["b"]


def test_ctrl_c_says_what_was_deployed_and_what_was_not(projects: Projects, run: Run) -> None:
    projects.add("a")
    projects.add("b")
    projects.deploys["b"] = KeyboardInterrupt()
    projects.add("c")
    projects.deploys["c"] = Report([], None)  # had begun, and was ended
    code, lines, _ = run("--jobs", "1")
    assert (code, lines) == (
        1,
        [
            "✔ a  1 despliegue",
            "✘ b  no se desplegó: interrumpido.",
            "✘ c  no se desplegó: interrumpido.",
            "3 proyectos (dev): 1 desplegado, 2 no.",
        ],
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nada"], "No hay una carpeta «nada».\n"),
        (["--jobs", "0"], "--jobs 0: tiene que ser 1 o más.\n"),
        (["--check", "--prune"], "--check y --prune no van juntos: --check no cambia nada.\n"),
        (
            ["--check", "--activate"],
            "--check y --activate no van juntos: --check no cambia nada.\n",
        ),
        (["--changed", "deployed", "--prune"], "--changed y --prune no van juntos: --prune mira"),
        (["--changed", "nada"], "Git no conoce el commit «nada»"),
    ],
)
def test_what_cannot_be_done_is_said(
    words: list[str], said: str, projects: Projects, run: Run
) -> None:
    projects.add("a")
    code, lines, err = run(*words)
    assert (code, lines, projects.calls) == (2, [], [])
    assert err.startswith(said)


def test_where_there_is_no_project_that_is_said(projects: Projects, run: Run) -> None:
    code, _, err = run()
    assert code == 1 and err.startswith(
        f"No hay proyectos en {projects.top}: uno es una carpeta con"
    )


def test_it_does_not_wait_for_prefect() -> None:
    code = "import sys, electra_flow.command.deploy; print('prefect' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert done.stdout == "False\n", done.stderr
