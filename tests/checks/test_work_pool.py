"""Whether a work pool can run what is deployed to it; the templates are those of Prefect's own workers."""

from __future__ import annotations

import json
from copy import deepcopy
from importlib.resources import files
from typing import Any

import pytest

from electra_flow.checks.api import Server
from electra_flow.checks.finding import UV_RUN, Finding
from electra_flow.checks.work_pool import (
    FOLDER_TYPES,
    GIT_TYPES,
    HOME,
    IMAGE_TYPES,
    PoolUse,
    check_pool,
    mounted,
)

WORKERS = json.loads(
    files("prefect.server.api.collections_data.views")
    .joinpath("aggregate-worker-metadata.json")
    .read_text("utf-8")
)
TEMPLATES = {
    kind: worker["default_base_job_configuration"]
    for workers in WORKERS.values()
    for kind, worker in workers.items()
}
LOGS = "~/.prefect/logs/ventas"


def check(
    kind: str, use: PoolUse, template: dict[str, Any] | None = None, status: str = "READY"
) -> list[Finding]:
    pool = {"type": kind, "status": status, "is_paused": False}
    pool["base_job_template"] = TEMPLATES[kind] if template is None else template

    class Played(Server):
        def ask(self, path: str, *_: object) -> tuple[int, Any]:
            return 200, pool

    return list(check_pool(Played("http://127.0.0.1:4200/api"), "p", False, use))


@pytest.mark.parametrize(
    ("types", "right"),
    [(FOLDER_TYPES, {"process"}), (GIT_TYPES, set(GIT_TYPES)), (IMAGE_TYPES, set(IMAGE_TYPES))],
)
def test_each_source_has_the_types_of_pools_that_can_run_it(
    types: tuple[str, ...], right: set[str]
) -> None:
    found = {kind: check(kind, PoolUse(types))[0].level for kind in TEMPLATES}
    assert {kind for kind, level in found.items() if level == "bien"} == right
    assert set(found.values()) == {"bien", "error"}


def test_what_is_wrong_with_a_type_is_said_with_what_would_work() -> None:
    folder, image, other = (
        check("docker", PoolUse(FOLDER_TYPES))[0],
        check("process", PoolUse(IMAGE_TYPES))[0],
        check("ecs", PoolUse(GIT_TYPES))[0],
    )
    assert "no ven la carpeta de esta máquina (LocalFolder)" in folder.text
    assert "source=GitSource(…), image=… o un work pool de tipo process" in folder.text
    assert image.text == (
        "El work pool «p» es de tipo process, que no usa imágenes: sacá image=… de ese Environment, o "
        "usá un work pool de tipo docker o kubernetes."
    )
    assert image.fix == f"{UV_RUN}prefect work-pool create p-docker --type docker"
    assert "es de tipo ecs y este proyecto necesita uno de tipo process o docker o" in other.text


def test_a_worker_for_containers_is_started_with_its_type() -> None:
    (found,) = check("docker", PoolUse(GIT_TYPES), status="NOT_READY")
    assert found.fix == f"{UV_RUN}prefect worker start --pool p --type docker"


@pytest.mark.parametrize("kind", GIT_TYPES)
def test_prefects_own_templates_take_what_the_library_sets(kind: str) -> None:
    own = ("command", "env", "working_dir") if kind == "process" else ("command", "env", "image")
    (found,) = check(kind, PoolUse((kind,), own))
    assert found.level == "bien"


def test_what_the_job_template_does_not_take_would_be_dropped_in_silence() -> None:
    _, ignored = check("kubernetes", PoolUse(GIT_TYPES, ("env", "volumes", "memoria")))
    assert ignored.level == "aviso"
    assert ignored.text == (
        "La plantilla del work pool «p» no tiene «volumes», «memoria», que este proyecto le pasa: las "
        "ejecuciones no lo reciben."
    )
    assert ignored.fix.startswith(f"{UV_RUN}prefect work-pool inspect p, ")
    of_team = deepcopy(TEMPLATES["docker"])
    of_team["job_configuration"]["env"] = {
        "TZ": "UTC"
    }  # the variable is there, and nothing uses it
    _, refused = check("docker", PoolUse(GIT_TYPES, ("env",)), of_team)
    assert refused.level == "error" and "no tiene «env»" in refused.text


def test_a_pool_whose_worker_has_not_brought_a_template_yet_is_no_error() -> None:
    (found,) = check("docker", PoolUse(GIT_TYPES, ("env",), (LOGS,)), {})
    assert found.level == "bien"


# --- Log files that go with their containers ------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "volume", "is_mounted"),
    [
        (LOGS, f"/srv/logs:{HOME}/.prefect/logs", True),
        (LOGS, f"/srv/logs:{HOME}/.prefect/logs/ventas/:rw", True),
        (LOGS, rf"C:\Prefect\logs:{HOME}/.prefect", True),
        (LOGS, f"logs:{HOME}/.prefect/log", False),
        (LOGS, f"{HOME}/.prefect/logs:/otra", False),
        ("/logs", "/logs", True),
        ("/logs", "algo", False),
    ],
)
def test_whether_a_folder_is_in_a_volume(folder: str, volume: str, is_mounted: bool) -> None:
    assert mounted(folder, [volume]) == is_mounted


def test_a_log_file_that_would_be_lost_is_a_warning_with_the_line_that_mends_it() -> None:
    use = PoolUse(GIT_TYPES, ("env",), (LOGS,))
    _, found = check("docker", use)
    assert found.level == "aviso"
    assert found.text == (
        "Los contenedores del work pool «p» no tienen nada montado en ~/.prefect/logs/ventas: no va a "
        "haber archivo de log, solo las líneas de la interfaz."
    )
    assert found.fix.startswith(
        f'job_variables={{"volumes": ["/srv/prefect/logs:{HOME}/.prefect/logs"]}} en sus Deployment'
    )
    assert len(check("kubernetes", use)) == 2
    assert len(check("process", use)) == 1, "it has a folder of its machine"


def test_a_template_that_mounts_it_needs_no_line() -> None:
    use = PoolUse(GIT_TYPES, ("env",), (LOGS,))
    by_default, fixed, cluster = (
        deepcopy(TEMPLATES[kind]) for kind in ("docker", "docker", "kubernetes")
    )
    volumes = [f"/srv/prefect/logs:{HOME}/.prefect/logs"]
    by_default["variables"]["properties"]["volumes"]["default"] = volumes
    fixed["job_configuration"]["volumes"] = volumes
    pod = cluster["job_configuration"]["job_manifest"]["spec"]["template"]["spec"]
    pod["containers"][0]["volumeMounts"] = [{"name": "logs", "mountPath": f"{HOME}/.prefect/logs"}]
    for kind, template in (("docker", by_default), ("docker", fixed), ("kubernetes", cluster)):
        (found,) = check(kind, use, template)
        assert found.level == "bien"
