"""A repository of three kinds of projects and both sources, one of them broken, by one command.

Each project has the environment of an installed one in its `.venv`, and there is no uv.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import SYSTEM_PATH, TOOLS, Project, git, git_host, hours_away, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness import Generated, Result, Server

pytestmark = pytest.mark.real

TOKEN = "github_pat_11ABCDEFG0todos"
POOL = "todos-prod"
KINDS = {
    "dev/ventas": {"flow_kind": "basic"},
    "informes": {"flow_kind": "monitoring"},
    "produccion/compras": {"flow_kind": "subflows", "source": "github"},
    "produccion/rota": {"flow_kind": "basic"},
}


@dataclass
class Repository:
    """The clone of somebody who has the projects installed."""

    top: Path
    env: dict[str, str]
    url: str

    def electra_flow(self, *arguments: str) -> Result:
        return run(TOOLS / "electra-flow", "deploy", *arguments, cwd=self.top, env=self.env)

    def outcomes(self, *arguments: str) -> tuple[int, dict[str, str]]:
        """Deploy to prod; return the exit code, and what is said of each project."""
        done = self.electra_flow("--env", "prod", *arguments)
        assert "Traceback" not in done.output and TOKEN not in done.output, done.output
        said = [line for line in done.lines if line[:1] in "✔✘–" and line]
        places = [line[2:].partition("  ")[0] for line in said]
        assert places == sorted(KINDS), done.output
        return done.code, {
            place: f"{line[0]} {line.partition('  ')[2]}"
            for place, line in zip(places, said, strict=True)
        }

    def git(self, *arguments: str) -> None:
        done = git(*arguments, cwd=self.top, env=self.env)
        assert done.code == 0, done.output

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Cambios")

    def push(self) -> None:
        address = self.url.replace("https://", f"https://x-access-token:{TOKEN}@")
        self.git("push", "--quiet", address, "HEAD:main")


@pytest.fixture(scope="module")
def repository(
    generate: Callable[..., Generated],
    installed: Project,
    installed_monitoring: Project,
    server: Server,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Repository]:
    top = tmp_path_factory.mktemp("todos") / "flujos"
    top.mkdir()
    with git_host(tmp_path_factory.mktemp("host"), TOKEN) as host:
        env = server.env | host.env() | {"GIT_CONFIG_NOSYSTEM": "1", "PATH": SYSTEM_PATH}
        url = host.make_repository("electra/Todos.git", env)
        repository = Repository(top, env, url)
        repository.git("init", "--quiet", "--initial-branch=main")
        answers = {"github_repository": url, "github_secret": "token-todos", "pool_prod": POOL}
        for place, kind in KINDS.items():
            outer, _, slug = place.rpartition("/")
            folder = top / outer
            folder.mkdir(exist_ok=True)
            given = answers if "source" in kind else {"pool_prod": POOL}
            made = generate(
                folder,
                uv="source" in kind,  # whose lock has to be in the commit
                server_check="skip",
                project_slug=slug,
                cron=hours_away(),
                **kind,
                **given,
            )
            assert made.code == 0, made.output
            of_kind = installed_monitoring if place == "informes" else installed
            (top / place / ".venv").symlink_to(of_kind.python.parent.parent)
        (top / ".gitignore").write_text(".venv\n", "utf-8")
        Project(top / "produccion/rota", Path(), {}).edit(
            "src/rota.py", "from prefect import", "import no_esta\nfrom prefect import"
        )
        repository.commit()
        repository.push()
        server.make_pool(POOL)
        server.make_secret("token-todos", TOKEN)
        yield repository


def test_one_command_checks_all_deploys_what_can_be_and_then_what_changed(
    repository: Repository, server: Server, installed_monitoring: Project
) -> None:
    # The block of the report is missing: that is told once, with who needs it.
    code, said = repository.outcomes("--check")
    assert code == 1
    missing = "Falta el bloque Email Server Credentials «correo-monitoreo»"
    assert said.pop("informes").startswith(f"✘ no se puede desplegar: {missing}")
    broken = said.pop("produccion/rota")
    assert broken.startswith("✘ no se puede desplegar: El flujo src/rota.py:rota no se puede ")
    assert "No module named 'no_esta'" in broken
    assert said == {"dev/ventas": "✔ 1 despliegue", "produccion/compras": "✔ 1 despliegue"}
    assert server.api("POST", "/deployments/filter", of_pool()) == [], "it changes nothing"

    # What is right is at hand the next time; what is not is checked again.
    saved = installed_monitoring.run(
        "-c",
        "from prefect_email import EmailServerCredentials as B; B().save('correo-monitoreo')",
        **server.env,
    )
    assert saved.code == 0, saved.output
    code, said = repository.outcomes("--check")
    assert code == 1 and said.pop("produccion/rota") == broken
    assert said == {
        "dev/ventas": "✔ 1 despliegue, ya revisado",
        "informes": "✔ 4 despliegues, ya revisado",
        "produccion/compras": "✔ 1 despliegue, ya revisado",
    }

    # The others are deployed.
    code, said = repository.outcomes()
    assert code == 1 and said.pop("produccion/rota").startswith("✘ no se desplegó: El flujo ")
    assert said == {
        "dev/ventas": "✔ 1 despliegue",
        "informes": "✔ 4 despliegues",
        "produccion/compras": "✔ 1 despliegue",
    }
    deployed = server.api("POST", "/deployments/filter", of_pool())
    assert len(deployed) == 6
    assert len({item["job_variables"]["env"]["ELECTRA_FLOW_CODE"] for item in deployed}) == 3

    # Mended, it alone is deployed; and what is in no branch yet is not taken for deployable.
    rota = Project(repository.top / "produccion/rota", Path(), {})
    rota.edit("src/rota.py", "import no_esta\n", "")
    code, said = repository.outcomes("--changed", "deployed")
    assert code == 0
    assert said.pop("produccion/rota") == "✔ 1 despliegue"
    assert set(said.values()) == {"– sin cambios"}
    repository.commit()
    code, said = repository.outcomes("--check")
    assert code == 1
    assert " no está en la rama main " in said.pop("produccion/compras")
    repository.push()
    code, said = repository.outcomes("--check")
    assert code == 0
    assert all(line.endswith("ya revisado") for line in said.values()), said

    # From a commit, in this working tree.
    code, said = repository.outcomes("--check", "--changed", "HEAD~1")
    assert said.pop("produccion/rota") == "✔ 1 despliegue, ya revisado"
    assert (code, set(said.values())) == (0, {"– sin cambios"})


def test_it_says_what_else_it_cannot_do(repository: Repository) -> None:
    for arguments, text in (
        (("--env", "prd"), "Ningún proyecto tiene un entorno «prd»; hay dev, prod."),
        (("--changed", "nada"), "Git no conoce el commit «nada»"),
    ):
        done = repository.electra_flow(*arguments)
        assert done.code == 2 and text in done.output, done.output


def of_pool() -> dict[str, object]:
    return {"work_pools": {"name": {"any_": [POOL]}}}
