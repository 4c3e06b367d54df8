"""Projects in a private repository, deployed and run from it: a real Git host, server and worker."""

from __future__ import annotations

import json
import os
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from harness import SYSTEM_PATH, UV, Project, free_port, git, git_host, run, wait_until, worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness import Generated, GitHost, Result, Server

pytestmark = pytest.mark.real

# Another one in each run, so that nobody else's tests on the machine show it in the list of processes.
TOKEN = f"github_pat_11ABCDEFG0{uuid4().hex}"
POOLS = {"pool_dev": "git-dev", "pool_prod": "git-prod"}

# A dependency that the worker's own environment lacks, a module beside the flow, and a search for
# the token in all that the run can see (written backwards here, so that it does not find itself).
NUMBERS = f'''"""Números romanos, y dónde se ve un texto."""

import logging
import os
from pathlib import Path

import roman

SOUGHT = "{TOKEN[::-1]}"[::-1].encode()


def saludo_romano(numero: int) -> str:
    """Escribe un número a la romana."""
    logging.getLogger("numeros").info("la biblioteca tradujo %d", numero)
    return roman.toRoman(numero)


def donde_esta_el_token() -> list[str]:
    """Busca el token en la copia de la que corre el flujo, y en su entorno."""
    clone = Path(__file__).resolve().parents[3]
    files = [path for path in clone.rglob("*") if path.is_file() and ".venv" not in path.parts]
    assert clone / ".git" / "HEAD" in files
    found = [str(path) for path in files if SOUGHT in path.read_bytes()]
    return found + [name for name, value in os.environb.items() if SOUGHT in value]
'''


# A worker with git-lfs, as Git for Windows brings it: without the variable, it would ask a remote that
# a run's clone does not have.
WORKER_GIT = """
[filter "lfs"]
required = true
clean = cat
smudge = "test $GIT_LFS_SKIP_SMUDGE = 1 && cat"
"""


@dataclass
class Monorepo:
    """A clone of the team's private repository, on its author's machine."""

    path: Path
    url: str
    host: GitHost
    env: dict[str, str]

    def git(self, *arguments: str) -> str:
        result = git(*arguments, cwd=self.path, env=self.env)
        assert result.code == 0, result.output
        return result.output.strip()

    def commit(self, message: str = "Cambios") -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message)
        return self.git("rev-parse", "HEAD")

    def push(self, branch: str = "main") -> None:
        self.git("push", "--quiet", self.host.with_token(self.url), f"HEAD:{branch}")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHost]:
    with git_host(tmp_path_factory.mktemp("host"), TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def git_server(server: Server, host: GitHost) -> Server:
    """The server of all tests, with the token and the pools; its workers trust the Git host."""
    server.make_secret("token-git", TOKEN)
    for pool in POOLS.values():
        server.make_pool(pool)
    own_filters_only = {"GIT_CONFIG_NOSYSTEM": "1"}
    return replace(server, env=server.env | host.env() | own_filters_only)


@pytest.fixture(scope="module")
def worker_folder(
    git_server: Server, installed: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The folder where the workers of both pools write everything they write."""
    folder = tmp_path_factory.mktemp("worker")
    with workers(git_server, installed, folder):
        yield folder


@contextmanager
def workers(server: Server, installed: Project, folder: Path, **env: str) -> Iterator[None]:
    for name in ("home", "tmp", "dev", "prod"):
        (folder / name).mkdir()
    (folder / "home" / ".gitconfig").write_text(WORKER_GIT, "utf-8")
    env = {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp")} | env
    server = replace(server, env=server.env | env)
    talkative = replace(server, env=server.env | {"PREFECT_LOGGING_LEVEL": "DEBUG"})
    with (
        worker(installed, talkative, "git-dev", folder / "dev"),
        worker(installed, server, "git-prod", folder / "prod"),
    ):
        yield


@pytest.fixture(scope="module")
def monorepo(
    host: GitHost,
    git_server: Server,
    generate: Callable[..., Generated],
    tmp_path_factory: pytest.TempPathFactory,
) -> Monorepo:
    """A private repository with two projects in different folders."""
    folder = tmp_path_factory.mktemp("author") / "ProyectosPython"
    folder.mkdir()
    url = host.make_repository("electra/ProyectosPython.git", git_server.env)
    monorepo = Monorepo(folder, url, host, git_server.env)
    monorepo.git("init", "--quiet", "--initial-branch=main")
    answers = {"source": "github", "github_repository": url, "github_secret": "token-git"}
    for slug, place in (("romanos", "dev"), ("deuda", "produccion/área de cobros")):
        (folder / place).mkdir(parents=True)
        generated = generate(
            folder / place, uv=True, server_check="skip", project_slug=slug, **answers, **POOLS
        )
        assert generated.code == 0, generated.output
    romanos = Project(folder / "dev" / "romanos", Path(), {})
    (romanos.path / "src" / "numeros.py").write_text(NUMBERS, "utf-8")
    romanos.edit("prefect.toml", "extra_loggers = []", 'extra_loggers = ["numeros"]')
    romanos.edit("pyproject.toml", '    "tzdata",', '    "roman==5.2",\n    "tzdata",')
    romanos.edit(
        "src/romanos.py",
        "from prefect_logger import",
        "from numeros import donde_esta_el_token, saludo_romano\nfrom prefect_logger import",
    )
    romanos.edit(
        "src/romanos.py",
        "    return largo\n",
        '    logger.info("A la romana: %s. Token en: %s", saludo_romano(largo), donde_esta_el_token())\n'
        "    return largo\n",
    )
    locked = run(UV, "lock", "--quiet", cwd=romanos.path, env=monorepo.env)
    assert locked.code == 0, locked.output
    (folder / ".gitattributes").write_text("*.bin filter=lfs\n", "utf-8")
    (folder / "grande.bin").write_text("un puntero\n", "utf-8")
    monorepo.commit("Dos proyectos")
    monorepo.push()
    return monorepo


@pytest.fixture
def clone(monorepo: Monorepo, tmp_path: Path) -> Monorepo:
    """A clone for one test, to do wrong things in, and a branch of its own on the host."""
    path = tmp_path / "clone"
    name = tmp_path.name.replace("_", "-")
    monorepo.git("clone", "--quiet", str(monorepo.path), str(path))
    clone = replace(monorepo, path=path)
    deuda = Project(path / "produccion/área de cobros/deuda", Path(), {})
    deuda.edit("deploy.py", 'branch="main"', f'branch="{branch_of(name)}"')
    deuda.edit("deploy.py", 'name="deuda"', f'name="{name}"')
    clone.git("remote", "set-url", "origin", monorepo.url)
    clone.commit()
    clone.push(branch_of(name))
    return clone


def branch_of(name: str) -> str:
    """Return the branch of a test: with all that Git allows in a name."""
    return f"pruebas/ñandú#{name}"


@dataclass
class Deuda:
    """The project of a clone that has no dependency of its own, so any environment will do."""

    project: Project
    clone: Monorepo
    server: Server
    name: str

    @property
    def branch(self) -> str:
        return branch_of(self.name)

    def deploy(self, *arguments: str, **env: str) -> Result:
        result = self.project.deploy(*arguments, **env)
        assert "Traceback" not in result.output, result.output
        assert TOKEN not in result.output
        return result

    def refused(self, *arguments: str, **env: str) -> list[str]:
        """Deploy to both environments in vain, and return what `deploy.py` calls an error."""
        result = self.deploy(*arguments, **env)
        assert result.code == 1, result.output
        found = self.server.api(
            "POST", "/deployments/filter", {"deployments": {"name": {"like_": self.name}}}
        )
        assert found == [], "nothing may be deployed"
        return [line.removeprefix("  error  ") for line in result.lines if " error  " in line]


@pytest.fixture
def deuda(clone: Monorepo, git_server: Server, installed: Project) -> Deuda:
    path = clone.path / "produccion/área de cobros/deuda"
    project = Project(path, installed.python, installed.env | git_server.env)
    return Deuda(project, clone, git_server, clone.path.parent.name.replace("_", "-"))


def uv_deploy(monorepo: Monorepo, project: str, *arguments: str) -> Result:
    """Run deploy.py as the README says, in the project's own environment."""
    command = (UV, "run", "--frozen", "deploy.py", *arguments)
    env = monorepo.env | {"PYTHONUTF8": "1"}
    return run(*command, cwd=monorepo.path / project, env=env)


def last_run(server: Server, name: str) -> dict[str, Any]:
    """Return the last run of a deployment that has begun."""
    body = {
        "deployments": {"name": {"any_": [name]}},
        "flow_runs": {"state": {"type": {"not_any_": ["SCHEDULED"]}}},
        "sort": "EXPECTED_START_TIME_DESC",
        "limit": 1,
    }
    return server.api("POST", "/flow_runs/filter", body)[0]


def logged(server: Server, name: str, text: str) -> str:
    """Return the log of the last run of a deployment, once it holds a text."""
    query = {
        "logs": {"flow_run_id": {"any_": [last_run(server, name)["id"]]}},
        "sort": "TIMESTAMP_ASC",
    }

    def messages() -> str:
        found = "\n".join(log["message"] for log in server.api("POST", "/logs/filter", query))
        return found if text in found else ""

    return wait_until(messages, f"«{text}» in the log of {name}")


# --- From the repository to a completed run -----------------------------------------------------


def test_a_project_in_a_folder_of_a_private_monorepo_runs_with_its_modules_and_its_own_dependencies(
    monorepo: Monorepo, git_server: Server, installed: Project, worker_folder: Path
) -> None:
    assert installed.run("-c", "import roman").code != 0, "the worker has it itself"
    with commands_seen() as commands:
        result = uv_deploy(monorepo, "dev/romanos", "--run")
    assert result.code == 0, result.output
    assert "Terminó bien (Completed)" in result.output
    log = logged(git_server, "romanos-dev", "A la romana: XIII")
    assert "Token en: []" in log
    assert log.count("la biblioteca tradujo 13") == 1, "prefect.toml of the repository holds"
    file = worker_folder / "home" / ".prefect" / "logs" / "romanos" / "romanos.log"
    assert file.read_text("utf-8").count("Flow 'romanos' - la biblioteca tradujo 13\n") == 1
    commit = monorepo.git("rev-parse", "--short=12", "HEAD")
    python = rf"{re.escape(str(worker_folder / 'tmp'))}/\S+/dev/romanos/\.venv/bin/python"
    assert re.search(
        rf"Comienza el flujo con Python 3\.\S+ \({python}\), commit {commit}$", log, re.M
    )
    assert not any(TOKEN in command for command in commands), "a token in the list of processes"
    assert any("git-remote-https" in command for command in commands), "the list saw the fetch"


def test_the_log_file_outlives_the_clone_and_deploy_says_where_it_is(
    monorepo: Monorepo, git_server: Server, worker_folder: Path
) -> None:
    result = uv_deploy(monorepo, "produccion/área de cobros/deuda", "--run")
    assert result.code == 0, result.output
    assert "  Logs: ~/.prefect/logs/deuda, en la máquina del worker" in result.lines
    log = worker_folder / "home" / ".prefect" / "logs" / "deuda" / "deuda.log"
    assert "Task 'entregar_saludo' - ¡Hola, mundo!" in log.read_text("utf-8")
    wait_until(lambda: not list((worker_folder / "tmp").rglob(".git")), "the clone's end")


def test_a_project_that_is_a_repository_of_its_own_runs_too(
    git_server: Server,
    host: GitHost,
    generate: Callable[..., Generated],
    installed: Project,
    worker_folder: Path,
    tmp_path: Path,
) -> None:
    url = host.make_repository("electra/sola.git", git_server.env)
    answers = {"source": "github", "github_repository": url, "github_secret": "token-git"}
    generated = generate(
        tmp_path, uv=True, server_check="skip", project_slug="sola", **answers, **POOLS
    )
    sola = Project(generated.path, installed.python, installed.env | git_server.env)
    refused = sola.deploy()
    assert (
        f"subila con «git remote add origin {url}» y «git push origin HEAD:main»" in refused.output
    )
    Monorepo(sola.path, url, host, sola.env).push()
    result = sola.deploy("--run")
    assert result.code == 0, result.output


def test_dev_follows_the_branch_and_prod_stays_at_the_deployed_commit(
    deuda: Deuda, git_server: Server, worker_folder: Path
) -> None:
    clone, name = deuda.clone, deuda.name
    deployed = clone.git("rev-parse", "HEAD")
    for env, code in (
        ("dev", f"lo último de la rama {deuda.branch} de {clone.url} (hoy, {deployed[:12]})"),
        ("prod", f"el commit {deployed[:12]} de {clone.url}, fijo hasta el próximo despliegue"),
    ):
        result = deuda.deploy("--env", env)
        assert result.code == 0, result.output
        assert f"  Código: {code}" in result.lines
    deuda.project.edit("src/deuda.py", "¡Hola, {nombre}!", "¡Chau, {nombre}!")
    moved = clone.commit()
    clone.push(deuda.branch)
    clone.git("tag", deuda.branch, deployed)  # a tag of the same name is not the branch
    clone.git("push", "--quiet", clone.host.with_token(clone.url), f"refs/tags/{deuda.branch}")
    for env, greeting, commit in (("dev", "Chau", moved), ("prod", "Hola", deployed)):
        start(git_server, f"{name}-{env}")
        log = logged(git_server, f"{name}-{env}", f"¡{greeting}, mundo!")
        assert f"commit {commit[:12]}" in log


def content(path: Path) -> bytes:
    """Return what a file holds; nothing for a folder, or for a file that is gone by now."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def start(server: Server, name: str) -> dict[str, Any]:
    """Run a deployment on its worker, and return the run when it has ended."""
    (found,) = server.api(
        "POST", "/deployments/filter", {"deployments": {"name": {"any_": [name]}}}
    )
    started = server.api("POST", f"/deployments/{found['id']}/create_flow_run", {})

    def ended() -> dict[str, Any] | None:
        current = server.api("GET", f"/flow_runs/{started['id']}")
        return current if current["state"]["type"] in ("COMPLETED", "FAILED", "CRASHED") else None

    return wait_until(ended, f"a run of {name}")


@contextmanager
def commands_seen() -> Iterator[set[str]]:
    """Collect the command lines of all processes, as any user of the machine can see them."""
    commands: set[str] = set()
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.005):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    commands.add(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:
                    continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield commands
    finally:
        done.set()
        thread.join()


# --- What you deploy is what you see ------------------------------------------------------------


def test_a_change_without_a_commit_is_refused(deuda: Deuda) -> None:
    deuda.project.edit("src/deuda.py", "Hola", "Chau")
    (deuda.project.path / "src" / "nuevo.py").write_text("", "utf-8")
    assert deuda.refused() == [
        "Hay cambios sin commit (src/deuda.py, src/nuevo.py): "
        f"«git add .», «git commit» y «git push origin HEAD:{deuda.branch}»."
    ]


def test_a_change_elsewhere_in_the_monorepo_is_nobody_s_business(deuda: Deuda) -> None:
    (deuda.clone.path / "dev" / "romanos" / "README.md").write_text("Otro", "utf-8")
    result = deuda.deploy()
    assert result.code == 0, result.output


def test_a_commit_that_was_not_pushed_is_refused_in_both_environments(deuda: Deuda) -> None:
    deuda.project.edit("src/deuda.py", "Hola", "Chau")
    commit = deuda.clone.commit()
    fork = deuda.clone.url.replace("electra", "ana")
    for env, remote, url in (
        ("dev", "electra", "ssh://git@localhost/Electra/ProyectosPython"),
        ("prod", deuda.clone.url, fork),
    ):
        deuda.clone.git("remote", "add", "electra", url)
        deuda.clone.git("remote", "set-url", "origin", fork)
        assert deuda.refused("--env", env) == [
            f"El commit {commit[:12]} no está en la rama {deuda.branch} de {deuda.clone.url}: "
            f"«git push {remote} HEAD:{deuda.branch}»."
        ]
        deuda.clone.git("remote", "remove", "electra")


def test_a_flow_that_git_ignores_is_refused(deuda: Deuda) -> None:
    deuda.clone.git("rm", "--quiet", "--cached", str(deuda.project.path / "src" / "deuda.py"))
    (deuda.clone.path / ".gitignore").write_text("deuda.py\n", "utf-8")
    deuda.clone.commit()
    deuda.clone.push(deuda.branch)
    (first, *rest) = deuda.refused()
    assert first.startswith("src/deuda.py no está en el commit: «git add --force src/deuda.py»")
    assert len(rest) == 1 and "no se puede importar" in rest[0]


def test_a_module_that_git_ignores_is_found_missing_before_the_run_does(deuda: Deuda) -> None:
    """The flow is imported from the commit, not from this folder."""
    (deuda.project.path / "src" / "aparte.py").write_text("VALOR = 1\n", "utf-8")
    (deuda.clone.path / ".gitignore").write_text("aparte.py\n", "utf-8")
    deuda.project.edit("src/deuda.py", "from run_info", "import aparte\nfrom run_info")
    deuda.clone.commit()
    deuda.clone.push(deuda.branch)
    (error,) = deuda.refused()
    assert "ModuleNotFoundError: No module named 'aparte'" in error


def test_a_branch_with_newer_changes_is_refused_in_dev_and_told_in_prod(deuda: Deuda) -> None:
    deuda.project.edit("deploy.py", '"prod": "git-prod"', '"prod": "git-prod", "otro": "git-prod"')
    deuda.clone.commit()
    deuda.project.edit("src/deuda.py", "Hola", "Chau")
    deuda.clone.commit()
    deuda.clone.push(deuda.branch)
    deuda.clone.git("reset", "--quiet", "--hard", "HEAD~1")
    (error,) = deuda.refused()
    assert "hay cambios de este proyecto que no están acá" in error
    assert error.endswith(f"«git pull origin {deuda.branch}».")
    for env in ("prod", "otro"):
        result = deuda.deploy("--env", env)
        assert result.code == 0, result.output
        assert "cambios más nuevos de este proyecto" in result.output
        assert "fijo hasta el próximo despliegue" in result.output


def test_what_a_worker_does_not_fetch_is_told(deuda: Deuda) -> None:
    (deuda.project.path / ".gitattributes").write_text("*.bin filter=lfs\n", "utf-8")
    (deuda.project.path / "src" / "grande.bin").write_text("un puntero\n", "utf-8")
    (deuda.project.path / "src" / "común").mkdir()
    place = "produccion/área de cobros/deuda/src/común"
    link = f"160000,{deuda.clone.git('rev-parse', 'HEAD')},{place}"
    deuda.clone.git("update-index", "--add", "--cacheinfo", link)
    deuda.clone.commit()
    deuda.clone.push(deuda.branch)
    result = deuda.deploy("--check")
    assert result.code == 0, result.output
    for what in ("src/común está un submódulo", "src/grande.bin está en Git LFS"):
        assert f"  aviso  {what}, que el worker no baja: no lo va a tener." in result.lines


def test_a_push_between_the_check_and_the_deploy_is_noticed(deuda: Deuda, host: GitHost) -> None:
    deuda.project.edit("src/deuda.py", "Hola", "Chau")
    deuda.clone.commit()
    deuda.clone.push("adelantada")
    deuda.clone.git("reset", "--quiet", "--hard", "HEAD~1")
    repository = host.folder / "electra" / "ProyectosPython.git"
    asked: list[str] = []

    def move_branch(path: str) -> None:
        asked.append(path)
        if sum("info/refs" in path for path in asked) == 2 * 2:  # each one is asked for a token
            new = f"refs/heads/{deuda.branch}"
            git("update-ref", new, "refs/heads/adelantada", cwd=repository, env=deuda.clone.env)

    host.on_request = move_branch
    try:
        result = deuda.deploy()
    finally:
        host.on_request = str
    assert result.code == 1
    assert result.lines[-1] == (
        f"La rama {deuda.branch} cambió mientras se revisaba: volvé a desplegar."
    )
    assert deuda.refused() != []


# --- What can be wrong with the repository --------------------------------------------------------


def test_a_wrong_or_expired_token_is_told_apart(deuda: Deuda, host: GitHost) -> None:
    host.token = "github_pat_otro"
    try:
        (error,) = deuda.refused(PREFECT_LOGGING_LEVEL="DEBUG", PREFECT_DEBUG_MODE="1")
    finally:
        host.token = TOKEN
    assert "rechazó el token del bloque Secret «token-git»: está mal o venció" in error


def test_a_token_without_the_permission_is_told_apart(deuda: Deuda, host: GitHost) -> None:
    host.forbidden = True
    try:
        (error,) = deuda.refused()
    finally:
        host.forbidden = False
    assert "le falta el permiso «Contents: Read-only»" in error


def test_a_block_without_a_token_in_it_is_told_apart(deuda: Deuda) -> None:
    deuda.server.make_secret("token-roto", f"{TOKEN}\n")
    deuda.project.edit("deploy.py", "token-git", "token-roto")
    deuda.clone.commit()
    deuda.clone.push(deuda.branch)
    (error,) = deuda.refused()
    assert "El valor del bloque Secret «token-roto» no es un token" in error


def test_without_the_block_it_says_how_to_create_it(deuda: Deuda) -> None:
    deuda.project.edit("deploy.py", "token-git", "token-que-falta")
    deuda.clone.commit()
    deuda.clone.push(deuda.branch)
    (error,) = deuda.refused()
    assert error.startswith("Falta el bloque Secret «token-que-falta»")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("ProyectosPython.git", "Otro.git", "No existe https://localhost:"),
        ("https://localhost:{port}", "https://localhost:{closed}", "No hay conexión con https://"),
        ("https://localhost:", "https://no-existe.invalid:", "No hay conexión con https://"),
        ("https://localhost:", "https://127.0.0.1:", "Git no confía en el certificado de https://"),
        ("https://localhost:", "http://localhost:", "url tiene que ser https://servidor"),
        ("https://localhost:", f"https://x:{TOKEN}@localhost:", "url tiene que ser https://servidor"),
        ('branch="', 'branch="otra-', "no tiene la rama otra-"),
        ('branch="', 'branch="--upload-pack=', "no es el nombre de una rama"),
        ('branch="', 'branch="/', "no es el nombre de una rama"),
    ],
    ids=["repository", "port", "name", "certificate", "http", "credentials", "branch", "option", "slash"],
)  # fmt: skip
def test_a_repository_that_cannot_be_read_is_named_with_the_reason(
    deuda: Deuda, host: GitHost, old: str, new: str, problem: str
) -> None:
    ports = {"port": host.url.rpartition(":")[2], "closed": free_port()}
    deuda.project.edit("deploy.py", old.format(**ports), new.format(**ports))
    deuda.clone.commit()
    (error,) = deuda.refused()
    assert problem in error


def test_a_project_outside_of_any_repository_is_told_where_it_goes(
    deuda: Deuda, tmp_path: Path
) -> None:
    alone = tmp_path / "suelta"
    deuda.project.path.rename(alone)
    project = replace(deuda.project, path=alone)
    (error,) = replace(deuda, project=project).refused()
    assert error.startswith("El proyecto no está en un repositorio de Git")


def test_without_git_it_says_so(deuda: Deuda) -> None:
    (error, *_) = deuda.refused(PATH="/no/hay/nada")
    assert error == "No está Git (https://git-scm.com/): instalalo."


# --- Runs that cannot get their code or their environment -------------------------------------------


@pytest.mark.parametrize(("path", "missing"), [(SYSTEM_PATH, "uv"), (str(UV.parent), "Git")])
def test_a_run_without_a_tool_on_the_worker_says_so_and_does_not_go_on(
    deuda: Deuda, git_server: Server, installed: Project, tmp_path: Path, path: str, missing: str
) -> None:
    name = f"{deuda.name}-sin-{missing}"
    git_server.make_pool(name)
    deuda.project.edit("deploy.py", '"git-dev"', f'"{name}"')
    deuda.clone.commit()
    deuda.clone.push(deuda.branch)
    env = git_server.env | {"PATH": f"{installed.python.parent}:{path}"}
    with worker(installed, replace(git_server, env=env), name, tmp_path):
        result = deuda.deploy("--run")
    assert result.code == 1
    assert f"No llegó a empezar: RuntimeError: El worker no encuentra {missing}" in result.output
    assert f"no encuentra {missing}" in logged(git_server, f"{deuda.name}-dev", "no encuentra")


def fetch(deuda: Deuda, folder: Path, tools: Path, **env: str) -> str:
    """Fetch the code as a worker does that has these tools first, and return the flow's file."""
    arguments = {
        "url": deuda.clone.host.with_token(deuda.clone.url),
        "ref": f"refs/heads/{deuda.branch}",
        "folder": str(folder),
        "project": str(folder / "produccion/área de cobros/deuda"),
        "file": "src/deuda.py",
        "git_env": {"FLOW_GIT_TOKEN": TOKEN} | env,
    }
    program = "import json, sys; from deployment.fetch_code import fetch_code as fetch;"
    program += "fetch(**json.loads(sys.argv[1]))"
    path = f"{tools}:{deuda.project.env['PATH']}"
    done = deuda.project.run("-c", program, json.dumps(arguments), PATH=path)
    assert done.code == 0, done.output
    return Path(arguments["project"], "src", "deuda.py").read_text("utf-8")


def tool(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    (folder / name).chmod(0o755)


def test_a_worker_with_an_old_git_is_told_which_one(deuda: Deuda, tmp_path: Path) -> None:
    tool(tmp_path / "bin", "git", "echo git version 2.30.9.windows.1")
    flow = fetch(deuda, tmp_path / "repositorio", tmp_path / "bin")
    assert f"El Git del worker ({tmp_path}/bin/git) es 2.30: instalá 2.31 o más nuevo" in flow


def test_uv_does_not_see_the_token_and_its_complaint_becomes_the_flow(
    deuda: Deuda, tmp_path: Path
) -> None:
    """A dependency from another repository is fetched as the worker's user, not with this token."""
    tool(
        tmp_path / "bin",
        "uv",
        f"env > {tmp_path}/env; printf 'Una \"comilla\" y \\\\\n«otra»'; exit 2",
    )
    flow = fetch(deuda, tmp_path / "repositorio", tmp_path / "bin", GIT_CONFIG_COUNT="0")
    seen = (tmp_path / "env").read_text("utf-8")
    assert "PATH=" in seen and TOKEN not in seen and "GIT_CONFIG_COUNT" not in seen
    with pytest.raises(RuntimeError) as problem:
        exec(flow)
    assert str(problem.value) == (
        'No se pudieron instalar las dependencias de uv.lock. uv dijo: Una "comilla" y \\ «otra»'
    )
    assert not (tmp_path / "repositorio/produccion/área de cobros/deuda/pyproject.toml").exists()


def test_a_run_that_cannot_install_its_dependencies_says_why(
    deuda: Deuda, worker_folder: Path, tmp_path: Path
) -> None:
    empty = f'"UV_OFFLINE": "1", "UV_CACHE_DIR": "{tmp_path / "vacia"}"'
    deuda.project.edit("deploy.py", 'env={"PYTHONUTF8": "1"', f'env={{{empty}, "PYTHONUTF8": "1"')
    deuda.clone.commit()
    deuda.clone.push(deuda.branch)
    result = deuda.deploy("--run")
    assert result.code == 1
    assert (
        "RuntimeError: No se pudieron instalar las dependencias de uv.lock. uv dijo:"
        in result.output
    )
    assert "Traceback" not in result.output


def test_a_run_that_cannot_fetch_its_code_says_why_and_leaks_nothing(
    deuda: Deuda, git_server: Server, host: GitHost, worker_folder: Path
) -> None:
    result = deuda.deploy()
    assert result.code == 0, result.output
    host.token = "github_pat_otro"
    try:
        ended = start(git_server, f"{deuda.name}-dev")
    finally:
        host.token = TOKEN
    assert ended["state"]["type"] == "CRASHED"
    log = logged(git_server, f"{deuda.name}-dev", "No se pudo bajar")
    assert f"Git dijo: fatal: Authentication failed for '{deuda.clone.url}/'" in log
    assert TOKEN not in log


def test_the_token_is_nowhere_but_in_its_block(
    monorepo: Monorepo, git_server: Server, host: GitHost, worker_folder: Path, tmp_path: Path
) -> None:
    """After all of the above: in no file of author, worker and server, in no answer of the API."""
    server_folder = Path(git_server.env["PREFECT_HOME"]).parent
    folders = [monorepo.path, tmp_path.parent, worker_folder, server_folder, host.folder]
    # os.walk, since a worker may just be removing the folder of a run.
    paths = (
        Path(parent, name)
        for folder in folders
        for parent, _, names in os.walk(folder)
        for name in names
    )
    files = {path: content(path) for path in paths}
    assert any(path.suffix == ".db" for path in files), "the server's database is among them"
    assert b"| DEBUG " in files[worker_folder / "dev" / "worker.log"], "one worker tells all"
    ours = re.compile(r"/test_a_repository_that_cannot[^/]*/")  # one writes it into its deploy.py
    assert {
        str(path)
        for path, text in files.items()
        if TOKEN.encode() in text and not ours.search(str(path))
    } == set()
    for path in ("/deployments/filter", "/logs/filter", "/flow_runs/filter", "/events/filter"):
        assert TOKEN not in str(git_server.api("POST", path, {}))
    deployed = str(git_server.api("POST", "/deployments/filter", {}))
    assert "prefect.blocks.secret.token-git" in deployed
    assert f"'credential.{host.url}.helper'" in deployed, "no other server gets it"
