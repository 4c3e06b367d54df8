"""What is told of what stands on the server beside what is declared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from electra_flow.checks.api import Server
from electra_flow.deploying import standing
from electra_flow.deploying.marked import Belongings, Marked
from electra_flow.deploying.standing import check_standing, sort_out
from electra_flow.sources.origin import Origin
from harness import stand_in

HERE = Origin("ventas", "git.example.com/x/flujos", "flujos/ventas", "pc", "/flujos/ventas", "prod")
OTHER = replace(HERE, name="ventas-web", place="flujos/web", folder="/flujos/web")
DECLARED = {"ventas/diaria-prod", "cierre/cierre-prod"}


def marked(full_name: str, origin: Origin = HERE) -> Marked:
    return Marked(full_name, full_name, origin, 1)


def test_what_is_on_the_server_is_told_apart() -> None:
    own = marked("ventas/diaria-prod")
    renamed = marked("ventas/vieja-prod")
    of_dev = marked("ventas/vieja-dev", replace(HERE, environment="dev"))
    of_a_colleague = marked("ventas/otra-prod", replace(HERE, machine="laptop"))
    taken = marked("cierre/cierre-prod", OTHER)
    shared = marked("cierre/web-dev", replace(OTHER, environment="dev"))
    apart = marked("web/web-prod", OTHER)
    found = sort_out(HERE, DECLARED, [own, renamed, of_dev, of_a_colleague, taken, shared, apart])
    assert (found.own, found.orphans) == ([own], [renamed, of_a_colleague])
    assert (found.taken, found.shared) == ([taken], [shared])


def told(monkeypatch: pytest.MonkeyPatch, *found: Marked, prune: bool = False) -> list[str]:
    monkeypatch.setattr(standing, "of_flows", lambda *_: ())
    monkeypatch.setattr(standing, "find_waiting", lambda *_: [])
    monkeypatch.setattr(standing, "belongings", lambda *_: Belongings(1, 3, 2, 0))
    monkeypatch.setattr("electra_flow.deploying.moved.UV_RUN", "uv run ")
    server = Server("http://x/api")
    findings = check_standing(server, HERE, DECLARED, "pool", lambda: found, prune=prune)
    return [str(finding) for finding in findings]


def test_what_is_left_over_is_named_with_what_removes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "aviso  ventas/vieja-prod quedó en el servidor y ya no se declara: 1 programación activa, "
    )
    text += "3 automatizaciones, 2 ejecuciones pendientes."
    vieja = marked("ventas/vieja-prod")
    fix = " Se arregla con: uv run deploy.py --env prod --prune"
    assert told(monkeypatch, vieja) == [text + fix]
    assert told(monkeypatch, vieja, prune=True) == [f"{text} Se saca al final."]
    (line,) = told(monkeypatch, marked("ventas/vieja-prod", replace(HERE, name="ventas-2024")))
    assert "ya no se declara (de «ventas-2024» (git.example.com/x/flujos, flujos/ventas), " in line


def test_another_project_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = replace(OTHER, repository=None)
    taken, shared = told(
        monkeypatch,
        marked("cierre/cierre-prod", OTHER),
        marked("ventas/web-prod", nowhere),
        marked("ventas/web2-prod", nowhere),
    )
    assert taken.startswith(
        "aviso  cierre/cierre-prod es de otro proyecto, «ventas-web» (git.example.com/x/flujos, "
        "flujos/web), y este despliegue se lo queda"
    )
    assert shared.startswith(
        "aviso  El flujo «ventas» también es de «ventas-web» (/flujos/web, en pc): para Prefect "
    )


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ((0, 0, 0, 0), "sin nada pendiente"),
        ((2, 1, 1, 1), "2 programaciones activas, 1 automatización, 1 ejecución pendiente, "
        "1 ejecución en curso, que sigue"),
    ],
)  # fmt: skip
def test_only_what_there_is_is_counted(counts: tuple[int, int, int, int], text: str) -> None:
    assert str(Belongings(*counts)) == text


def test_a_server_that_refuses_is_told_in_one_line() -> None:
    with stand_in({}) as (url, _):
        findings = list(check_standing(Server(url), HERE, DECLARED, "pool", list, prune=False))
    (line,) = map(str, findings)
    assert line.startswith(
        "aviso  No se pudo ver qué hay en el servidor que ya no se declara acá: "
    )
