"""The conventions of a generated project, run by the real pre-commit and the real prek.

What `electra-flow files` finds, secrets above all, is in command/test_files.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import yaml

from harness import ROOT, SYSTEM_PATH, TOOLS, git, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness import Generated, Project, Result

CONFIG = ROOT / "{{cookiecutter.project_slug}}" / ".pre-commit-config.yaml"
HOOKS = {
    hook["id"]: hook for hook in yaml.safe_load(CONFIG.read_text("utf-8"))["repos"][0]["hooks"]
}
CONVENTIONS, TESTS = HOOKS["conventions"]["name"], HOOKS["tests"]["name"]


@dataclass
class Author:
    """A flow author in a project with its environment: uv on the PATH, and nothing else of ours."""

    path: Path
    env: dict[str, str]

    def git(self, *arguments: str) -> Result:
        return git(*arguments, cwd=self.path, env=self.env)

    def hooks(self, tool: str, *arguments: str, **env: str) -> Result:
        """Run the hooks with the project's pre-commit, or with prek, which comes from elsewhere."""
        command = ("uv", "run", "--frozen", tool) if tool == "pre-commit" else (TOOLS / tool,)
        return run(*command, "run", "--color=never", *arguments, cwd=self.path, env=self.env | env)

    def write(self, files: dict[str, str | bytes]) -> list[str]:
        """Write files and stage them; return their names."""
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        assert self.git("add", "--force", "--", *files).code == 0
        return list(files)


@pytest.fixture(scope="module")
def author(
    tmp_path_factory: pytest.TempPathFactory,
    generate: Callable[..., Generated],
    environment: dict[str, str],
    installed: Project,  # fills uv's cache
) -> Callable[..., Author]:
    """Return a function that generates a project for an author who has uv.

    Their locks say the same, so one environment serves them all.
    """
    bin_, common = tmp_path_factory.mktemp("bin"), tmp_path_factory.mktemp("entorno")
    (bin_ / "uv").symlink_to(TOOLS / "uv")

    def author(folder: Path, **answers: str) -> Author:
        generated = generate(folder, uv=True, server_check="skip", **answers)
        assert generated.code == 0, generated.output
        env = {"PATH": f"{bin_}:{SYSTEM_PATH}", "UV_PROJECT_ENVIRONMENT": str(common / ".venv")}
        return Author(generated.path, environment | env)

    return author


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, author: Callable[..., Author]) -> Author:
    """One project for the tests that leave it as it was."""
    return author(tmp_path_factory.mktemp("hooks"), project_slug="flujo-de-ana")


@pytest.fixture
def ana(shared: Author) -> Iterator[Author]:
    yield shared
    shared.git("reset", "--quiet", "--hard")
    shared.git("clean", "--quiet", "--force", "-d")


def outcomes(result: Result) -> dict[str, str]:
    """Return what each hook says, by its name."""
    lines = re.findall(r"^(.+?)\.\.+(?:\(.+\))?(Passed|Failed|Skipped)$", result.output, re.M)
    assert lines, result.output
    return dict(lines)


def test_every_hook_is_local_and_its_versions_are_those_of_the_lock() -> None:
    config = yaml.safe_load(CONFIG.read_text("utf-8"))
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    for hook in HOOKS.values():
        assert hook["language"] == "unsupported", hook
        assert "additional_dependencies" not in hook, hook
        assert re.match(
            r"uv (run (--project|--directory) \. --frozen|lock --project \.) ", hook["entry"]
        ), hook


@pytest.mark.real
@pytest.mark.parametrize("tool", ["pre-commit", "prek"])
def test_one_command_installs_the_hooks_and_the_first_commit_and_push_pass(
    tmp_path: Path, author: Callable[..., Author], tool: str
) -> None:
    ana = author(tmp_path)
    command = ("uv", "run", tool) if tool == "pre-commit" else (TOOLS / tool,)
    installing = run(*command, "install", cwd=ana.path, env=ana.env)
    assert installing.code == 0, installing.output
    flow = ana.path / "src" / "mi_flujo.py"
    flow.write_text(flow.read_text("utf-8").replace("¡Hola", "¡Chau"), "utf-8")
    test = ana.path / "tests" / "test_flow.py"
    test.write_text(test.read_text("utf-8").replace("¡Hola", "¡Chau"), "utf-8")

    commit = ana.git("commit", "--all", "--message", "El saludo")
    assert commit.code == 0, commit.output
    ran = outcomes(commit)
    assert ran[CONVENTIONS] == ran[HOOKS["files"]["name"]] == "Passed"
    assert TESTS not in ran, "the tests are for a push"

    assert git("init", "--bare", "--quiet", "otro.git", cwd=tmp_path, env=ana.env).code == 0
    push = ana.git("push", str(tmp_path / "otro.git"), "main")
    assert push.code == 0, push.output
    assert outcomes(push) == {TESTS: "Passed"}

    flow.write_text(flow.read_text("utf-8").replace("¡Chau", "¡Buen día"), "utf-8")
    assert ana.git("commit", "--all", "--message", "Rompe una prueba").code == 0
    push = ana.git("push", str(tmp_path / "otro.git"), "main")
    assert push.code != 0 and outcomes(push) == {TESTS: "Failed"}, push.output


@pytest.mark.real
@pytest.mark.parametrize("tool", ["pre-commit", "prek"])
def test_in_a_new_project_there_is_nothing_to_find(ana: Author, tool: str) -> None:
    result = ana.hooks(tool, "--all-files")
    assert result.code == 0, result.output
    ran = {hook["name"]: "Passed" for hook in HOOKS.values() if hook["id"] != "tests"}
    assert outcomes(result) == ran


@pytest.mark.real
@pytest.mark.parametrize("tool", ["pre-commit", "prek"])
def test_each_hook_finds_what_it_is_for(ana: Author, tool: str) -> None:
    """And finds nothing else: each of these files is wrong for one hook alone."""
    lock = (ana.path / "pyproject.toml").read_text("utf-8")
    wrong: dict[str, dict[str, str | bytes]] = {
        "ruff-check": {"src/sobra.py": "import os\n"},
        "ruff-format": {"src/forma.py": "x = [ 1 ]\n"},
        "uv-lock": {
            "pyproject.toml": lock.replace("    # Las de este", '    "idna",\n    # Las de este')
        },
        "files": {"b.txt": "sin salto"},
        "conventions": {"src/aviso.py": "print()\n"},
    }
    assert {*wrong, "tests"} == set(HOOKS)
    found = set()
    for hook, files in wrong.items():
        result = ana.hooks(tool, "--files", *ana.write(files))
        failed = {name for name, outcome in outcomes(result).items() if outcome == "Failed"}
        assert failed == {HOOKS[hook]["name"]}, result.output
        found.add(hook)
    assert found == set(wrong)


@pytest.mark.real
def test_what_ruff_knows_of_the_conventions_is_said_once_and_in_spanish(ana: Author) -> None:
    wrong = (
        "import datetime\nimport logging\n\n\n"
        "def avisar(contrasena, password='abracadabra'):\n"
        "    logging.getLogger('x').info(datetime.datetime.now())\n"
        "    print(contrasena, password)\n"
        "    print('ya')  # noqa: T201 - lo lee otro programa\n"
    )
    ana.write({"src/aviso.py": wrong.replace("'", '"')})
    result = ana.hooks("prek", "--files", "src/aviso.py")
    failed = {name for name, outcome in outcomes(result).items() if outcome == "Failed"}
    assert failed == {CONVENTIONS}, result.output
    said = [line.strip() for line in result.lines if "aviso.py:" in line]
    logger = "usá logger_global.obtener_logger_prefect() "
    zone = 'ZoneInfo("America/Argentina/Buenos_Aires")'
    assert said == [
        "src/aviso.py:5:33: EF05 credencial-en-el-código  «password» lleva un valor escrito en el "
        'código; guardala en un bloque Secret y cargala en la tarea: Secret.load("nombre").get().',
        "src/aviso.py:6:5: TID251 no-se-usa  logging.getLogger no se usa acá; "
        f"{logger}en el flujo o la tarea.",
        "src/aviso.py:6:33: DTZ005 fecha-sin-huso  datetime.datetime.now da acá una fecha sin "
        f"huso; usá datetime.now({zone}).",
        f"src/aviso.py:7:5: T201 logger  print no llega al log; {logger}en el flujo o la tarea.",
    ], result.output


@pytest.mark.real
@pytest.mark.parametrize("tool", ["pre-commit", "prek"])
def test_in_a_monorepo_the_conventions_are_those_of_the_project_and_of_it_alone(
    tmp_path: Path, author: Callable[..., Author], environment: dict[str, str], tool: str
) -> None:
    """pre-commit runs in the repository's own folder, wherever it is called; so does prek with -c."""
    git("init", "-q", cwd=tmp_path, env=environment)
    (tmp_path / "ajeno.py").write_text("import os,sys\n", "utf-8")
    (tmp_path / "ajeno.md").write_text("sin salto al final ", "utf-8")
    folder = tmp_path / "dev" / 'Flujos "de" Ana\'s #1 (a+b) ñ'
    folder.mkdir(parents=True)
    ana = author(folder)
    git("add", "-A", cwd=tmp_path, env=environment)
    config = ("--config", ".pre-commit-config.yaml", "--all-files")
    clean = ana.hooks(tool, *config)
    assert clean.code == 0, clean.output
    assert set(outcomes(clean).values()) == {"Passed"}, clean.output
    assert clean.output.count("Passed") == len(HOOKS) - 1, "all but the tests"
    with (ana.path / "deploy.py").open("a", encoding="utf-8") as file:
        file.write("import os\n")
    caught = ana.hooks(tool, *config)
    assert caught.code != 0 and "Found 1 error (1 fixed" in caught.output, caught.output
    pushed = ana.hooks(tool, *config, "--hook-stage", "pre-push")
    assert pushed.code == 0 and outcomes(pushed) == {TESTS: "Passed"}, pushed.output
    assert (tmp_path / "ajeno.py").read_text("utf-8") == "import os,sys\n"
