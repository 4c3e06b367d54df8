"""What deploying makes of `Environment(image=…)`: checks, options, and what is left of before."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.schemas.responses import DeploymentResponse

from electra_flow import Deployment, Environment, GitSource, Image, LocalFolder, Project
from electra_flow.checks.environments import check_environments
from electra_flow.deploying.prepare import prepare
from electra_flow.images import in_image
from electra_flow.images.in_image import InImage, with_images
from electra_flow.model.source import Source
from images.conftest import PLACE, Repository

IN_IMAGE = [{"prefect.deployments.steps.set_working_directory": {"directory": "/app/ventas"}}]
ON_WORKER = [{"prefect.deployments.steps.set_working_directory": {"directory": "/srv/ventas"}}]


def project_of(folder: Path, image: str | Image | None = "equipo/ventas") -> Project:
    """Return what deploy.py declares: dev from the folder, prod in an image."""
    source = LocalFolder(folder)
    return Project(
        timezone="UTC",
        environments={
            "dev": Environment(pool="pool-dev", source=source),
            "prod": Environment(pool="pool-docker", source=source, image=image),
        },
    )


def source_of(project: Project) -> InImage:
    found = with_images(project).environments["prod"].source
    assert isinstance(found, InImage)
    assert isinstance(found, Source)
    return found


def deployment(name: str = "ventas", **fields: Any) -> Deployment:
    return Deployment(
        entrypoint="src/ventas.py:ventas", name=name, description="Suma las ventas", **fields
    )


def stored(pull_steps: list[dict[str, Any]], **job_variables: Any) -> DeploymentResponse:
    """Return what a server has."""
    return DeploymentResponse(
        id=uuid4(),
        name="ventas-prod",
        flow_id=uuid4(),
        pull_steps=pull_steps,
        job_variables=job_variables,
        labels={},
    )


def options(
    project: Project, before: DeploymentResponse | None = None, **fields: Any
) -> dict[str, Any]:
    found = prepare(with_images(project), "prod", deployment(**fields), before, known_parameters=())
    return found.prepared.options


def test_only_who_asks_for_an_image_has_one(tmp_path: Path) -> None:
    project = with_images(project_of(tmp_path))
    assert isinstance(project.environments["dev"].source, LocalFolder)
    nobody = project_of(tmp_path, image=None)
    assert with_images(nobody) == nobody


def test_a_run_finds_the_code_in_its_image_and_nothing_of_this_machine(
    repository: Repository,
) -> None:
    commit = repository.commit()
    project = with_images(project_of(repository.project, Image("equipo/ventas", push=True)))
    first, second = (
        prepare(project, "prod", deployment(name), None, known_parameters=()).prepared
        for name in ("ventas", "compras")
    )
    assert first.source.to_pull_step() == {  # type: ignore[union-attr]
        "prefect.deployments.steps.set_working_directory": {"directory": f"/app/{PLACE}"}
    }
    assert first.options["image"] is second.options["image"]
    assert first.options["image"].reference == f"equipo/ventas:{commit}"
    assert (first.options["build"], first.options["push"]) == (True, True)
    variables = first.options["job_variables"]
    assert set(variables) == {"env"}
    assert f"en la imagen equipo/ventas:{commit}" in project.environments["prod"].source.describe(
        ""
    )


def test_nothing_is_pushed_unasked(repository: Repository) -> None:
    assert options(project_of(repository.project))["push"] is False


def test_the_image_of_before_goes_with_image_and_an_operator_s_stays(
    repository: Repository,
) -> None:
    without = project_of(repository.project, image=None)
    ours = stored(IN_IMAGE, image="equipo/ventas:1", stream_output=False)
    assert "image" not in options(without, ours)["job_variables"]
    assert options(without, ours)["job_variables"]["stream_output"] is False
    operators = stored(ON_WORKER, image="otra:1")
    assert options(without, operators)["job_variables"]["image"] == "otra:1"


def test_another_image_is_told(repository: Repository) -> None:
    commit = repository.commit()
    project = with_images(project_of(repository.project))
    before = stored(IN_IMAGE, image="equipo/ventas:de-antes")
    changes = prepare(project, "prod", deployment(), before, known_parameters=()).changes
    assert f"imagen: de «equipo/ventas:de-antes» a «equipo/ventas:{commit}»" in changes
    same = stored(IN_IMAGE, image=f"equipo/ventas:{commit}")
    changes = prepare(project, "prod", deployment(), same, known_parameters=()).changes
    assert [change for change in changes if "imagen" in change] == []


@pytest.mark.parametrize(
    ("host", "said"),
    [
        (
            "unix:///no/hay.sock",
            "hay.sock): no está instalado o no está en marcha. Se arregla con: ",
        ),
        ("tcp://127.0.0.1:9", "(tcp://127.0.0.1:9): Connection refused. Se arregla con: arrancá"),
    ],
)
def test_a_missing_engine_is_told_in_one_line(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, host: str, said: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    (found,) = source_of(project_of(repository.project)).check("prod", [])
    assert found.level == "error"
    assert "No contesta Docker" in str(found)
    assert said in str(found)
    assert "\n" not in str(found)


def test_what_is_built_and_where_it_stays_is_told(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_image, "check_engine", lambda: None)
    (told,) = source_of(project_of(repository.project)).check("prod", [])
    assert "con el Dockerfile de electra-flow; queda en el Docker de esta máquina" in told.text
    repository.write("Dockerfile")
    pushed = project_of(repository.project, Image("equipo/ventas", push=True))
    (told,) = source_of(pushed).check("prod", [])
    assert "con el Dockerfile del proyecto; se sube a su registro" in told.text


def test_without_a_lock_nothing_can_be_installed(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_image, "check_engine", lambda: None)
    (repository.project / "uv.lock").unlink()
    found, _ = source_of(project_of(repository.project)).check("prod", [])
    assert re.match(r"error  No está .*ventas/uv\.lock: .* Se arregla con: uv lock", str(found))


def test_of_git_it_is_the_commit_in_dev_too(repository: Repository) -> None:
    commit = repository.commit()
    source = GitSource(
        repository.project, url="https://servidor/equipo/flujos.git", credentials_block="token"
    )
    own = Environment(pool="pool-dev", source=source, image="ventas")
    project = with_images(Project(timezone="UTC", environments={"dev": own}))
    found = project.environments["dev"].source
    assert found.describe("dev").startswith(f"el commit {commit} de https://servidor/equipo/flujos")
    assert found.describe("dev").endswith(f"en la imagen ventas:{commit}")
    assert found.storage("dev", "src/ventas.py:ventas").to_pull_step() == {  # type: ignore[union-attr]
        "prefect.deployments.steps.set_working_directory": {"directory": f"/app/{PLACE}"}
    }


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"deploy_options": {"image": "x"}}, "ventas: deploy_options no lleva «image»"),
        ({"deploy_options": {"push": True}}, "ventas: deploy_options no lleva «push»"),
        ({"job_variables": {"image": "x"}}, "ventas: job_variables no lleva «image»"),
    ],
)
def test_no_deployment_names_another_image(
    tmp_path: Path, fields: dict[str, Any], said: str
) -> None:
    with_image, without = project_of(tmp_path), project_of(tmp_path, image=None)
    (found,) = check_environments(with_image, [deployment(**fields)])
    assert found.text.startswith(said)
    assert list(check_environments(without, [deployment(**fields)])) == []
