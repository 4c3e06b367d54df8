"""`electra-flow dev`, as whoever works on a flow has it: what it does, and that nothing is left."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from electra_flow.developing.place import Place
from end_to_end.dev import FLOW, SLOW, command, started
from harness import Project, Server, run


def once(project: Project, *options: str, **env: str) -> tuple[int, str]:
    result = run(
        command(project), "dev", "--once", *options, cwd=project.path, env=project.env | env
    )
    return result.code, result.output


def write_values(project: Project, text: str) -> None:
    Place(project.path).values.write_text(text, "utf-8")


def test_it_runs_all_until_ctrl_c(project: Callable[..., Project], tmp_path: Path) -> None:
    own = project(secrets="clave-sql")
    write_values(own, "clave-sql=una clave\n")
    with started(own, tmp_path) as dev:
        dev.until("mi-flujo-dev: terminó bien")
        assert "mi-flujo-dev | " in dev.said
        assert "una clave" not in dev.said
        assert dev.said.splitlines().index("mi-flujo-dev: terminó bien") > max(
            number
            for number, line in enumerate(dev.said.splitlines())
            if line.startswith("mi-flujo-dev | ")
        )
        assert " | INFO    | " in dev.said and "pull step" not in dev.said
        code, said = once(own)
        assert (code, said.count("\n")) == (1, 1), said
        assert "ya está andando en este proyecto" in said

        own.edit("deploy.py", 'tags=["mi-flujo"]', 'tags=["mi-flujo", "cambiada"]')
        dev.until("Cambia: etiquetas: de dev, mi-flujo a cambiada, dev, mi-flujo")
        own.edit("deploy.py", 'tags=["mi-flujo", "cambiada"]', "tagz=[]")
        dev.until("TypeError: Deployment no tiene «tagz»: ¿es «tags»?")
        dev.until(". Sigue lo que estaba desplegado.")

        own.edit(FLOW, "¡Hola,", "¡Chau,")
        (deployment,) = dev.api("/deployments/filter", {})
        assert "cambiada" in deployment["tags"]
        assert [schedule["active"] for schedule in deployment["schedules"]] == [False]
        dev.api(f"/deployments/{deployment['id']}/create_flow_run", {})
        dev.until("¡Chau, mundo!")

        os.killpg(dev.process.pid, signal.SIGINT)
        assert dev.process.wait(30) == 0
        assert dev.said.endswith("Terminado: no queda nada corriendo.\n")
        dev.assert_nothing_is_left(own)


@pytest.mark.parametrize(
    ("phase", "end"),
    [
        ("Servidor de Prefect", signal.SIGHUP),  # the terminal is closed
        ("Desplegado: ", signal.SIGKILL),
        ("durmiendo con", signal.SIGKILL),
        ("durmiendo con", signal.SIGINT),
    ],
)
def test_nothing_is_left_however_it_ends(
    phase: str, end: int, project: Callable[..., Project], tmp_path: Path
) -> None:
    own = project()
    (own.path / FLOW).write_text(SLOW, "utf-8")
    with started(own, tmp_path) as dev:
        dev.until(phase)
        assert len(dev.processes()) >= 2
        if end == signal.SIGKILL:
            dev.process.kill()
        else:
            os.killpg(dev.process.pid, end)
        dev.process.wait(30)
        dev.assert_nothing_is_left(own)


def test_once_says_by_its_exit_code_how_it_went(project: Callable[..., Project]) -> None:
    """Of a project that takes its code from GitHub, too: dev is this folder."""
    own = project(source="github", secrets="clave-sql")
    code, said = once(own)
    assert code == 1
    assert "Falta el secreto «clave-sql». Se arregla con: una línea clave-sql=VALOR en" in said
    assert "Desplegado" not in said

    write_values(own, "clave-sql=una clave\n")
    own.edit(FLOW, "    logger.info(", '    raise ValueError("no hay\\nnada")\n    logger.info(')
    code, said = once(own)
    assert code == 1
    assert re.search(r"^mi-flujo-dev: terminó mal \(Failed\): .*ValueError.*no hay$", said, re.M)
    assert "Traceback" not in said.partition("Desplegado")[0]


def test_on_the_configured_server_it_has_a_queue_of_its_own(
    project: Callable[..., Project], server: Server, flow_name: str
) -> None:
    own = project(project_slug="mi-flujo", pool_dev=flow_name)
    code, said = once(own, "--server", "configured", PREFECT_API_URL=server.url)
    assert code == 0, said
    assert f"Work pool «{flow_name}»: no estaba, y se creó." in said
    (ran,) = server.api(
        "POST", "/flow_runs/filter", {"work_pools": {"name": {"any_": [flow_name]}}}
    )
    assert re.fullmatch(r"dev-[\w.-]+", ran["work_queue_name"])
    assert ran["state"]["type"] == "COMPLETED"
    (deployment,) = server.api(
        "POST", "/deployments/filter", {"work_pools": {"name": {"any_": [flow_name]}}}
    )
    assert deployment["work_queue_name"] == "default"


def test_of_a_monitoring_project_it_runs_what_needs_no_mail(
    project: Callable[..., Project],
) -> None:
    code, said = once(project(flow_kind="monitoring"))
    assert code == 1, said
    assert said.count("Falta el bloque Email Server Credentials «correo-monitoreo»") == 1
    for name in ("diario", "semanal", "avisos"):
        lacking = "le falta el bloque «email-server-credentials/correo-monitoreo»."
        assert f"No se ejecuta mi-flujo-{name}-dev: {lacking}" in said.splitlines()
    assert "mi-flujo-vigilancia-dev: terminó bien" in said


def test_options_that_do_not_go_together_are_refused(project: Callable[..., Project]) -> None:
    code, said = once(project(), "--fresh", "--server", "configured")
    assert code == 2
    assert said == "--fresh olvida el servidor propio: no va con --server configured.\n"
