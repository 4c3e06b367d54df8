"""What deploy.py declares: all that is wrong in it, at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from electra_flow.checks.declared import check_declared
from electra_flow.model.alert import Alert
from electra_flow.model.deployment import Deployment
from electra_flow.model.project import Environment, Project
from electra_flow.model.schedules import Cron, Interval
from electra_flow.model.watchdog import Watchdog

BUENOS_AIRES = "America/Argentina/Buenos_Aires"


class FakeSource:
    """A source whose code is nowhere; only its secrets are looked at."""

    def __init__(self, folder: Path, *secrets: str) -> None:
        self.folder = folder
        self.secrets = secrets
        self.pool_types = ("process",)

    @contextmanager
    def code(self) -> Iterator[Path]:
        yield self.folder

    def check(self, *_: object) -> Iterator[Any]:
        return iter(())

    def storage(self, *_: object) -> Any:
        return self.folder

    def job_variables(self, _name: str) -> dict[str, Any]:
        return {}

    def describe(self, _env: str) -> str:
        return ""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    for name in ("ventas.py", "compras.py"):
        (tmp_path / "src" / name).touch()
    return tmp_path


@pytest.fixture
def project(folder: Path) -> Callable[..., Project]:
    """Return a function that declares a project that is right, but for what is given."""

    def project(**fields: Any) -> Project:
        environments = {"dev": Environment(pool="p", source=FakeSource(folder))}
        return Project(**{"timezone": BUENOS_AIRES, "environments": environments} | fields)

    return project


def deployment(name: str = "ventas", **fields: Any) -> Deployment:
    given = {"entrypoint": "src/ventas.py:ventas", "description": "Las ventas", "tags": ["v"]}
    given |= fields
    return Deployment(name=name, **given)


def errors(project: Project, deployments: Any, folder: Path) -> list[str]:
    found = check_declared(project, deployments, folder)
    return [finding.text for finding in found if finding.level == "error"]


def test_a_project_that_is_right_says_its_zones_alone(
    project: Callable[..., Project], folder: Path
) -> None:
    declared = project(
        secrets=["clave-sql"], variables=["limite_de-filas"], blocks=["aws-credentials/datos-1"]
    )
    deployments = [
        deployment(schedules=[Cron("0 8 * * *"), Cron("0 9 * * *", timezone="Europe/Madrid")]),
        deployment("Cierre #1 ¿ñ?", entrypoint="src/compras.py:compras", watchdog=None),
    ]
    found = list(check_declared(declared, deployments, folder))
    assert [str(finding) for finding in found] == [
        f"bien   Huso horario: {BUENOS_AIRES}.",
        "bien   Huso horario: Europe/Madrid.",
    ]


def test_all_that_is_wrong_is_said_at_once(project: Callable[..., Project], folder: Path) -> None:
    declared = project(
        timezone="UTC",
        secrets=["mi_secreto"],
        blocks=["correo"],
        variables=["Límite"],
        watchdog=Watchdog(running=timedelta(seconds=1)),
    )
    wrong = deployment(
        "a/b",
        entrypoint="src/no.py:f",
        schedules=[Interval(timedelta(0)), Cron("0 8 * * *", timezone="America/Buenos_Aires")],
        watchdog=Watchdog(lost=timedelta(seconds=89)),
    )
    assert errors(declared, [wrong, wrong, 3], folder) == [
        "deployments() lleva 3, que no es Deployment(…).",
        "«mi_secreto» no sirve como bloque: lleva solo minúsculas, números y guiones.",
        "«correo» no sirve como bloque: es «tipo/nombre», los dos solo con minúsculas, números y "
        "guiones.",
        "«Límite» no sirve como variable: solo minúsculas, números, guiones y guiones bajos.",
        *["«a/b» no sirve como nombre: no puede llevar / % & < >."] * 2,
        "Dos despliegues se llaman «a/b»: el segundo pisaría al primero.",
        "El entrypoint «src/no.py:f» no existe: no está src/no.py; en src hay compras.py, ventas.py.",
        "PROJECT: watchdog: running tiene que ser de 10 segundos o más.",
        *[
            "a/b: watchdog: lost tiene que ser de 90 segundos o más.",
            "a/b: schedules: Interval tiene que ser de más de cero, y es de 0 segundos.",
        ]
        * 2,
        "El huso horario «America/Buenos_Aires» no es el nombre canónico de la zona; usá "
        f"{BUENOS_AIRES}.",
        f"El huso horario «UTC» es UTC o una hora fija, no la hora de un lugar; usá {BUENOS_AIRES}.",
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "deployments() devuelve una lista vacía: no hay nada que desplegar."),
        (None, "tiene que devolver una lista de Deployment(…), y devuelve None."),
        (({"name": "x"},), "deployments() lleva {'name': 'x'}, que no es Deployment(…)."),
    ],
)
def test_what_is_no_list_of_deployments_is_said(
    project: Callable[..., Project], folder: Path, given: Any, said: str
) -> None:
    (text,) = errors(project(), given, folder)
    assert said in text


def test_the_secrets_of_every_source_are_checked_too(
    project: Callable[..., Project], folder: Path
) -> None:
    source = FakeSource(folder, "token_de_git")
    environments = {
        "dev": Environment(pool="p", source=FakeSource(folder)),
        "prod": Environment(pool="q", source=source),
    }
    (text,) = errors(project(environments=environments), [deployment()], folder)
    assert text.startswith("«token_de_git» no sirve como bloque")


@pytest.mark.parametrize("name", ["a/b", "50%", "a&b", "<a", "a>", "''", "a\nb", "a\tb"])
def test_a_name_that_prefect_does_not_take_or_nobody_can_read_is_refused(
    project: Callable[..., Project], folder: Path, name: str
) -> None:
    (text,) = errors(project(), [deployment(name)], folder)
    assert "no sirve como nombre" in text and "\n" not in text


@pytest.mark.parametrize("name", ["#1", "¿y?", "a:b", "Ñandú 2.0", "a'b"])
def test_a_name_that_is_looked_up_by_filter_may_have_any_other_letter(
    project: Callable[..., Project], folder: Path, name: str
) -> None:
    assert errors(project(), [deployment(name)], folder) == []


def test_an_environment_s_name_is_a_part_of_the_deployments(
    project: Callable[..., Project], folder: Path
) -> None:
    environments = {"pre/prod": Environment(pool="p", source=FakeSource(folder))}
    (text,) = errors(project(environments=environments), [deployment()], folder)
    assert text == "«pre/prod» no sirve como nombre: no puede llevar / % & < >."


def test_two_flows_have_no_deployments_of_one_name(
    project: Callable[..., Project], folder: Path
) -> None:
    twice = [deployment("diario"), deployment("diario", entrypoint="src/compras.py:compras")]
    assert errors(project(), twice, folder) == [
        "Dos despliegues se llaman «diario»: cada uno lleva un nombre propio, también si es de otro "
        "flujo."
    ]


@pytest.mark.parametrize(
    ("entrypoint", "said"),
    [
        ("otra/no.py:f", "no está otra/no.py; en el proyecto hay deploy.py."),
        ("no.py:f", "no está no.py; en el proyecto hay deploy.py."),
        ("src/../src/ventas.py:f", "tiene que ser una ruta dentro del proyecto, con «/»"),
        ("/src/ventas.py:f", "tiene que ser una ruta dentro del proyecto, con «/»"),
        (r"src\ventas.py:f", "tiene que ser una ruta dentro del proyecto, con «/»"),
        ("C:/src/ventas.py:f", "tiene que ser una ruta dentro del proyecto, con «/»"),
    ],
)
def test_a_flow_that_is_not_there_is_named_with_the_files_that_are(
    project: Callable[..., Project], folder: Path, entrypoint: str, said: str
) -> None:
    (folder / "deploy.py").touch()
    (text,) = errors(project(), [deployment(entrypoint=entrypoint)], folder)
    assert text.startswith(f"El entrypoint «{entrypoint}» ") and said in text


def test_a_flow_that_two_deployments_have_is_looked_for_once(
    project: Callable[..., Project], tmp_path: Path
) -> None:
    empty = tmp_path / "vacia"
    empty.mkdir()
    (text,) = errors(project(), [deployment("a"), deployment("b")], empty)
    assert text.endswith("no está src/ventas.py; en el proyecto no hay ningún archivo .py.")


@pytest.mark.parametrize(
    ("watchdog", "said"),
    [
        (7200, "watchdog tiene que ser Watchdog(…) o None, y es 7200."),
        (Watchdog(running=7200), "running tiene que ser un timedelta o None, y es 7200."),
        (Watchdog(late=timedelta(seconds=9)), "late tiene que ser de 10 segundos o más."),
        (Watchdog(lost=timedelta(minutes=1)), "lost tiene que ser de 90 segundos o más."),
    ],
)
def test_a_limit_that_could_not_work_is_refused(
    project: Callable[..., Project], folder: Path, watchdog: Any, said: str
) -> None:
    (of_project,) = errors(project(watchdog=watchdog), [deployment()], folder)
    (of_deployment,) = errors(project(), [deployment(watchdog=watchdog)], folder)
    assert of_project.startswith("PROJECT: ") and of_project.endswith(said)
    assert of_deployment.startswith("ventas: ") and of_deployment.endswith(said)


def test_the_shortest_limits_and_none_will_do(
    project: Callable[..., Project], folder: Path
) -> None:
    ten, ninety = timedelta(seconds=10), timedelta(seconds=90)
    shortest = Watchdog(running=ten, late=ten, lost=ninety)
    declared = project(watchdog=None)
    assert errors(declared, [deployment(watchdog=shortest)], folder) == []
    assert errors(declared, [deployment(watchdog=Watchdog(running=None))], folder) == []


def test_a_schedule_of_prefect_s_without_a_zone_takes_the_project_s(
    project: Callable[..., Project], folder: Path
) -> None:
    fields = {"active": True, "parameters": {}, "slug": None, "interval": None, "rrule": None}
    item = SimpleNamespace(cron="0 8 * * *", timezone=None, **fields)
    assert errors(project(), [deployment(schedules=[item])], folder) == []
    item.timezone = "UTC"
    (text,) = errors(project(), [deployment(schedules=[item])], folder)
    assert text.startswith("El huso horario «UTC» ")


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("", "El huso horario «» está vacío y correría en UTC"),
        (-3, "tiene que ser un texto, y es -3"),
    ],
)
def test_a_zone_of_a_schedule_that_is_none_is_refused(
    project: Callable[..., Project], folder: Path, zone: Any, said: str
) -> None:
    (text,) = errors(project(), [deployment(schedules=[Cron("0 8 * * *", timezone=zone)])], folder)
    assert said in text


def test_something_else_in_schedules_is_named_and_the_rest_is_checked(
    project: Callable[..., Project], folder: Path
) -> None:
    wrong = deployment(schedules=["0 8 * * *", Cron("0 8 * * *", timezone="UTC")])
    not_one, zone = errors(project(), [wrong], folder)
    assert not_one.startswith("ventas: schedules: lleva '0 8 * * *', que no es Cron(…)")
    assert zone.startswith("El huso horario «UTC»")


# --- Alerts -----------------------------------------------------------------------------------------


def test_alerts_are_of_environments_that_there_are_and_none_goes_twice_to_one_place(
    project: Callable[..., Project], folder: Path
) -> None:
    teams = "ms-teams-webhook/avisos"
    both = [Alert(teams), Alert(teams, environments=["prod", "prueba"])]
    environments = {
        name: Environment(pool=name, source=FakeSource(folder)) for name in ("dev", "prod")
    }
    declared = project(environments=environments, alerts=both)
    found = errors(declared, [deployment(alerts=[Alert(mail=True, environments=["x"])])], folder)
    assert found == [
        "PROJECT: alerts es de un entorno «prueba», que no hay: están dev, prod.",
        f"PROJECT: alerts repite «{teams}» en prod: va un solo Alert.",
        "ventas: alerts es de un entorno «x», que no hay: están dev, prod.",
    ]


def test_alerts_that_are_of_no_environment_are_said(
    project: Callable[..., Project], folder: Path
) -> None:
    declared = project(alerts=[Alert("slack-webhook/avisos")])
    (warning,) = (
        str(finding)
        for finding in check_declared(declared, [deployment()], folder)
        if finding.level == "aviso"
    )
    assert "en dev no se avisa si no se lo pide" in warning
