"""Projects in a private repository, deployed and run from it: a real Git host, server and worker.

What can be wrong here, there and on the worker is told apart in tests/sources/; here, that it is
told before anything is deployed, or by the run itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from end_to_end.private_repository import (
    Monorepo,
    add_shared_package,
    branch_of,
    commands_seen,
    content,
    files_of,
    logged,
    start,
)
from harness import SYSTEM_PATH, UV, Project, git_host, hours_away, run, wait_until, worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness import Generated, GitHost, Result, Server

pytestmark = pytest.mark.real

# Another one in each run, so that nobody else's tests on the machine show it in the list of processes.
TOKEN = f"github_pat_11ABCDEFG0{uuid4().hex}"
POOL = "git-prod"

# A dependency that the worker's own environment lacks, a module beside the flow, and a search for
# the token in all that the run can see (written backwards here, so that it does not find itself).
NUMBERS = f'''"""Números romanos, y dónde se ve un texto."""

import logging
import os
from pathlib import Path

import comun
import electra_flow
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


def donde_esta_la_biblioteca() -> str:
    """Dice de dónde sale electra_flow."""
    return electra_flow.__file__


def donde_esta_lo_comun() -> str:
    """Dice de dónde sale lo que comparten los proyectos."""
    return comun.donde()
'''

COMUN = '''"""Lo que comparten los proyectos."""


def donde() -> str:
    """Dice de dónde sale este módulo."""
    return __file__
'''


# A worker with git-lfs, as Git for Windows brings it: without the variable, it would ask a remote that
# a run's clone does not have.
WORKER_GIT = """
[filter "lfs"]
required = true
clean = cat
smudge = "test $GIT_LFS_SKIP_SMUDGE = 1 && cat"
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHost]:
    with git_host(tmp_path_factory.mktemp("host"), TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def git_server(server: Server, host: GitHost) -> Server:
    """The server of all tests, with the token; its workers trust the Git host."""
    server.make_secret("token-git", TOKEN)
    own_filters_only = {"GIT_CONFIG_NOSYSTEM": "1"}
    return replace(server, env=server.env | host.env() | own_filters_only)


def home(folder: Path) -> dict[str, str]:
    return {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp")}


@pytest.fixture(scope="module")
def worker_folder(
    git_server: Server, installed: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The folder where a worker that tells all writes everything it writes."""
    folder = tmp_path_factory.mktemp("worker")
    for name in ("home", "tmp"):
        (folder / name).mkdir()
    (folder / "home" / ".gitconfig").write_text(WORKER_GIT, "utf-8")
    talkative = git_server.env | home(folder) | {"PREFECT_LOGGING_LEVEL": "DEBUG"}
    with worker(installed, replace(git_server, env=talkative), POOL, folder):
        yield folder


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
            folder / place,
            uv=True,
            server_check="skip",
            project_slug=slug,
            cron=hours_away(),
            pool_prod=POOL,
            **answers,
        )
        assert generated.code == 0, generated.output
    romanos = Project(folder / "dev" / "romanos", Path(), {})
    romanos.edit("deploy.py", '"pool-dev"', '"pool-con-worker"')
    (romanos.path / "src" / "numeros.py").write_text(NUMBERS, "utf-8")
    romanos.edit("prefect.toml", "extra_loggers = []", 'extra_loggers = ["numeros"]')
    romanos.edit(
        "pyproject.toml",
        '    "prefect>=3.8,<4",',
        '    "prefect>=3.8,<4",\n    "roman==5.2",\n    "comun",',
    )
    romanos.edit(
        "pyproject.toml",
        "[tool.uv.sources]\n",
        '[tool.uv.sources]\ncomun = { path = "../../comun", editable = true }\n',
    )
    add_shared_package(folder / "comun", COMUN)
    romanos.edit(
        "src/romanos.py",
        "from electra_flow import",
        "from numeros import (\n"
        "    donde_esta_el_token,\n    donde_esta_la_biblioteca,\n    donde_esta_lo_comun,\n"
        "    saludo_romano,\n)\n"
        "from electra_flow import",
    )
    romanos.edit(
        "src/romanos.py",
        "    return largo\n",
        '    logger.info("A la romana: %s. Token en: %s", saludo_romano(largo), donde_esta_el_token())\n'
        '    logger.info("Lo común: %s", donde_esta_lo_comun())\n'
        '    logger.info("La biblioteca: %s", donde_esta_la_biblioteca())\n'
        "    return largo\n",
    )
    locked = run(UV, "lock", "--quiet", cwd=romanos.path, env=monorepo.env)
    assert locked.code == 0, locked.output
    (folder / ".gitattributes").write_text("*.bin filter=lfs\n", "utf-8")
    (folder / "grande.bin").write_text("un puntero\n", "utf-8")
    monorepo.commit("Dos proyectos")
    monorepo.push()
    return monorepo


CLONES: list[Path] = []


@pytest.fixture
def clone(monorepo: Monorepo, tmp_path: Path) -> Monorepo:
    """A clone for one test, to do wrong things in, and a branch of its own on the host."""
    path = tmp_path / "clone"
    name = tmp_path.name.replace("_", "-")
    monorepo.git("clone", "--quiet", str(monorepo.path), str(path))
    clone = replace(monorepo, path=path)
    CLONES.append(path)
    deuda = Project(path / "produccion/área de cobros/deuda", Path(), {})
    branch_and_block = f'branch="{branch_of(name)}", credentials_block='
    deuda.edit("deploy.py", "credentials_block=", branch_and_block)
    deuda.edit("deploy.py", 'name="deuda"', f'name="{name}"')
    clone.git("remote", "set-url", "origin", monorepo.url)
    clone.commit()
    clone.push(branch_of(name))
    return clone


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
        """Deploy to prod, or where it is said."""
        result = self.project.deploy("--env", "prod", *arguments, **env)
        assert "Traceback" not in result.output, result.output
        assert TOKEN not in result.output
        return result

    def refused(self, *arguments: str, **env: str) -> list[str]:
        """Deploy in vain, and return what `deploy.py` calls an error."""
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


# --- From the repository to a completed run -----------------------------------------------------


def test_a_project_in_a_folder_of_a_private_monorepo_runs_with_all_that_it_needs(
    monorepo: Monorepo, git_server: Server, installed: Project, host: GitHost, worker_folder: Path
) -> None:
    """Its modules, its own dependencies, and the library, with a token for that one repository."""
    assert installed.run("-c", "import roman").code != 0, "the worker has it itself"
    command = (UV, "run", "--frozen", "deploy.py", "--env", "prod", "--run")
    env = monorepo.env | {"PYTHONUTF8": "1"}
    asked: list[str] = []
    host.on_request = asked.append
    with commands_seen() as commands:
        result = run(*command, cwd=monorepo.path / "dev" / "romanos", env=env)
    host.on_request = str
    assert result.code == 0, result.output
    assert "Terminó bien (Completed)" in result.output
    log = logged(git_server, "romanos-prod", "La biblioteca: ")
    assert "A la romana: XIII. Token en: []" in log
    assert log.count("la biblioteca tradujo 13") == 1, "prefect.toml of the repository holds"
    assert {path.split("/info/")[0].split("/git-")[0] for path in asked} == {
        "/electra/ProyectosPython.git"
    }
    commit = monorepo.git("rev-parse", "--short=12", "HEAD")
    environment = rf"{re.escape(str(worker_folder / 'tmp'))}/\S+/dev/romanos/\.venv"
    assert re.search(
        rf"Comienza el flujo con Python 3\.\S+ \({environment}/bin/python\), commit {commit}"
        r", worker «.+» en \S+$",
        log,
        re.M,
    )
    assert re.search(
        rf"^La biblioteca: {environment}/lib/\S+/electra_flow/__init__\.py$", log, re.M
    )
    assert re.search(
        rf"^Lo común: {re.escape(str(worker_folder / 'tmp'))}/\S+/comun/src/comun/__init__\.py$",
        log,
        re.M,
    ), "what projects share is that of the commit"
    assert not any(TOKEN in command for command in commands), "a token in the list of processes"
    assert any("git-remote-https" in command for command in commands), "the list saw the fetch"

    # Its log file outlives the clone.
    assert "  Logs: ~/.prefect/logs/romanos, donde corre cada ejecución" in result.lines
    wait_until(lambda: not list((worker_folder / "tmp").rglob(".git")), "the clone's end")
    file = worker_folder / "home" / ".prefect" / "logs" / "romanos" / "romanos.log"
    text = file.read_text("utf-8")
    assert text.count("Flow 'romanos' - la biblioteca tradujo 13\n") == 1
    assert "Task 'entregar_saludo' - ¡Hola, mundo!" in text


def test_what_projects_share_works_from_a_folder_too(
    monorepo: Monorepo, git_server: Server, worker_log: Path
) -> None:
    """In dev, which takes the code from where its author has it."""
    command = (UV, "run", "--frozen", "deploy.py", "--run")
    folder = monorepo.path / "dev" / "romanos"
    result = run(*command, cwd=folder, env=monorepo.env | {"PYTHONUTF8": "1"})
    assert "Terminó bien (Completed)" in result.output, result.output
    shared = monorepo.path / "comun" / "src" / "comun" / "__init__.py"
    assert f"Lo común: {shared}\n" in logged(git_server, "romanos-dev", "La biblioteca: ")


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
    answers |= {"project_slug": "sola", "pool_prod": POOL, "cron": hours_away()}
    generated = generate(tmp_path, uv=True, server_check="skip", **answers)
    sola = Project(generated.path, installed.python, installed.env | git_server.env)
    refused = sola.deploy("--env", "prod")
    assert (
        f"subila con «git remote add origin {url}» y «git push origin HEAD:main»" in refused.output
    )
    Monorepo(sola.path, url, host, sola.env).push()
    result = sola.deploy("--env", "prod", "--run")
    assert result.code == 0, result.output


def test_dev_follows_the_branch_and_prod_stays_at_the_deployed_commit(
    deuda: Deuda, git_server: Server, installed: Project, worker_folder: Path, tmp_path: Path
) -> None:
    """Where dev has a GitSource, too; what is generated has dev in the folder."""
    text = (deuda.project.path / "deploy.py").read_text("utf-8")
    (source,) = re.findall(r"GitSource\(\n.*?\n            \)", text, re.S)
    deuda.project.edit("deploy.py", "LocalFolder(__file__)", source)
    deuda.project.edit("deploy.py", '"pool-dev"', '"git-dev"')
    git_server.make_pool("git-dev")
    clone, name = deuda.clone, deuda.name
    deployed = clone.commit()
    clone.push(deuda.branch)
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
    of_dev = replace(git_server, env=git_server.env | home(worker_folder))
    with worker(installed, of_dev, "git-dev", tmp_path):
        for env, greeting, commit in (("dev", "Chau", moved), ("prod", "Hola", deployed)):
            start(git_server, f"{name}-{env}")
            log = logged(git_server, f"{name}-{env}", f"¡{greeting}, mundo!")
            assert f"commit {commit[:12]}" in log


# --- What is refused, here and by the run itself --------------------------------------------------


def test_what_you_deploy_is_what_you_see(deuda: Deuda) -> None:
    """A change without a commit is refused; and the flow is imported as it is in the commit."""
    (deuda.project.path / "src" / "aparte.py").write_text("VALOR = 1\n", "utf-8")
    (deuda.clone.path / ".gitignore").write_text("aparte.py\n", "utf-8")
    deuda.project.edit("src/deuda.py", "from electra_flow", "import aparte\nfrom electra_flow")
    changed, not_in_commit = deuda.refused("--check")[0], deuda.clone.commit()
    assert changed == (
        f"Hay cambios sin commit (src/deuda.py): «git add .», «git commit» y "
        f"«git push origin HEAD:{deuda.branch}»."
    )
    deuda.clone.push(deuda.branch)
    (error,) = deuda.refused()
    assert "ModuleNotFoundError: No module named 'aparte'" in error, not_in_commit


def test_what_is_wrong_with_the_repository_is_told_without_the_token(
    deuda: Deuda, host: GitHost
) -> None:
    deuda.clone.git("rm", "--quiet", "--cached", "-r", "vendor")
    (deuda.clone.path / ".gitignore").write_text("*.whl\n", "utf-8")
    deuda.clone.commit()
    host.token = "github_pat_otro"
    try:
        library, token = deuda.refused(PREFECT_LOGGING_LEVEL="DEBUG", PREFECT_DEBUG_MODE="1")
    finally:
        host.token = TOKEN
    assert re.match(r"\.\./\.\./\.\./vendor/electra_flow-\S+\.whl no está en el commit: ", library)
    assert "rechazó el token del bloque Secret «token-git»: está mal o venció" in token


def test_a_run_without_uv_on_its_worker_says_so_and_does_not_go_on(
    deuda: Deuda, git_server: Server, installed: Project, tmp_path: Path
) -> None:
    pool = f"{deuda.name}-sin-uv"
    git_server.make_pool(pool)
    deuda.project.edit("deploy.py", f'"{POOL}"', f'"{pool}"')
    deuda.clone.commit()
    deuda.clone.push(deuda.branch)
    env = git_server.env | {"PATH": f"{installed.python.parent}:{SYSTEM_PATH}"}
    with worker(installed, replace(git_server, env=env), pool, tmp_path):
        result = deuda.deploy("--run")
    assert result.code == 1
    assert "No llegó a empezar: RuntimeError: El worker no encuentra uv" in result.output
    assert "no encuentra uv" in logged(git_server, f"{deuda.name}-prod", "no encuentra")


def test_a_run_that_cannot_fetch_its_code_says_why_and_leaks_nothing(
    deuda: Deuda, git_server: Server, host: GitHost, worker_folder: Path
) -> None:
    result = deuda.deploy()
    assert result.code == 0, result.output
    host.token = "github_pat_otro"
    try:
        ended = start(git_server, f"{deuda.name}-prod")
    finally:
        host.token = TOKEN
    assert ended["state"]["type"] == "CRASHED"
    log = logged(git_server, f"{deuda.name}-prod", "No se pudo bajar")
    assert f"Git dijo: fatal: Authentication failed for '{deuda.clone.url}/'" in log
    assert TOKEN not in log


def test_the_token_is_nowhere_but_in_its_block(
    monorepo: Monorepo, git_server: Server, host: GitHost, worker_folder: Path
) -> None:
    """After all of the above: in no file of author, worker and server, in no answer of the API."""
    server_folder = Path(git_server.env["PREFECT_HOME"]).parent
    folders = [monorepo.path, *CLONES, worker_folder, server_folder, host.folder]
    assert CLONES
    files = {path: content(path) for folder in folders for path in files_of(folder)}
    assert any(path.suffix == ".db" for path in files), "the server's database is among them"
    assert b"| DEBUG " in files[worker_folder / "worker.log"], "the worker tells all"
    assert {str(path) for path, text in files.items() if TOKEN.encode() in text} == set()
    for path in ("/deployments/filter", "/logs/filter", "/flow_runs/filter", "/events/filter"):
        assert TOKEN not in str(git_server.api("POST", path, {}))
    deployed = str(git_server.api("POST", "/deployments/filter", {}))
    assert "prefect.blocks.secret.token-git" in deployed
    assert f"'credential.{host.url}.helper'" in deployed, "no other server gets it"
