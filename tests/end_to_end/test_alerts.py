"""Alerts on a real server: to receivers on loopback that are ready, slow, refusing or absent.

The runs are put into their states over the API, but for those of a worker. What an alert says is in
tests/deploying/test_alert_template.py, and which change is told, in tests/alerts/.
"""

from __future__ import annotations

import ssl
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import trustme
from prefect.blocks.notifications import SlackWebhook

from electra_flow import Alert, Watchdog, alerts
from electra_flow.alerts.lock import WAITS, WORKS
from electra_flow.model.alert import ANNOUNCER
from end_to_end.alerted import Alerted, made, of, variable
from end_to_end.test_automations import automations, switch_off, told
from harness import NOBODY, hours_away, mail_server, prefect_server, wait_until, worker
from receivers import Receiver, receiver

if TYPE_CHECKING:
    from harness import MailServer, Project, Server

pytestmark = pytest.mark.real

SETTINGS = {  # it looks at the time more often than other servers do
    "PREFECT_SERVER_EVENTS_PROACTIVE_GRANULARITY": "PT1S",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "1",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "1",
}
SILENCE = 4.0  # seconds in which an alert would have come
HELD_UP = 30.0  # seconds that a cancellation must not take, with receivers that would take minutes
FAILS = """\
from prefect import flow


@flow(name={!r}, retries=1)
def ventas(sucursal: str = "centro", dia: int = 1) -> None:
    if sucursal == "falla":
        raise ValueError("faltan las ventas de «ñandú»\\ny algo más")
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate, and who vouches for it: the Teams block talks to https alone."""
    own = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.issue_cert("localhost").configure_cert(context)
    path = tmp_path_factory.mktemp("authority") / "authority.pem"
    own.cert_pem.write_to_path(str(path))
    return path, context


@pytest.fixture(scope="module")
def server(
    installed: Project,
    tmp_path_factory: pytest.TempPathFactory,
    authority: tuple[Path, ssl.SSLContext],
) -> Iterator[Server]:
    """A server of these tests' own: what it is slow at would hold up the other tests."""
    settings = SETTINGS | {"REQUESTS_CA_BUNDLE": str(authority[0])}
    with prefect_server(installed, tmp_path_factory.mktemp("server"), **settings) as running:
        running.make_pool("pool")
        yield running


@pytest.fixture
def flow_name() -> str:
    """A name that no other test uses, nor another case of a test."""
    return f"ventas-{uuid4().hex[:8]}"


@pytest.fixture
def alerted(tmp_path: Path, server: Server, flow_name: str) -> Iterator[Alerted]:
    with made(tmp_path / "proyecto", flow_name, server, "pool") as project:
        yield project


@pytest.fixture
def ready() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


# --- On the change ----------------------------------------------------------------------------------


def test_a_failing_run_is_heard_of_within_a_minute_once_its_recovery_once_and_the_next_again(
    tmp_path: Path, server: Server, installed: Project, flow_name: str, ready: Receiver
) -> None:
    """By a worker; each run that fails is tried twice."""
    (tmp_path / "worker").mkdir()
    with (
        worker(installed, server, "pool-con-worker", tmp_path / "worker"),
        made(tmp_path / "p", flow_name, server, "pool-con-worker", text=FAILS) as project,
    ):
        project.done(alerts=[Alert(project.to(ready))], owner="Ana, de Compras")
        path = f"/deployments/{project.stored()['id']}/create_flow_run"

        def run(branch: str) -> tuple[str, float]:
            body = {"parameters": {"sucursal": branch}, "state": {"type": "SCHEDULED"}}
            own = server.api("POST", path, body)["id"]
            end = "Failed" if branch == "falla" else "Completed"
            wait_until(lambda: project.state(own) == end, end)
            return own, time.monotonic()

        first, ended = run("falla")
        (payload,) = ready.wait_for(1, "the failure")
        assert ready.got[0][0] - ended < 60
        assert payload["subject"] == f"Falló: {flow_name}-prod"
        lines = payload["body"].splitlines()
        assert "- Error: ValueError: faltan las ventas de «ñandú»" in lines
        assert "- Avisar a: Ana, de Compras" in lines
        assert any(line.startswith("- Dónde: work pool pool-con-worker, worker ") for line in lines)
        assert f"- Id: {first}" in lines
        assert f"/runs/flow-run/{first}" in payload["body"]
        for branch, expected in (("falla", 1), ("centro", 2), ("centro", 2), ("falla", 3)):
            run(branch)
            ready.wait_for(expected, branch)
            time.sleep(SILENCE)
            assert len(ready.got) == expected
        assert [subject.partition(":")[0] for subject in ready.subjects] == [
            "Falló",
            "Volvió a andar",
            "Falló",
        ]


def test_each_way_to_go_wrong_is_told_by_its_name_and_what_somebody_cancels_is_not(
    alerted: Alerted, ready: Receiver
) -> None:
    alerted.done(alerts=[Alert(alerted.to(ready))])
    ways = [
        ("FAILED", "", {"name": "Rota"}, "Falló"),
        ("FAILED", "", {"name": "TimedOut"}, "Pasó su tiempo"),
        ("CRASHED", "", {}, "Se cayó"),
        ("CANCELLED", "En 4 h no empezó a correr: …", {}, "La terminó la vigilancia"),
    ]
    for type_, message, more, title in ways:
        before = len(ready.got)
        alerted.run(type_, message, **more)
        told = f"{title}: {alerted.flow}-prod"
        wait_until(lambda told=told, before=before: told in ready.subjects[before:], title)
        alerted.run("COMPLETED", name="Sin datos")
        wait_until(lambda: ready.subjects[-1].startswith("Volvió a andar"), "a recovery")
    before = len(ready.got)
    alerted.run("CANCELLED", "Lo canceló Ana")
    time.sleep(SILENCE)
    assert len(ready.got) == before


def test_what_is_over_a_limit_or_does_not_begin_is_told(alerted: Alerted, ready: Receiver) -> None:
    limits = Watchdog(running=timedelta(seconds=10), late=None, lost=None)
    soon = Alert(alerted.to(ready), late=timedelta(seconds=10))
    alerted.done(alerts=[soon], watchdog=limits)
    alerted.run("RUNNING")
    (payload,) = ready.wait_for(1, "the end of a stuck run")
    assert payload["subject"].startswith("La terminó la vigilancia: ")
    assert (
        "- Error: Corrió más de 10 s: el límite está en «running», en deploy.py." in payload["body"]
    )
    alerted.run("COMPLETED")
    ready.wait_for(2, "its recovery")
    path = f"/deployments/{alerted.stored()['id']}/create_flow_run"
    for _ in range(2):
        alerted.server.api("POST", path, {"state": {"type": "SCHEDULED"}})
    ready.wait_for(3, "a run that nobody takes")
    time.sleep(SILENCE)
    assert ready.subjects[2:] == [f"En 10 s no empezó: {alerted.flow}-prod"], "of two, one"


def test_another_deployment_that_works_or_fails_changes_nothing(
    alerted: Alerted, ready: Receiver
) -> None:
    block = alerted.to(ready)
    both = [alerted.deployment(name=name, alerts=[Alert(block)]) for name in ("uno", "dos")]
    alerted.done(deployments=[*both, alerted.deployment(name="callado", alerts=[])])
    alerted.run("FAILED", deployment="uno")
    alerted.run("COMPLETED", deployment="dos")
    alerted.run("FAILED", deployment="callado")
    alerted.run("FAILED", deployment="uno")
    alerted.run("FAILED", deployment="dos")
    ready.wait_for(2, "both failures")
    time.sleep(SILENCE)
    assert sorted(ready.subjects) == ["Falló: dos-prod", "Falló: uno-prod"]


# --- Kept as the other automations are --------------------------------------------------------------


def test_they_are_kept_and_said_and_stay_off_and_a_deployment_counts_as_going_well(
    alerted: Alerted, ready: Receiver
) -> None:
    block = alerted.to(ready)
    wrong, well = (f"avisar a {block} si {what}" for what in ("deja de andar", "vuelve a andar"))
    assert told(alerted.done(alerts=[Alert(block)])) == [f"{wrong} (nueva)", f"{well} (nueva)"]
    before = automations(alerted)
    assert told(alerted.done(alerts=[Alert(block)])) == [wrong, well]
    assert automations(alerted) == before
    alerted.run("FAILED")
    ready.wait_for(1, "the failure")
    assert told(alerted.done(alerts=[Alert(block)], owner="Beto")) == [
        f"cambia «{wrong}»",
        f"cambia «{well}»",
    ]
    alerted.run("FAILED")
    ready.wait_for(2, "another, after it was deployed")
    assert "- Avisar a: Beto" in ready.payloads[1]["body"]
    switch_off(alerted, automations(alerted)[f"alert:{block}"])
    assert f"{wrong} (sigue apagada)" in told(alerted.done(alerts=[Alert(block)], owner="Beto"))
    alerted.run("FAILED")
    time.sleep(SILENCE)
    assert len(ready.got) == 2
    assert len(told(alerted.done(alerts=[]))) == 2
    assert automations(alerted) == {}


def test_dev_is_quiet_unless_it_is_asked_for(alerted: Alerted, ready: Receiver) -> None:
    block = alerted.to(ready)
    assert told(alerted.done("--env", "dev", alerts=[Alert(block)])) == []
    both = Alert(block, environments=["dev", "prod"])
    assert len(told(alerted.done("--env", "dev", alerts=[both]))) == 2


def test_a_block_that_is_missing_or_sends_nothing_is_refused_before_anything_is_deployed(
    alerted: Alerted, ready: Receiver
) -> None:
    alerted.server.make_secret(alerted.flow, "x")
    block = alerted.to(ready)
    wrong = [Alert("ms-teams-webhook/ausente"), Alert(f"secret/{alerted.flow}"), Alert(block)]
    result = alerted.deploy(alerts=wrong)
    assert result.code == 1
    missing, other = (line for line in result.lines if line.startswith("  error"))
    assert "Falta el bloque Microsoft Teams Webhook «ausente»." in missing
    assert "MicrosoftTeamsWebhook(url=getpass('URL: ')).save('ausente')" in missing
    assert f"El bloque Secret «{alerted.flow}» no manda avisos" in other
    quiet = [Alert("ms-teams-webhook/ausente", environments=["dev"]), Alert(block)]
    assert alerted.deploy(alerts=quiet).code == 0, "those of another environment are not asked for"


# --- Teams and Slack --------------------------------------------------------------------------------


def test_teams_gets_a_card(alerted: Alerted, authority: tuple[Path, ssl.SSLContext]) -> None:
    with receiver(authority[1]) as teams:
        host = teams.url.removesuffix("/hook")
        path = "/workflows/FLUJO/triggers/manual/paths/invoke?api-version=2016-06-01"
        url = f"{host}{path}&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=FIRMA"
        block = alerted.server.make_block("ms-teams-webhook", alerted.flow, {"url": url})
        alerted.done(alerts=[Alert(block)])
        alerted.run("FAILED", "se rompió")
        (payload,) = teams.wait_for(1, "the card")
    (attachment,) = payload["attachments"]
    texts = [part["text"] for part in attachment["content"]["body"] if part["type"] == "TextBlock"]
    assert texts[0] == f"Falló: {alerted.flow}-prod"
    assert "\n- Error: se rompió\n" in texts[1]


def test_slack_gets_a_message_as_far_as_it_can_be_seen_without_slack(ready: Receiver) -> None:
    """Its block takes no address but Slack's own: here, what it sends goes elsewhere."""
    block = SlackWebhook(url="https://hooks.slack-gov.com/services/T1/B1/X1")  # type: ignore[arg-type]
    block._apprise_client.services[0].webhook_url = ready.url
    with block.raise_on_failure():
        block.notify(subject="Falló: ventas-prod", body="- Flujo: ventas\n- Error: «ñ»")
    (attachment,) = ready.payloads[0]["attachments"]
    assert attachment["title"] == "Falló: ventas-prod"
    assert attachment["text"] == "- Flujo: ventas\n- Error: «ñ»"


# --- What the server does not send, or could not ----------------------------------------------------


@pytest.fixture(scope="module")
def smtp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with mail_server(tmp_path_factory.mktemp("smtp"), "INSECURE") as running:
        yield running


@pytest.fixture
def mailed(alerted: Alerted, smtp: MailServer) -> Alerted:
    from prefect_email import EmailServerCredentials

    smtp.mails.clear()
    fields = smtp.block(smtp_type="INSECURE")
    EmailServerCredentials(**fields).save("correo", overwrite=True)
    return alerted


@pytest.fixture
def announce(alerted: Alerted) -> Callable[..., alerts.Announced]:
    """Return what a monitoring project does, in this process."""

    def announce(*recipients: str) -> alerts.Announced:
        return alerts.announce(
            list(recipients), "correo", "America/Argentina/Buenos_Aires", lambda *_: None
        )

    return announce


def test_mails_are_sent_on_the_change_to_whom_the_alert_or_the_monitoring_project_says(
    mailed: Alerted, smtp: MailServer, announce: Callable[..., alerts.Announced]
) -> None:
    said = mailed.done(alerts=[Alert(mail=True), Alert(mail=["beto@example.com"])], owner="Ana")
    assert any("no hay un proyecto de monitoreo" in line and "correos" in line for line in said)
    run = mailed.run("FAILED", "Flow run encountered an exception: ValueError: «ñ» <b>")
    mailed.run("FAILED")
    assert of(announce("ana@example.com"), mailed) == [f"Falló: {mailed.flow}-prod"] * 2
    assert {mail["To"] for mail in smtp.mails} == {"ana@example.com", "beto@example.com"}
    mail = smtp.mails[0]
    assert mail["Subject"] == f"Falló: {mailed.flow}-prod"
    plain, html = (part.get_content() for part in mail.iter_parts())
    assert "- Error: ValueError: «ñ» <b>" in plain and "«ñ» &lt;b&gt;" in html and run in html
    assert of(announce("ana@example.com"), mailed) == [], "once"
    mailed.run("COMPLETED")
    assert of(announce("ana@example.com"), mailed) == [f"Volvió a andar: {mailed.flow}-prod"] * 2
    mailed.run("FAILED")
    assert of(announce("ana@example.com"), mailed) == [f"Falló: {mailed.flow}-prod"] * 2
    assert of(announce("ana@example.com"), mailed) == []


def test_what_fails_after_it_was_deployed_again_is_told_again(
    mailed: Alerted, announce: Callable[..., alerts.Announced]
) -> None:
    """And what a limit is ending, at once, while its process may take its time."""
    alert = Alert(mail=["beto@example.com"])
    mailed.done(alerts=[alert])
    mailed.run("FAILED")
    assert of(announce(), mailed) == [f"Falló: {mailed.flow}-prod"]
    mailed.done(alerts=[alert])
    mailed.run("CANCELLING", "Corrió más de 2 h: el límite está en «running», en deploy.py.")
    # The event of the deployment is stored some seconds after it.
    (sent,) = wait_until(lambda: of(announce(), mailed), "what is being cancelled")
    assert sent == f"La terminó la vigilancia: {mailed.flow}-prod"
    assert of(announce(), mailed) == []


def test_a_mail_that_some_do_not_get_is_not_sent_again(
    mailed: Alerted, smtp: MailServer, announce: Callable[..., alerts.Announced]
) -> None:
    mailed.done(alerts=[Alert(mail=["ana@example.com", NOBODY])])
    mailed.run("FAILED")
    done = announce()
    assert of(done, mailed) == [f"Falló: {mailed.flow}-prod"] and len(smtp.mails) == 1
    assert f"no aceptó a {NOBODY}" in done.headline and alerts.result(done).is_failed()
    assert of(announce(), mailed) == [] and len(smtp.mails) == 1


def test_one_that_cannot_be_sent_at_all_silences_no_other(
    mailed: Alerted, announce: Callable[..., alerts.Announced], monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(declared: Any, *others: Any) -> None:
        if "mala" in declared.full_name:
            raise RuntimeError("what nobody thought of")
        real(declared, *others)

    announcing = sys.modules["electra_flow.alerts.announce"]
    real = announcing.send
    monkeypatch.setattr(announcing, "send", send)
    own = [Alert(mail=["beto@example.com"])]
    mailed.done(deployments=[mailed.deployment(name=n, alerts=own) for n in ("mala", "buena")])
    for name in ("mala", "buena"):
        mailed.run("FAILED", deployment=name)
    done = announce()
    assert [sent for sent in done.sent if sent.endswith("a-prod")] == ["Falló: buena-prod"]
    assert any("what nobody thought of" in problem for problem in done.problems)
    monkeypatch.setattr(announcing, "send", real)
    assert "Falló: mala-prod" in announce().sent, "it is tried again"


def test_a_mail_that_is_refused_is_sent_later(
    mailed: Alerted, smtp: MailServer, announce: Callable[..., alerts.Announced]
) -> None:
    mailed.done(alerts=[Alert(mail=["beto@example.com"])])
    mailed.run("FAILED")
    smtp.refusals.append("451 4.3.2 Please try again later")
    done = announce()
    assert of(done, mailed) == []
    assert "451 4.3.2" in done.headline and alerts.result(done).is_failed()
    assert of(announce(), mailed) == [f"Falló: {mailed.flow}-prod"]
    assert len(smtp.mails) == 1


@pytest.mark.parametrize("trouble", ["refuses", "hangs", "is absent"])
def test_what_the_server_could_not_send_is_sent_again_once_somebody_listens(
    alerted: Alerted,
    announce: Callable[..., alerts.Announced],
    trouble: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("electra_flow.alerts.changes.GRACE", timedelta(seconds=1))
    with receiver(status=500 if trouble == "refuses" else 200) as place:
        place.delay = 30 if trouble == "hangs" else 0
        block = alerted.to(place, timeout=1)
        if trouble == "is absent":
            document = alerted.server.api("POST", "/block_documents/filter", {"limit": 200})
            (own,) = (found for found in document if found["name"] == alerted.flow)
            data = own["data"] | {"url": "http://127.0.0.1:1/hook"}
            body = {"data": data, "merge_existing_data": False}
            alerted.server.api("PATCH", f"/block_documents/{own['id']}", body)
        alerted.done(alerts=[Alert(block)])
        run = alerted.run("FAILED")
        time.sleep(8)  # what the server tries, four times
        done = announce()
        assert of(done, alerted) == []
        assert any(f"{block} no lo mandó: " in problem for problem in done.problems)
        place.status, place.delay = 200, 0
        if trouble == "is absent":
            body = {"data": place.custom_block(), "merge_existing_data": False}
            alerted.server.api("PATCH", f"/block_documents/{own['id']}", body)
        place.got.clear()
        assert of(announce(), alerted) == [f"Falló: {alerted.flow}-prod"]
        assert of(announce(), alerted) == []
        (payload,) = place.payloads
    assert f"- Id: {run}" in payload["body"]


def test_what_the_automation_missed_is_told_and_what_it_told_is_not(
    alerted: Alerted,
    ready: Receiver,
    announce: Callable[..., alerts.Announced],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("electra_flow.alerts.changes.GRACE", timedelta(seconds=1))
    alerted.done(alerts=[Alert(alerted.to(ready))])
    alerted.run("FAILED")
    ready.wait_for(1, "the failure")
    own = automations(alerted)
    done = {
        "event": {"name": ["prefect.automation.action.executed"]},
        "resource": {"id": [f"prefect.automation.{one['id']}" for one in own.values()]},
    }
    stored = partial(alerted.server.api, "POST", "/events/filter", {"filter": done})
    wait_until(lambda: stored()["total"], "the event of the alert, which comes seconds after it")
    assert of(announce(), alerted) == []
    for automation in own.values():
        switch_off(alerted, automation)
    alerted.run("COMPLETED")
    alerted.run("FAILED")
    time.sleep(2)
    assert of(announce(), alerted) == [], "what is off, is off"
    for automation in own.values():
        alerted.server.api("PATCH", f"/automations/{automation['id']}", {"enabled": True})
    name = f"{alerted.flow}-prod"
    assert of(announce(), alerted) == [f"Volvió a andar: {name}", f"Falló: {name}"]
    assert [subject.partition(":")[0] for subject in ready.subjects] == [
        "Falló",
        "Volvió a andar",
        "Falló",
    ]
    assert of(announce(), alerted) == []


def test_a_run_that_the_server_ended_because_it_never_began_is_told(
    mailed: Alerted, announce: Callable[..., alerts.Announced]
) -> None:
    """Of which its last state says nothing; what somebody cancelled before that is not told."""
    limits = Watchdog(late=timedelta(seconds=20), running=None, lost=None)
    alert = Alert(mail=["beto@example.com"], when=["ended", "recovered"])
    mailed.done(alerts=[alert], watchdog=limits)
    path = f"/deployments/{mailed.stored()['id']}/create_flow_run"
    run, cancelled = (
        str(mailed.server.api("POST", path, {"state": {"type": "SCHEDULED"}})["id"])
        for _ in range(2)
    )
    wait_until(lambda: mailed.state(cancelled) == "Late", "a late run")
    body = {"state": {"type": "CANCELLED"}, "force": True}
    mailed.server.api("POST", f"/flow_runs/{cancelled}/set_state", body)
    assert of(announce(), mailed) == []
    wait_until(lambda: mailed.state(run) == "Cancelled", "its end")
    assert of(announce(), mailed) == [f"En 10 s no empezó: {mailed.flow}-prod"]
    assert of(announce(), mailed) == []


def test_of_many_that_announce_at_once_each_change_is_told_once(
    mailed: Alerted, smtp: MailServer, announce: Callable[..., alerts.Announced]
) -> None:
    mailed.done(alerts=[Alert(mail=["beto@example.com"])])
    mailed.run("FAILED")
    with ThreadPoolExecutor(8) as threads:
        begun = [threads.submit(copy_context().run, announce) for _ in range(8)]
        done = [each.result() for each in begun]
    assert [sent for each in done for sent in of(each, mailed)] == [f"Falló: {mailed.flow}-prod"]
    assert len([mail for mail in smtp.mails if mailed.flow in mail["Subject"]]) == 1
    assert any(each.left for each in done), "more than two need not wait"
    mailed.run("COMPLETED")
    assert of(announce(), mailed) == [f"Volvió a andar: {mailed.flow}-prod"], "the lock is free"


@pytest.mark.parametrize("name", [WORKS, WAITS])
def test_who_died_while_he_announced_or_waited_holds_up_nobody_for_long(
    mailed: Alerted, announce: Callable[..., alerts.Announced], name: str
) -> None:
    """A server that restarts knows of it no more than of any other variable: it is in its database."""
    mailed.done(alerts=[Alert(mail=["beto@example.com"])])
    mailed.run("FAILED")
    variable(mailed.server, name, datetime.now(UTC) + timedelta(seconds=4))
    if name == WAITS:
        assert announce().left

    def announced() -> alerts.Announced | None:
        done = announce()
        return None if done.left else done

    # The clock of a server that answers is up to two seconds slow.
    done = wait_until(announced, "the end of what the dead one held", 15)
    assert of(done, mailed) == [f"Falló: {mailed.flow}-prod"]
    names = {"variables": {"name": {"any_": [WORKS, WAITS]}}}
    assert mailed.server.api("POST", "/variables/filter", names) == []


# --- A slow receiver holds up nothing ---------------------------------------------------------------


@pytest.fixture
def announcer(alerted: Alerted) -> Iterator[str]:
    """A deployment that would announce, if it had a worker."""
    flow = alerted.server.api("POST", "/flows/", {"name": "avisos"})["id"]
    body = {"name": alerted.flow, "flow_id": flow, "work_pool_name": "pool", "tags": [ANNOUNCER]}
    schedule = {"schedule": {"cron": "0 0 1 1 *", "timezone": "UTC"}, "active": True}
    own = alerted.server.api("POST", "/deployments/", body | {"schedules": [schedule]})["id"]
    yield own
    alerted.server.api("DELETE", f"/deployments/{own}")


def test_with_a_monitoring_project_a_slow_receiver_holds_up_no_cancellation(
    alerted: Alerted,
    announcer: str,
    announce: Callable[..., alerts.Announced],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with receiver(delay=120) as slow:
        block = alerted.to(slow)
        names = [f"falla-{number}" for number in range(6)]
        limit = Watchdog(running=timedelta(seconds=10), late=None, lost=None)
        failing = [alerted.deployment(name=n, alerts=[Alert(block)]) for n in names]
        stuck = alerted.deployment(name="colgada", watchdog=limit)
        alerted.done(deployments=[*failing, stuck])
        run = alerted.run("RUNNING", deployment="colgada")
        begun = time.monotonic()
        for name in names:
            alerted.run("FAILED", deployment=name)
        wait_until(lambda: alerted.state(run) in ("Cancelling", "Cancelled"), "the end", HELD_UP)
        assert time.monotonic() - begun < 10 + HELD_UP / 2
        assert slow.got == [], "the server itself sends nothing"
        query = {"deployments": {"id": {"any_": [announcer]}}}

        def started() -> int:
            runs = alerted.server.api("POST", "/flow_runs/filter", query)
            return len([run for run in runs if not run["auto_scheduled"]])

        wait_until(lambda: started() == 6, "the announcer, once for each")
        slow.delay = 0
        monkeypatch.setenv("PREFECT__RUNTIME__DEPLOYMENT__ID", announcer)
        assert len([sent for sent in announce().sent if "falla-" in sent]) == 6
        assert started() == 0, "whoever announces does what the others were started for"


# --- All of it --------------------------------------------------------------------------------------


def test_a_monitoring_project_sends_mails_and_webhooks_as_soon_as_something_changes(
    alerted: Alerted,
    ready: Receiver,
    smtp: MailServer,
    project: Callable[..., Project],
    tmp_path: Path,
) -> None:
    """Deployed as its author does; what fails begins it, not its schedule.

    In 2 to 18 seconds, where nothing else runs (docs/decisions/alerts.md).
    """
    from prefect_email import EmailServerCredentials

    EmailServerCredentials(**smtp.block(smtp_type="INSECURE")).save("correo-monitoreo")
    monitoring = project(project_slug="monitoreo", flow_kind="monitoring", pool_prod="avisos")
    monitoring.env = monitoring.env | alerted.server.env
    monitoring.edit("deploy.py", "equipo@example.com", "equipo-de-guardia@example.com")
    for own in ("55 23 * * *", "55 23 * * 0", "*/15 * * * *"):
        monitoring.edit("deploy.py", own, hours_away())
    (tmp_path / "worker").mkdir()
    with worker(monitoring, alerted.server, "avisos", tmp_path / "worker"):
        deployed = monitoring.deploy("--env", "prod")
        assert deployed.code == 0, deployed.output
        said = alerted.done(alerts=[Alert(alerted.to(ready)), Alert(mail=True)])
        assert not any("Avisos: " in line for line in said), "nothing is missing"

        def mails() -> list[str]:
            return [
                mail["Subject"]
                for mail in smtp.mails
                if mail["To"] == "equipo-de-guardia@example.com"
                and str(mail["Subject"]).endswith(f": {alerted.flow}-prod")
            ]

        for number, (state, title) in enumerate(
            [("FAILED", "Falló"), ("COMPLETED", "Volvió a andar"), ("FAILED", "Falló")], 1
        ):
            alerted.run(state)
            wait_until(lambda n=number: len(mails()) == n == len(ready.got), title)
            assert mails()[-1] == ready.subjects[-1] == f"{title}: {alerted.flow}-prod"
            if state == "FAILED":
                alerted.run(state)
        time.sleep(SILENCE)
        assert len(mails()) == len(ready.got) == 3
