"""What the root of a repository runs for which of its projects."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from electra_flow.command.main import main
from electra_flow.generation.monorepo import place
from electra_flow.model.source import SourceError
from electra_flow.repository.changed import concerned
from electra_flow.repository.hooks import own_hooks, own_tests, since
from electra_flow.repository.jobs import Done, Job, run_jobs, with_files
from electra_flow.repository.placed import placed
from electra_flow.repository.projects import FlowProject, find_projects
from harness import ROOT, git, user_environment

TEMPLATE = (ROOT / "{{cookiecutter.project_slug}}" / ".pre-commit-config.yaml").read_text("utf-8")
PLACES = ("dev/ventas", "dev/Flujos de Ana's/ñandú", "stock")


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository with three projects, of which one uses what stands beside them."""
    top = tmp_path / "flujos"
    for inside in PLACES:
        folder = top / inside
        folder.mkdir(parents=True)
        (folder / "deploy.py").touch()
        (folder / "uv.lock").touch()
        (folder / ".pre-commit-config.yaml").write_text(placed(TEMPLATE, inside), "utf-8")
        source = '[tool.uv.sources]\ncomun = { path = "../comun" }\n' if inside == "stock" else ""
        (folder / "pyproject.toml").write_text(
            f'[project]\nname = "x"\ndependencies = ["electra-flow==1"]\n{source}', "utf-8"
        )
    (top / "comun").mkdir()
    (top / "comun" / "pyproject.toml").write_text('[project]\nname = "comun"\n', "utf-8")
    commit(top, "Todo", "init", "--quiet")
    return top


def commit(top: Path, message: str, *before: str) -> None:
    env = user_environment(top.parent / "home")
    for command in (before, ("add", "--all"), ("commit", "--quiet", "--message", message)):
        if command:
            assert git(*command, cwd=top, env=env).code == 0


def files_of(job: Job) -> list[str]:
    (command,) = job.commands
    return [*command[command.index("--files") + 1 :]]


# --- Which ------------------------------------------------------------------------------------------


def test_each_project_s_hooks_get_its_files_and_those_of_none_the_root_s(top: Path) -> None:
    ana = "dev/Flujos de Ana's/ñandú"
    inside = [f"{ana}/src/con espacio.py", "comun/comun.py", "stock/deploy.py", f"{ana}/é.md"]
    (top / "comun" / "comun.py").touch()
    ours, stock, rest = own_hooks(top, find_projects(top), [top / file for file in inside])
    assert ours.name == ours.changes == ana
    assert ours.commands == [
        ["uv", "run", "--quiet", "--project", ana, "--frozen", "pre-commit", "run", "--config"]
        + [f"{ana}/.pre-commit-config.yaml", "--files", inside[0], inside[3]]
    ]
    assert stock.name == "stock" and files_of(stock) == ["stock/deploy.py"]
    assert rest.commands[0][-2:] == ["files", "comun/comun.py"]


def test_what_is_gone_and_belongs_to_no_project_is_looked_at_by_nobody(top: Path) -> None:
    assert list(own_hooks(top, find_projects(top), [top / "dev" / "viejo" / "deploy.py"])) == []


def test_one_that_cannot_be_read_is_told_and_the_others_are_looked_at(top: Path) -> None:
    (top / "stock" / "pyproject.toml").write_text("[project\n", "utf-8")
    files = [top / "stock" / "deploy.py", top / "dev" / "ventas" / "deploy.py"]
    ventas, stock = own_hooks(top, find_projects(top), files)
    assert ventas.problem is None
    assert stock.problem == "pyproject.toml no es TOML válido (línea 1)."


def test_one_without_a_lock_is_told_what_to_do(top: Path) -> None:
    (top / "stock" / "uv.lock").unlink()
    (job,) = own_hooks(top, find_projects(top), [top / "stock" / "deploy.py"])
    assert job.problem and job.problem.endswith("ahí, uv lock")


def test_one_of_version_0_1_has_its_own_hooks_run(top: Path) -> None:
    (top / "stock" / "deployment").mkdir()
    (top / "stock" / "deployment" / "deploy.py").touch()
    projects = find_projects(top)
    (job,) = own_hooks(top, projects, [top / "stock" / "deploy.py"])
    assert job.problem is None and files_of(job) == ["stock/deploy.py"]
    assert [job.problem for job in own_tests(projects)] == [None] * 3


def test_one_without_hooks_of_its_own_has_its_files_looked_at(top: Path) -> None:
    (top / "stock" / ".pre-commit-config.yaml").unlink()
    (job,) = own_hooks(top, find_projects(top), [top / "stock" / "deploy.py"])
    assert job.commands[0][-2:] == ["files", "stock/deploy.py"]


def test_one_that_was_moved_is_refused_since_its_hooks_would_look_at_nothing(top: Path) -> None:
    (top / "stock").rename(top / "dev" / "almacén")
    (job,) = own_hooks(top, find_projects(top), [top / "dev" / "almacén" / "deploy.py"])
    assert job.name == "dev/almacén"
    assert job.problem and "nombra otra carpeta" in job.problem


def test_the_tests_are_those_of_who_depends_on_it_too(top: Path) -> None:
    projects = find_projects(top)
    (job,) = own_tests(concerned(projects, [top / "comun" / "comun.py"]))
    command = ["uv", "run", "--quiet", "--directory", "stock", "--frozen", "pytest", "-q"]
    assert [[*each] for each in job.commands] == [command]
    (job,) = own_tests(concerned(projects, [top / "comun" / "comun.py"]), integration=True)
    assert [*job.commands[0]] == [*command, "-m", "integration"]
    assert 5 in job.fine, "a project may have none of them"


def test_since_a_commit_it_is_all_files_of_what_changed_and_the_others_that_did(top: Path) -> None:
    (top / "dev" / "ventas" / "nuevo.py").touch()
    (top / "comun" / "comun.py").touch()
    (top / "LÉEME.md").touch()
    commit(top, "Otro")
    which, files = since(top, find_projects(top), "HEAD~1")
    assert [project.place for project in which] == ["dev/ventas", "stock"]
    of_ventas = [".pre-commit-config.yaml", "deploy.py", "nuevo.py", "pyproject.toml", "uv.lock"]
    of_stock = [".pre-commit-config.yaml", "deploy.py", "pyproject.toml", "uv.lock"]
    assert {file.relative_to(top).as_posix() for file in files} == {
        *(f"dev/ventas/{name}" for name in of_ventas),
        *(f"stock/{name}" for name in of_stock),
        *("comun/comun.py", "LÉEME.md"),
    }


@pytest.mark.parametrize("before", ["", "0" * 40, "c0ffee" * 6 + "c0ff"])
def test_without_the_commit_before_it_is_everything(top: Path, before: str) -> None:
    which, files = since(top, find_projects(top), before)
    assert len(which) == len(PLACES)
    assert len(files) == 4 * len(PLACES) + 1


def test_a_name_that_git_does_not_know_is_told(top: Path) -> None:
    with pytest.raises(SourceError, match="«principal»"):
        since(top, find_projects(top), "principal")


def test_the_verb_says_what_it_cannot_do(
    top: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(top)
    assert main(["hooks", "--changed", "principal"]) == 1
    assert "Git no conoce el commit «principal»" in capsys.readouterr().err
    assert main(["hooks", "--changed", "HEAD", "stock/deploy.py"]) == 2
    assert main(["hooks", "--changed", "HEAD"]) == 0
    assert capsys.readouterr().out == "No cambió nada de ningún proyecto.\n"
    (top / "stock" / "pyproject.toml").write_text("[project\n", "utf-8")
    assert main(["hooks", "--tests", "stock/deploy.py"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "stock: pyproject.toml no es TOML válido (línea 1).",
        "Con problemas, 1 de 1: stock.",
    ]
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(top))
    monkeypatch.chdir(top / "stock")
    assert main(["hooks"]) == 1
    assert capsys.readouterr().err == "Esta carpeta no está en un repositorio de Git.\n"


# --- How --------------------------------------------------------------------------------------------


def test_files_are_split_where_a_command_would_be_too_long_for_windows() -> None:
    files = [f"dev/ventas/src/{number:04}-{'x' * 100}.py" for number in range(1000)]
    commands = with_files(["uv", "run"], files)
    assert len(commands) > 1
    assert [file for command in commands for file in command[2:]] == files
    assert all(len(" ".join(f'"{word}"' for word in command)) < 32_000 for command in commands)
    assert with_files(["uv"], ["x" * 40_000, "y"]) == [["uv", "x" * 40_000], ["uv", "y"]]


def ended(jobs: list[Job], top: Path) -> list[Done]:
    told: list[Done] = []
    failed = run_jobs(jobs, top, 2, told.append)
    assert [done for done in told if not done.well] == failed
    return told


def test_what_failed_comes_last_with_what_it_said(tmp_path: Path) -> None:
    def job(name: str, *programs: str) -> Job:
        return Job(name, [(sys.executable, "-c", program) for program in programs])

    jobs = [
        job("mal", "print('¡año!'); exit(3)", "print('bien')"),
        Job("roto", problem="No se puede."),
        job("bien", "print('nada')", "exit(0)"),
        Job("sin programa", [("no-hay-tal-programa",)]),
        Job("sin pruebas", [(sys.executable, "-c", "exit(5)")], fine=frozenset({0, 5})),
    ]
    told = ended(jobs, tmp_path)
    assert {done.job.name for done in told[:2]} == {"bien", "sin pruebas"}
    assert [(done.job.name, done.said) for done in told[2:]] == [
        ("mal", "¡año!\n"),
        ("roto", "No se puede."),
        ("sin programa", "No está no-hay-tal-programa (https://docs.astral.sh/uv/): instalalo.\n"),
    ]


def test_what_is_changed_in_one_project_git_shows_to_no_other(top: Path) -> None:
    """pre-commit would say of each that its hooks changed files."""
    for inside in PLACES:
        (top / inside / "deploy.py").write_text("x = 1\n", "utf-8")
    jobs = [
        Job(inside, [("git", "diff", "--name-only", "--exit-code")], changes=inside)
        for inside in PLACES
    ]
    told = ended(jobs, top)
    assert [done.said.count("deploy.py") for done in told] == [1, 1, 1]
    env = user_environment(top.parent / "home")
    staged = git("diff", "--staged", "--quiet", cwd=top, env=env)
    assert staged.code == 0, "the repository's own index is as it was"


# --- The place in the conventions -------------------------------------------------------------------


@pytest.mark.parametrize("inside", [*PLACES, 'Flujos "de" Ana\'s #1 (a+b) ñ [x]!/mi-flujo'])
def test_conventions_name_their_place_whatever_they_named_before(inside: str) -> None:
    """Alike, what the generation writes and what mends those of a project that was moved."""
    written = TEMPLATE
    for old, new in place(inside):
        written = written.replace(old, new)
    assert placed(TEMPLATE, inside) == placed(written, inside) == written
    assert placed(placed(TEMPLATE, "a 'otra' \"parte\"/x"), inside) == written
    assert placed(written, ".") == TEMPLATE
    yaml.safe_load(written)


def test_what_the_author_wrote_in_them_stays() -> None:
    own = TEMPLATE.replace("repos:\n", "files: \\.py$\nrepos:\n").replace(
        "ruff check", "ruff  check"
    )
    moved = placed(placed(own, "dev/a"), "b")
    assert "\nfiles: \\.py$\nrepos:\n" in moved and moved.count("files: \\.py") == 1
    assert "--project b --frozen ruff  check" in moved
    assert placed(moved, ".") == own


def test_a_project_that_is_its_whole_repository_is_in_its_place(tmp_path: Path) -> None:
    (tmp_path / ".pre-commit-config.yaml").write_text(TEMPLATE, "utf-8")
    (tmp_path / "uv.lock").touch()
    alone = FlowProject(tmp_path, tmp_path, "solo")
    (job,) = own_hooks(tmp_path, [alone], [tmp_path / "deploy.py"])
    assert job.problem is None
