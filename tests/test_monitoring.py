"""`flow_kind=monitoring`: the report of a real server, and its mail through real SMTP servers."""

from __future__ import annotations

import json
import re
import socket
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from harness import free_port, mail_server, prefect_server, stand_in, worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness import Generated, MailServer, Project, Server

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


def report(project: Project, server: Server, **parameters: Any) -> str:
    """Run the flow as a user does by hand, and return the artifact."""
    code = (
        "import json, sys; sys.path.insert(0, 'src'); import monitoreo; "
        "monitoreo.monitoreo(**json.loads(sys.argv[1]))"
    )
    result = project.run("-c", code, json.dumps(parameters))
    assert result.code == 0, result.output
    return artifact(server, f"monitoreo-{parameters.get('periodo', 'diario')}")


def artifact(server: Server, key: str) -> str:
    """Return the newest artifact of a key, as Prefect's UI shows it."""
    return server.api("GET", f"/artifacts/{key}/latest")["data"]


def totals(markdown: str) -> dict[str, int]:
    """Return the table of a report: how many runs, by state."""
    rows = re.findall(r"^\| ([A-ZÁ-Ú][^|]+) \| (\d+) \|", markdown, re.M)
    return {name: int(number) for name, number in rows}


def make_run(server: Server, flow: str, type: str, name: str = "", message: str = "") -> str:
    """Create a run in a state; it starts and ends at this moment."""
    flow_id = server.api("POST", "/flows/", {"name": flow})["id"]
    state = {"type": type, "name": name or type.title(), "message": message}
    body = {"flow_id": flow_id, "state": state}
    return server.api("POST", "/flow_runs/", body)["id"]


# --- What is counted --------------------------------------------------------------------------


def test_thousands_of_runs_are_all_counted_each_in_its_state(
    monitoring: Project, server: Server
) -> None:
    states = [
        ("COMPLETED", "Completed", "Completadas", 1500),
        ("FAILED", "Failed", "Fallidas (Failed)", 431),
        ("FAILED", "TimedOut", "Vencidas (TimedOut)", 37),
        ("CRASHED", "Crashed", "Caídas (Crashed)", 11),
        ("CANCELLED", "Cancelled", "Canceladas", 23),
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

    # A day that began when the first of them was made.
    text = report(monitoring, server, hasta=(started + timedelta(days=1)).isoformat())
    assert totals(text) == expected
    assert "479 fallas en 2002 ejecuciones" in text
    failures, late, cancelled = (
        sum(map(int, re.findall(r"^### flujo-\d \((\d+)\)", section, re.M)))
        for section in text.split("\n## ")[1:]
    )
    assert (failures, late, cancelled) == (479, 5, 23)

    # A day that ended when the last of them was made, and one that ended before the first.
    assert totals(report(monitoring, server, hasta=ended.isoformat())) == expected
    before = report(monitoring, server, hasta=started.isoformat())
    assert totals(before) == {} and "No terminó ninguna ejecución" in before


def test_a_run_counts_in_the_period_in_which_it_ends(monitoring: Project, server: Server) -> None:
    """It began in the one before; and where two periods touch, none counts twice."""
    long = make_run(server, "largo", "RUNNING")
    border = datetime.now(UTC)
    body = {"state": {"type": "FAILED", "message": "se cortó"}, "force": True}
    server.api("POST", f"/flow_runs/{long}/set_state", body)
    exact = make_run(server, "justo", "CRASHED")
    end = datetime.fromisoformat(server.api("GET", f"/flow_runs/{exact}")["end_time"])

    first = report(monitoring, server, hasta=border.isoformat())
    assert "### largo" not in first and "### justo" not in first
    second = report(monitoring, server, hasta=end.isoformat())
    assert "### largo (1)" in second and "### justo (1)" in second
    third = report(monitoring, server, hasta=(end + timedelta(days=1)).isoformat())
    assert "### justo" not in third


def test_the_report_is_in_local_time_links_to_each_run_and_says_why(
    monitoring: Project, server: Server
) -> None:
    run = make_run(server, "con-enlace", "FAILED", message="<b>falta</b>\nel archivo | `x`")
    cancelled = make_run(server, "cancelado", "RUNNING")
    for state in ({"type": "CANCELLING", "message": "Corrió mucho"}, {"type": "CANCELLED"}):
        server.api("POST", f"/flow_runs/{cancelled}/set_state", {"state": state})
    text = report(monitoring, server, huso_horario="Asia/Tokyo")
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
    monitoring.edit(
        "deploy.py", '"PYTHONUTF8": "1"', f'"PYTHONUTF8": "1", "SSL_CERT_FILE": "{smtp.authority}"'
    )
    monitoring.edit("src/monitoreo.py", "[60, 240]", "[1, 1]")
    smtp.refusals.append("451 4.3.2 Please try again later")
    (tmp_path / "worker").mkdir()
    with worker(monitoring, server, "pool-de-informes", tmp_path / "worker"):
        result = monitoring.deploy("--run")
        assert result.code == 0, result.output
        assert "Bloque Email Server Credentials «correo-monitoreo»: existe." in result.output
        assert result.output.count("Terminó bien (Completed)") == 2

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


SEND = """
import json, sys
sys.path.insert(0, "src")
import report_mail
from prefect_email import EmailServerCredentials
report_mail.TIMEOUT = 2.0
said = []
for fields, to in json.loads(sys.argv[1]):
    message = report_mail.build_message("a", "<p>a</p>", "a", "prefect@example.com", [to])
    try:
        report_mail.send(message, EmailServerCredentials(**fields), "correo")
        said.append(["sent", None])
    except report_mail.MailError as error:
        said.append([str(error), error.may_pass])
print(json.dumps(said))
"""


def test_each_way_a_mail_server_can_refuse_is_said_in_one_line(
    monitoring: Project, smtp: MailServer, tmp_path: Path
) -> None:
    """SSL, STARTTLS and none; an authority of the company's is trusted by SSL_CERT_FILE."""
    silent = socket.create_server(("127.0.0.1", 0))
    with (
        mail_server(tmp_path, "SSL") as over_tls,
        mail_server(tmp_path, "INSECURE") as insecure,
        silent,
    ):
        bundle = tmp_path / "authorities.pem"
        bundle.write_text(smtp.authority.read_text() + over_tls.authority.read_text())
        cases = {
            "sent": smtp.block(),
            "sent ": over_tls.block(smtp_type="SSL"),
            "sent  ": insecure.block(smtp_type="INSECURE"),
            "rechazó el usuario o la contraseña (535": smtp.block(password="otra"),
            "no admite lo que pide el bloque": insecure.block(),
            "no aceptó el remitente prefect@example.com (530": smtp.block(
                smtp_type="INSECURE", username=None
            ),
            "no contesta con TLS": smtp.block(smtp_type="SSL"),
            "no contestó en 2 segundos": smtp.block(smtp_port=silent.getsockname()[1]),
            "no atiende en ese puerto": smtp.block(smtp_port=free_port()),
            "no existe en la red": smtp.block(smtp_server="correo.invalid"),
        }
        given = json.dumps([[block, "ana@example.com"] for block in cases.values()])
        result = monitoring.run("-c", SEND, given, SSL_CERT_FILE=str(bundle))
        untrusted = monitoring.run("-c", SEND, json.dumps([[smtp.block(), "a@example.com"]]))
        assert (len(over_tls.mails), len(insecure.mails)) == (1, 1)
    said = json.loads(result.lines[-1])
    for expected, (text, may_pass) in zip(cases, said, strict=True):
        assert expected.strip() in text and len(text.splitlines()) == 1, said
        assert text == "sent" or text.startswith("No se mandó el correo: "), text
        network = ("no contestó", "no atiende", "no existe")
        assert bool(may_pass) == expected.startswith(network), "only those may pass"
    ((text, may_pass),) = json.loads(untrusted.lines[-1])
    assert "no es de confianza" in text and "SSL_CERT_FILE" in text and not may_pass


# --- What is refused before anything is deployed ------------------------------------------------


@pytest.fixture
def without_block(monitoring: Project, server: Server) -> Project:
    if not server.api("POST", "/work_pools/filter", {"work_pools": {"name": {"any_": ["vacio"]}}}):
        server.make_pool("vacio")
    monitoring.edit("deploy.py", '"dev": "pool-de-informes"', '"dev": "vacio"')
    monitoring.edit("deploy.py", '"correo-monitoreo"', '"correo-ausente"')
    return monitoring


def test_a_missing_mail_block_is_named_with_the_page_and_the_command_that_create_it(
    without_block: Project, server: Server
) -> None:
    result = without_block.deploy()
    assert result.code == 1
    (line,) = (line for line in result.lines if line.startswith("  error"))
    assert "Falta el bloque Email Server Credentials «correo-ausente»." in line
    page = f"{server.url.removesuffix('/api')}/blocks/catalog/email-server-credentials/create"
    assert page in line
    (code,) = re.findall(r'python -c "(.*)"$', line)
    assert "'correo-ausente'" in code
    compile(code, "the command", "exec")


def test_the_command_that_is_shown_creates_the_block(without_block: Project) -> None:
    (code,) = re.findall(r'python -c "(.*)"', without_block.deploy().output)
    answers = code.replace("input('Servidor: ')", "'localhost'").replace(
        "input('Usuario: ')", "'a'"
    )
    created = without_block.run("-c", answers.replace("getpass('Clave: ')", "'b'"))
    assert created.code == 0, created.output
    assert without_block.deploy("--check").code == 0


def test_a_server_that_does_not_know_the_type_of_block_yet_is_told_how_to_register_it(
    monitoring: Project, server: Server
) -> None:
    """The server that knows none is a stand-in: a real one registers this type when it starts."""
    with stand_in({"/api/health": True, "/api/admin/version": "3.9.1"}) as (url, _):
        unknown = monitoring.deploy("--check", PREFECT_API_URL=url)
    (line,) = (line for line in unknown.lines if "email-server-credentials" in line)
    assert "el servidor todavía no conoce ese tipo de bloque" in line
    assert line.endswith("prefect block register -m prefect_email")
    monitoring.edit("deploy.py", "email-server-credentials/", "un-tipo-que-no-hay/")
    (line,) = (line for line in monitoring.deploy().lines if "un-tipo-que-no-hay" in line)
    assert "el servidor todavía no conoce ese tipo de bloque" in line


@pytest.mark.parametrize(
    ("recipients", "reason"),
    [
        ("[]", "destinatarios: la lista está vacía: poné por lo menos una dirección."),
        ('"ana@example.com"', "destinatarios: tiene que ser una lista"),
        ('["ana"]', "destinatarios: 'ana' no es una dirección de correo."),
    ],
)
def test_recipients_that_are_none_are_refused(
    without_block: Project, recipients: str, reason: str
) -> None:
    without_block.edit("deploy.py", '["equipo@example.com"]', recipients)
    result = without_block.deploy("--check")
    assert result.code == 1
    assert sum(reason in line for line in result.lines) == 2, result.output  # in both deployments
    assert "Traceback" not in result.output


def test_the_mail_block_is_looked_for_when_the_project_is_generated(
    tmp_path: Path, generate: Callable[..., Generated], server: Server
) -> None:
    generated = generate(tmp_path, env={"PREFECT_API_URL": server.url}, flow_kind="monitoring")
    (line,) = (line for line in generated.lines if "Email Server Credentials" in line)
    assert "«correo-monitoreo»" in line
