"""`flow_kind=monitoring`: the report of a real server, mailed through a real SMTP server.

What the report looks like, and each way a mail server can refuse, needs no server: tests/report/.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from harness import Server, mail_server, prefect_server, worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness import Generated, MailServer, Project

pytestmark = pytest.mark.real

ZONE = "America/Argentina/Buenos_Aires"


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, installed_monitoring: Project
) -> Iterator[Server]:
    """A server of these tests' own: all of its runs are counted."""
    with prefect_server(installed_monitoring, tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def smtp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with mail_server(tmp_path_factory.mktemp("smtp")) as running:
        yield running


@pytest.fixture
def monitoring(project: Callable[..., Project], server: Server) -> Project:
    ready = project(project_slug="monitoreo", flow_kind="monitoring", pool_dev="pool-de-informes")
    ready.env = ready.env | server.env
    return ready


def save_block(project: Project, name: str, fields: dict[str, Any]) -> None:
    code = (
        "import json, sys; from prefect_email import EmailServerCredentials as Credentials; "
        "Credentials(**json.loads(sys.argv[2])).save(sys.argv[1], overwrite=True)"
    )
    result = project.run("-c", code, name, json.dumps(fields))
    assert result.code == 0, result.output


REPORTS = """
import json, os, sys, urllib.request
sys.path.insert(0, "src")
import monitoreo
texts = []
for parameters in json.loads(sys.argv[1]):
    monitoreo.monitoreo(**parameters)
    url = os.environ["PREFECT_API_URL"] + "/artifacts/monitoreo-diario/latest"
    with urllib.request.urlopen(url) as answer:
        texts.append(json.load(answer)["data"])
print(json.dumps(texts))
"""


def reports(project: Project, *parameters: dict[str, str]) -> list[str]:
    """Run the flow as a user does by hand, and return the artifact of each run."""
    result = project.run("-c", REPORTS, json.dumps(parameters))
    assert result.code == 0, result.output
    texts: list[str] = json.loads(result.lines[-1])
    return texts


def artifact(server: Server, key: str) -> str:
    """Return the newest artifact of a key, as Prefect's UI shows it."""
    return server.api("GET", f"/artifacts/{key}/latest")["data"]


def totals(markdown: str) -> dict[str, int]:
    """Return the table of a report: how many runs, by state."""
    rows = re.findall(r"^\| ([A-ZÁ-Ú][^|]+) \| (\d+) \|", markdown, re.M)
    return {name: int(number) for name, number in rows}


@cache
def flow_of(url: str, name: str) -> str:
    return Server(url, {}, {}).api("POST", "/flows/", {"name": name})["id"]


def make_run(server: Server, flow: str, type: str, name: str = "", message: str = "") -> str:
    """Create a run in a state; it starts and ends at this moment."""
    flow_id = flow_of(server.url, flow)
    state = {"type": type, "name": name or type.title(), "message": message}
    body = {"flow_id": flow_id, "state": state}
    return server.api("POST", "/flow_runs/", body)["id"]


# --- What is counted --------------------------------------------------------------------------


def test_the_runs_of_several_pages_are_all_counted_each_in_its_state(
    monitoring: Project, server: Server
) -> None:
    states = [
        ("COMPLETED", "Completed", "Completadas", 130),
        ("FAILED", "Failed", "Fallidas (Failed)", 61),
        ("FAILED", "TimedOut", "Vencidas (TimedOut)", 7),
        ("CRASHED", "Crashed", "Caídas (Crashed)", 4),
        ("CANCELLED", "Cancelled", "Canceladas", 3),
        ("SCHEDULED", "Late", "Atrasadas (Late)", 5),
        ("RUNNING", "Running", "En curso", 3),
        ("SCHEDULED", "AwaitingRetry", "En curso", 2),
        ("SCHEDULED", "Scheduled", "", 4),  # not yet due: nobody's fault
    ]
    started = datetime.now(UTC)
    expected: Counter[str] = Counter()
    for type_, name, label, number in states:
        for index in range(number):
            make_run(server, f"flujo-{index % 7}", type_, name, f"mensaje {index}")
        expected[label] += number
    del expected[""]
    ended = datetime.now(UTC)

    # A day that began when the first of them was made, one that ended when the last of them was
    # made, and one that ended before the first.
    text, whole, before = reports(
        monitoring,
        *({"hasta": end.isoformat()} for end in (started + timedelta(days=1), ended, started)),
    )
    assert totals(text) == totals(whole) == expected
    assert "72 fallas en 205 ejecuciones" in text, "a page has 200"
    failures, late, cancelled = (
        sum(map(int, re.findall(r"^### flujo-\d \((\d+)\)", section, re.M)))
        for section in text.split("\n## ")[1:]
    )
    assert (failures, late, cancelled) == (72, 5, 3)
    assert totals(before) == {} and "No terminó ninguna ejecución" in before


def test_a_run_counts_in_the_period_in_which_it_ends(monitoring: Project, server: Server) -> None:
    """It began in the one before; and where two periods touch, none counts twice."""
    long = make_run(server, "largo", "RUNNING")
    border = datetime.now(UTC)
    body = {"state": {"type": "FAILED", "message": "se cortó"}, "force": True}
    server.api("POST", f"/flow_runs/{long}/set_state", body)
    exact = make_run(server, "justo", "CRASHED")
    end = datetime.fromisoformat(server.api("GET", f"/flow_runs/{exact}")["end_time"])

    first, second, third = reports(
        monitoring, *({"hasta": at.isoformat()} for at in (border, end, end + timedelta(days=1)))
    )
    assert "### largo" not in first and "### justo" not in first
    assert "### largo (1)" in second and "### justo (1)" in second
    assert "### justo" not in third


def test_the_report_is_in_local_time_links_to_each_run_and_says_why(
    monitoring: Project, server: Server
) -> None:
    run = make_run(server, "con-enlace", "FAILED", message="<b>falta</b>\nel archivo | `x`")
    cancelled = make_run(server, "cancelado", "RUNNING")
    for state in ({"type": "CANCELLING", "message": "Corrió mucho"}, {"type": "CANCELLED"}):
        server.api("POST", f"/flow_runs/{cancelled}/set_state", {"state": state})
    (text,) = reports(monitoring, {"huso_horario": "Asia/Tokyo"})
    assert re.search(rf"^- .*{cancelled}.*\n *Corrió mucho$", text, re.M)
    row = next(iter(re.findall(rf"^- .*{run}.*\n.*$", text, re.M)))
    assert f"({server.url.removesuffix('/api')}/runs/flow-run/{run})" in row
    start = datetime.fromisoformat(server.api("GET", f"/flow_runs/{run}")["start_time"])
    assert f"{(start.astimezone(UTC) + timedelta(hours=9)):%d/%m %H:%M}" in row
    assert r"\<b\>falta\</b\> el archivo \| \`x\`" in row
    assert "(Asia/Tokyo)" in text


# --- Deployed, run and mailed -----------------------------------------------------------------


def test_both_reports_are_deployed_run_by_a_worker_and_mailed(
    monitoring: Project, server: Server, smtp: MailServer, tmp_path: Path
) -> None:
    save_block(monitoring, "correo-monitoreo", smtp.block())
    make_run(server, "para-el-correo", "FAILED", message="«ñandú» <i>")
    monitoring.edit("deploy.py", '"equipo@example.com"', '"ana@example.com", "beto@example.com"')
    certificate = f'env={{"SSL_CERT_FILE": "{smtp.authority}"}},'
    monitoring.edit("deploy.py", "    blocks=[", f"    {certificate}\n    blocks=[")
    monitoring.edit("src/monitoreo.py", "[60, 240]", "[1, 1]")
    smtp.refusals.append("451 4.3.2 Please try again later")
    (tmp_path / "worker").mkdir()
    with worker(monitoring, server, "pool-de-informes", tmp_path / "worker"):
        result = monitoring.deploy("--run")
        assert result.code == 0, result.output
        assert "Bloque Email Server Credentials «correo-monitoreo»: existe." in result.output
        # Both reports, a round of the watchdog, and what announces the alerts.
        assert result.output.count("Terminó bien (Completed)") == 4
        assert "Terminó bien (Completed): Nada que terminar. " in result.output
        silence = "avisar si en 45 min no termina bien ninguna ejecución"
        assert silence not in result.output, "dev has no schedule: nothing runs by itself"

        daily, weekly = smtp.mails
        assert (daily["To"], daily["From"]) == (
            "ana@example.com, beto@example.com",
            "prefect@example.com",
        )
        assert re.fullmatch(r"Prefect: \d+ fallas? en \d+ .* \(diario, .*\)", daily["Subject"])
        assert "(semanal, " in weekly["Subject"]
        assert daily.get_content_type() == "multipart/alternative"
        plain, html = (part.get_content() for part in daily.iter_parts())
        assert "«ñandú» <i>" in plain and "«ñandú» &lt;i&gt;" in html
        assert artifact(server, "monitoreo-diario") and artifact(server, "monitoreo-semanal")

        schedules = {
            name: server.api("GET", f"/deployments/name/monitoreo/monitoreo-{name}-dev")
            for name in ("diario", "semanal")
        }
        assert {
            name: deployment["schedules"][0]["schedule"]["cron"]
            for name, deployment in schedules.items()
        } == {"diario": "55 23 * * *", "semanal": "55 23 * * 0"}
        zones = {d["schedules"][0]["schedule"]["timezone"] for d in schedules.values()}
        assert zones == {ZONE}

        # A refused login fails the runs, in plain words; the report is there all the same.
        save_block(monitoring, "correo-monitoreo", smtp.block(password="otra"))
        mark = make_run(server, "despues-del-rechazo", "FAILED")
        result = monitoring.deploy("--run")
    assert result.code == 1 and "Traceback" not in result.output
    (line, _) = (line for line in result.lines if "Terminó mal (Failed)" in line)
    assert "rechazó el usuario o la contraseña (535" in line and "«correo-monitoreo»" in line
    assert line.endswith("El informe está en Artifacts.")
    assert mark in artifact(server, "monitoreo-diario")
    assert len(smtp.mails) == 2
    file = (monitoring.path / "src" / "logs" / "monitoreo.log").read_text("utf-8")
    # (Prefect adds a traceback of its own code to the log of each failed run of a worker.)
    assert "Finished in state Failed('No se mandó el correo: " in file
    (retry,) = re.findall(r"- Task run failed .*Retry.*", file)
    assert "rechazó el correo (451 4.3.2 Please try again later)" in retry, "no other is repeated"
    assert "clave-4711" not in file


# --- What is refused before anything is deployed ------------------------------------------------


def test_what_is_missing_or_wrong_is_told_and_the_command_that_is_shown_creates_the_block(
    monitoring: Project, server: Server
) -> None:
    server.make_pool("vacio")
    monitoring.edit("deploy.py", 'pool="pool-de-informes"', 'pool="vacio"')
    monitoring.edit("deploy.py", '"correo-monitoreo"', '"correo-ausente"')
    monitoring.edit("deploy.py", '["equipo@example.com"]', '["ana"]')
    refused = monitoring.deploy()
    assert refused.code == 1 and "Traceback" not in refused.output
    block, *recipients = (line for line in refused.lines if line.startswith("  error"))
    assert "Falta el bloque Email Server Credentials «correo-ausente»." in block
    page = f"{server.url.removesuffix('/api')}/blocks/catalog/email-server-credentials/create"
    assert page in block
    reason = "destinatarios: 'ana' no es una dirección de correo."
    assert [reason in line for line in recipients] == 3 * [True], "in each deployment"

    (code,) = re.findall(r'python -c "(.*)"$', block)
    answers = {"input('Servidor: ')": "'localhost'", "input('Usuario: ')": "'a'"}
    for question, answer in (answers | {"getpass('Clave: ')": "'b'"}).items():
        assert question in code
        code = code.replace(question, answer)
    created = monitoring.run("-c", code)
    assert created.code == 0, created.output
    monitoring.edit("deploy.py", '["ana"]', '["ana@example.com"]')
    assert monitoring.deploy("--check").code == 0


def test_the_mail_block_is_looked_for_when_the_project_is_generated(
    tmp_path: Path, generate: Callable[..., Generated], server: Server
) -> None:
    generated = generate(tmp_path, env={"PREFECT_API_URL": server.url}, flow_kind="monitoring")
    (line,) = (line for line in generated.lines if "Email Server Credentials" in line)
    assert "«correo-monitoreo»" in line
