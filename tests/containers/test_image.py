"""The code of a project in an image: built on a real engine, run by a real worker, pushed to a registry.

One project in a folder of a private monorepo, with the library's wheel and a shared package above it. It
is not this image that is pushed: compressing it takes as long as all the rest (docs/decisions/images.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from docker.errors import APIError

from docker_engine import IMAGE, Engine
from electra_flow import Image
from electra_flow.images.building import ProjectImage
from electra_flow.model.source import SourceError
from end_to_end.on_server import logged
from end_to_end.private_repository import Monorepo, add_shared_package, start
from harness import UV, Project, git_host, hours_away, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Generated, Server

pytestmark = pytest.mark.real

TOKEN = f"github_pat_11ABCDEFG0{uuid4().hex}"
PLACE = "produccion/área de cobros/envios"
HOST_NETWORK = {"network_mode": "host"}  # the engine of the tests has no other
NOWHERE = "127.0.0.1:9"  # where no registry is


@dataclass
class Envios:
    """A deployed project: what deploying said, its image, the folder that is mounted for log files."""

    project: Project
    monorepo: Monorepo
    said: str
    image: str
    logs: Path


@pytest.fixture(scope="module")
def envios(
    docker_worker: str,
    engine: Engine,
    server: Server,
    installed: Project,
    generate: Callable[..., Generated],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Envios]:
    """Deployed to prod from its repository, into an image."""
    top, logs = tmp_path_factory.mktemp("autora"), tmp_path_factory.mktemp("logs")
    server.make_secret("token-de-imagen", TOKEN)
    with git_host(tmp_path_factory.mktemp("host"), TOKEN) as host:
        env = installed.env | server.env | host.env() | engine.env | {"GIT_TOKEN": TOKEN}
        url = host.make_repository("electra/flujos.git", env)
        monorepo = Monorepo(top, url, host, env)
        monorepo.git("init", "--quiet", "--initial-branch=main")
        (top / PLACE).parent.mkdir(parents=True)
        generated = generate(
            (top / PLACE).parent,
            uv=True,
            server_check="skip",
            project_slug="envios",
            cron=hours_away(),
            pool_prod=docker_worker,
            source="github",
            github_repository=url,
            github_secret="token-de-imagen",
        )
        assert generated.code == 0, generated.output
        project = Project(generated.path, installed.python, env)
        add_shared_package(top / "comun", "DONDE = __file__\n")
        added = run(
            UV, "add", "--no-sync", "--editable", "../../../comun", cwd=project.path, env=env
        )
        assert added.code == 0, added.output
        declare(project, logs)
        # What is only of this machine, and Git ignores.
        (project.path / ".prefect").mkdir(exist_ok=True)
        (project.path / ".prefect" / "valores.env").write_text(f"TOKEN={TOKEN}\n", "utf-8")
        commit = monorepo.commit()
        monorepo.push()
        deployed = project.deploy("--env", "prod")
        assert deployed.code == 0, deployed.output
        yield Envios(project, monorepo, deployed.output, f"equipo/envios:{commit[:12]}", logs)


def declare(project: Project, logs: Path) -> None:
    """Put an image into deploy.py, a mounted folder, and into the flow what its run is to say."""
    # Compiling all of the dependencies takes as long as all the rest of the build.
    options = HOST_NETWORK | {"buildargs": {"UV_COMPILE_BYTECODE": "0"}}
    declared = f"Image('equipo/envios', base={IMAGE!r}, build_options={options})"
    project.edit("deploy.py", "    GitSource,\n", "    GitSource,\n    Image,\n")
    block = 'credentials_block="token-de-imagen",\n            ),\n'
    project.edit("deploy.py", block, f"{block}            image={declared},\n")
    # As the page of containers has it.
    volumes = (
        f'job_variables={{"volumes": ["{logs}:/logs"], "env": {{"FLOW_LOG_DIR": "/logs/envios"}}}},'
    )
    project.edit("deploy.py", 'tags=["envios"],', f'tags=["envios"],\n            {volumes}')
    said = 'logger.info("El saludo tiene %d caracteres", largo)'
    shared = "import comun\n\n    logger.info('Lo común está en %s', comun.DONDE)"
    project.edit("src/envios.py", said, f"{said}\n    {shared}")


def test_a_project_runs_in_its_image(envios: Envios, server: Server) -> None:
    """With neither code nor token of this machine, and a folder of it for the log file."""
    assert f"en la imagen {envios.image}" in envios.said
    assert re.search(r"RUN uv sync .*\n( .*\n)*    Construida en \d+ s\.\n", envios.said)
    assert "se sube" not in envios.said
    ended = start(server, "envios-prod")
    assert ended["state"]["type"] == "COMPLETED", ended["state"]
    lines = logged(server, ended["id"], "Finished in state Completed()")
    (log,) = envios.logs.rglob("*.log")
    in_file = log.read_text("utf-8")
    for said in (
        "Comienza el flujo con Python 3",
        "Preparando el saludo para mundo",
        f"Lo común está en /app/{'comun'}/src/comun/__init__.py",
    ):
        assert len([line for line in lines if said in line]) == 1, (said, lines)
        assert in_file.count(said) == 1, (said, in_file)
    (first,) = (line for line in lines if line.startswith("Comienza"))
    commit = envios.image.rpartition(":")[2]
    assert f"(/opt/venv/bin/python), commit {commit}, imagen {envios.image}" in first


def test_no_token_gets_into_an_image(envios: Envios, engine: Engine) -> None:
    """Neither into its layers, nor into its history or environment."""
    image = engine.client.images.get(envios.image)
    told = json.dumps([image.history(), image.attrs])
    assert "ELECTRA_FLOW_IMAGE" in told
    assert TOKEN not in told
    control = b"Preparando el saludo para"  # which is in the project: who looks finds something
    found, rest = set(), b""
    for part in image.save(chunk_size=2**22):
        both = rest + part
        found |= {text for text in (TOKEN.encode(), control) if text in both}
        rest = both[-200:]
    assert found == {control}


def test_a_failing_build_changes_nothing_on_the_server(envios: Envios, server: Server) -> None:
    query = {"deployments": {"name": {"any_": ["envios-prod"]}}}
    (before,) = server.api("POST", "/deployments/filter", query)
    with_dockerfile = envios.project.path / "Dockerfile"
    with_dockerfile.write_text(
        "ARG BASE\nFROM ${BASE}\nRUN echo falta freetds >&2; exit 3", "utf-8"
    )
    envios.monorepo.commit()
    envios.monorepo.push()
    refused = envios.project.deploy("--env", "prod")
    assert refused.code == 1
    assert "El código va en la imagen" in refused.output
    assert "con el Dockerfile del proyecto" in refused.output
    assert re.search(
        r"^No se construyó la imagen \S+, en el paso 3 del Dockerfile \(RUN echo falta .*\)\. "
        r"Dijo: falta freetds$",
        refused.output,
        re.M,
    )
    assert "Traceback" not in refused.output
    (after,) = server.api("POST", "/deployments/filter", query)
    assert (after["updated"], after["job_variables"]) == (
        before["updated"],
        before["job_variables"],
    )


# --- What can go wrong, and a Dockerfile of the project, without the rest of a deploy ---------------


@pytest.fixture
def folder(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project, in an environment that has the engine."""
    for name, value in engine.env.items():
        monkeypatch.setenv(name, value)
    project = tmp_path / "proyecto"
    project.mkdir()
    for name in ("pyproject.toml", "uv.lock", "envios.py"):
        (project / name).write_text("", "utf-8")
    return project


def built(folder: Path, image: Image) -> ProjectImage:
    own = replace(image, build_options=HOST_NETWORK)
    return ProjectImage(own, "1", "c0ffee", lambda: nullcontext(folder), exported=False)


def test_a_dockerfile_of_the_project(folder: Path, engine: Engine) -> None:
    """Whatever it says, the image tells a run which one it is, and of which commit."""
    (folder / "Dockerfile").write_text(
        "ARG BASE\r\nFROM ${BASE}\r\nARG PROYECTO\r\nCOPY codigo /app\r\n"
        'CMD ["sh", "-c", "echo $ELECTRA_FLOW_IMAGE $ELECTRA_FLOW_COMMIT; ls /app"]',
        "utf-8",
        newline="",
    )
    built(folder, Image("propio", base=IMAGE)).build()
    said = engine.client.containers.run("propio:1", network_mode="host", remove=True).decode()
    assert said.split() == ["propio:1", "c0ffee", "Dockerfile", "envios.py"]


def test_what_did_not_change_is_not_built_again(
    folder: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Though what it is built from is written anew each time."""
    (folder / "Dockerfile").write_text(
        "ARG BASE\nFROM ${BASE}\nCOPY codigo /app\nRUN touch /listo\n", "utf-8"
    )
    found = []
    for _ in range(2):
        built(folder, Image("igual", base=IMAGE)).build()
        found.append(
            (engine.client.images.get("igual:1").id, "RUN touch" in capsys.readouterr().out)
        )
    assert found == [(found[0][0], True), (found[0][0], False)]


@pytest.mark.parametrize(
    ("image", "dockerfile", "said"),
    [
        (
            Image("envios", base=f"{NOWHERE}/nada:1"),
            None,
            rf"no se pudo usar la de base, «{NOWHERE}/nada:1», que dice Image\(base=…\) o el "
            r"Dockerfile. Docker dijo: .*connection refused",
        ),
        (
            Image("envios", base=IMAGE),
            "COPY",
            r"Docker dijo: .*COPY requires at least two arguments",
        ),
        (
            Image("envios", base=IMAGE),
            "FROM scratch\nCOPY nada /",
            r"en el paso 2 del Dockerfile \(COPY nada /\). Dijo: COPY failed: .*nada",
        ),
    ],
)
def test_why_it_was_not_built(
    folder: Path, image: Image, dockerfile: str | None, said: str
) -> None:
    if dockerfile:
        (folder / "Dockerfile").write_text(dockerfile, "utf-8")
    with pytest.raises(
        SourceError, match=f"^No se construyó la imagen envios:1.*{said}"
    ) as problem:
        built(folder, image).build()
    assert "\n" not in str(problem.value)


def test_what_is_pushed_is_in_the_registry(folder: Path, engine: Engine, registry: str) -> None:
    """Once, however many deployments there are, and only then."""
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY codigo /\n", "utf-8")
    image = built(folder, Image(f"{registry}/equipo/chica", push=True))
    image.build()
    with pytest.raises(APIError):
        engine.client.images.get_registry_data(image.reference)
    image.push()
    image.push()
    made = engine.client.images.get(image.reference).id
    engine.client.images.remove(image.reference)
    assert engine.client.images.pull(image.reference).id == made


@pytest.mark.parametrize(
    ("registry", "said"),
    [
        (None, "no hay conexión con {}. Revisá el nombre y la red. Docker dijo: .*refused"),
        ("closed_registry", "{} no te deja. Entrá con «docker login {}», .*no basic auth cred"),
    ],
)
def test_why_it_was_not_pushed(
    folder: Path, request: pytest.FixtureRequest, registry: str | None, said: str
) -> None:
    address = request.getfixturevalue(registry) if registry else NOWHERE
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY codigo /\n", "utf-8")
    image = built(folder, Image(f"{address}/envios", push=True))
    image.build()
    expected = f"quedó construida acá y no se subió: {said.replace('{}', address)}"
    with pytest.raises(SourceError, match=expected):
        image.push()
