"""What real use broke: each test is a report, in words, with the smallest input and the right value.

The twelve kinds of 0.1's list, in its order. What a room's own tests hold is named, not repeated: a
new report has its place here, and its kind a test where the code is.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule, RRuleSchedule
from prefect.schedules import Interval as PrefectInterval

from electra_flow import Cron, Interval, RRule
from electra_flow.checks import machine
from electra_flow.checks.other_user import check_readable
from electra_flow.checks.schedules import schedule_problems
from electra_flow.checks.uv_workspace import workspace_above
from electra_flow.conventions.check import check as check_conventions
from electra_flow.deploying import run_once
from electra_flow.deploying.same_schedule import describe, same
from electra_flow.deploying.schedules import merge_schedules
from electra_flow.model.schedules import as_prefect
from electra_flow.sources.committed_lock import check_workspace_in_commit, own_lock
from electra_flow.sources.working_copy import WorkingCopy
from end_to_end.declared import Declared, declaring
from harness import TOOLS, UV, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness import Generated, Server

ZONE = "America/Argentina/Buenos_Aires"

# --- 1. A pause jumps (also deploying/test_schedules.py) --------------------------------------------


def forgetful(schedule: Any, *, active: bool) -> DeploymentSchedule:
    """What Prefect's server has once somebody switched a schedule off: no parameters any more."""
    whole = as_prefect(schedule, ZONE)
    if whole.cron:
        rule: Any = CronSchedule(cron=whole.cron, timezone=ZONE)
    elif whole.interval:
        rule = IntervalSchedule(
            interval=whole.interval, anchor_date=whole.anchor_date, timezone=ZONE
        )
    else:
        rule = RRuleSchedule(rrule=whole.rrule or "", timezone=ZONE)
    parameters = dict(whole.parameters) if active else {}
    return DeploymentSchedule(schedule=rule, active=active, parameters=parameters, slug=whole.slug)


def schedules(*declared: Any) -> list[Any]:
    return [as_prefect(schedule, ZONE) for schedule in declared]


def test_who_pauses_one_of_two_branches_finds_it_paused_and_with_its_branch() -> None:
    """The server forgets the parameters of what is paused; the hour says which one it is."""
    north = Cron("0 8 * * *", parameters={"sucursal": "norte"})
    south = Cron("0 9 * * *", parameters={"sucursal": "sur"})
    before = [forgetful(south, active=False), forgetful(north, active=True)]
    merge = merge_schedules(schedules(north, south), before)
    assert [item.active for item in merge.schedules] == [True, False]
    assert [item.parameters["sucursal"] for item in merge.schedules] == ["norte", "sur"]


def test_at_the_same_hour_nobody_knows_which_branch_was_paused_and_both_are() -> None:
    everyone = Cron("0 8 * * *")
    south = Cron("0 8 * * *", parameters={"sucursal": "sur"})
    before = [forgetful(south, active=False), forgetful(everyone, active=True)]
    merge = merge_schedules(schedules(everyone, south), before)
    assert [item.active for item in merge.schedules] == [False, False] and merge.inactive
    assert "no se sabe cuál de las nuevas es cuál" in merge.changes[-1]


def test_intervals_of_the_same_length_do_not_exchange_their_beginnings() -> None:
    six = timedelta(hours=6)
    plain, other = Interval(six), Interval(six, parameters={"sucursal": "sur"})
    first, second = (
        IntervalSchedule(interval=six, anchor_date=datetime(2026, 1, 1, hour, tzinfo=UTC))
        for hour in (1, 2)
    )
    before = [
        DeploymentSchedule(schedule=rule.model_copy(update={"timezone": ZONE}), **fields)
        for rule, fields in ((second, {"parameters": {"sucursal": "sur"}}), (first, {}))
    ]
    merge = merge_schedules(schedules(plain, other), before)
    assert [item.anchor_date.hour for item in merge.schedules] == [1, 2] and not merge.changes


def test_an_interval_that_was_made_some_minutes_ago_still_names_no_beginning() -> None:
    """Prefect's own takes the moment at which deploy.py declares it; the checks may take minutes."""
    declared = PrefectInterval(timedelta(hours=6))
    stored = IntervalSchedule(
        interval=timedelta(hours=6), anchor_date=datetime(2026, 1, 1, tzinfo=UTC), timezone=ZONE
    )
    time.sleep(0.01)
    merge = merge_schedules(schedules(declared), [DeploymentSchedule(schedule=stored)])
    assert merge.schedules[0].anchor_date.year == 2026 and not merge.changes


@pytest.mark.parametrize("rule", ["FREQ=MINUTELY;INTERVAL=7", "RRULE:FREQ=SECONDLY;INTERVAL=90"])
def test_a_rule_of_minutes_is_the_one_that_the_server_gave_a_recent_start(rule: str) -> None:
    stored = RRuleSchedule(rrule=f"DTSTART:20261126T153000\n{rule}", timezone=ZONE)
    (declared,) = schedules(RRule(rule))
    assert same(declared, DeploymentSchedule(schedule=stored))
    merge = merge_schedules([declared], [DeploymentSchedule(schedule=stored, active=False)])
    assert not merge.schedules[0].active and merge.changes[0].startswith("sigue en pausa")


def test_an_end_in_utc_is_refused_before_the_server_answers_500() -> None:
    (problem,) = schedule_problems(RRule("FREQ=DAILY;UNTIL=20401231T000000Z"))
    assert "«UNTIL=20401231T000000Z» tiene que ser «UNTIL=20401231T000000»" in problem
    assert not list(schedule_problems(RRule("FREQ=DAILY;UNTIL=20401231T000000")))


hours = st.sampled_from([f"0 {hour} * * *" for hour in range(4)])
lines = st.tuples(hours, st.sampled_from([{}, {"a": 1}, {"a": 2}]), st.booleans())


@given(st.lists(lines, max_size=6, unique_by=lambda line: (line[0], str(line[1]))), st.randoms())
def test_whatever_was_paused_a_deployment_without_a_change_lets_none_of_it_run(
    declared: list[Any], random: Any
) -> None:
    given = [Cron(cron, parameters=parameters) for cron, parameters, _ in declared]
    before = [forgetful(item, active=line[2]) for item, line in zip(given, declared, strict=True)]
    random.shuffle(before)
    merge = merge_schedules(schedules(*given), before)
    for new, (cron, parameters, ran) in zip(merge.schedules, declared, strict=True):
        assert ran or not new.active, describe(new, new.parameters)
        alike = [line for line in declared if line[0] == cron and line[1] != parameters]
        if ran and not any(not line[2] for line in alike):
            assert new.active, "what is known goes on"
        assert new.active or not ran or "no se sabe" in merge.changes[-1]


# --- 2. A bad log line costs the log file (logger/test_prefect_logger.py) ---------------------------


@pytest.fixture(scope="module")
def plain(
    tmp_path_factory: pytest.TempPathFactory, generate: Callable[..., Generated]
) -> Generated:
    return generate(tmp_path_factory.mktemp("reports"), server_check="skip")


@pytest.mark.parametrize(
    ("call", "code"), [('"Total: ", 99', "PLE1205"), ('"%s de %s", 99', "PLE1206")]
)
def test_ruff_finds_a_log_call_whose_arguments_do_not_fit(
    plain: Generated, call: str, code: str
) -> None:
    text = f"logger = logger_global.obtener_logger_prefect()\nlogger.info({call})\n"
    command = [TOOLS / "ruff", "check", "--no-cache", "--output-format", "concise", "-"]
    done = subprocess.run(
        command, cwd=plain.path, input=text, capture_output=True, encoding="utf-8"
    )
    assert code in done.stdout, done.stdout


# --- 3, 4, 6 and 7: what the clean interpreter says: checks/test_flow_import.py, deploying/test_review.py,
# --- and logger/test_prefect_logger.py
# --- 5. Generation into a closed pipe deletes the project: generation/test_voice.py ----------------
# --- 8. What the operator set is lost: deploying/test_prepare.py, end_to_end/test_redeploy.py --------


# --- 9. Inside a uv workspace -------------------------------------------------------------------------

ROOT_OF_WORKSPACE = """\
[project]
name = "empresa"
version = "1"
requires-python = ">=3.11"

[tool.uv.workspace]
members = ["flujos/*"]
exclude = ["flujos/viejo"]
"""


@pytest.fixture
def workspace(tmp_path: Path, environment: dict[str, str]) -> Path:
    (tmp_path / "pyproject.toml").write_text(ROOT_OF_WORKSPACE, "utf-8")
    (tmp_path / "flujos").mkdir()
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "raíz"]):
        assert run("git", *command, cwd=tmp_path, env=environment).code == 0
    return tmp_path


def test_only_a_member_is_of_the_workspace(workspace: Path) -> None:
    for name in ("flujos/ventas", "flujos/viejo", "otro"):
        (workspace / name).mkdir()
    assert workspace_above(str(workspace / "flujos/ventas")) == str(workspace)
    assert workspace_above(str(workspace / "flujos/viejo")) is None
    assert workspace_above(str(workspace / "otro")) is None
    assert workspace_above(str(workspace)) is None


def test_generating_leaves_the_root_s_lock_alone_and_says_what_completes_it(
    workspace: Path, generate: Callable[..., Generated]
) -> None:
    (workspace / "uv.lock").write_text("version = 1\n", "utf-8")
    generated = generate(workspace / "flujos", uv=True, server_check="skip")
    assert generated.code == 0
    assert f"El proyecto es parte del workspace de uv de {workspace}: " in generated.output
    assert (workspace / "uv.lock").read_text("utf-8") == "version = 1\n"
    assert not (generated.path / "uv.lock").exists()


def test_deploying_from_git_asks_for_the_root_s_lock(
    workspace: Path, environment: dict[str, str]
) -> None:
    project = workspace / "flujos" / "ventas"
    project.mkdir()
    (project / "pyproject.toml").write_text('[project]\nname = "ventas"\n', "utf-8")
    assert own_lock(project) == []

    def found() -> list[str]:
        copy = WorkingCopy(project, "https://git.example/flujos.git", "main")
        return [finding.text for finding in check_workspace_in_commit(copy)]

    (missing,) = found()
    assert missing.startswith("No está ../../uv.lock, del workspace de uv: «uv lock» y ")
    (workspace / "uv.lock").write_text("version = 1\n", "utf-8")
    (untracked,) = found()
    assert untracked.startswith(
        "../../uv.lock no está en el commit: «git add --force ../../uv.lock»"
    )
    for command in (["add", "-A"], ["commit", "-qm", "lock"]):
        assert run("git", *command, cwd=workspace, env=environment).code == 0
    assert found() == []
    (workspace / "uv.lock").write_text("version = 1\nrevision = 3\n", "utf-8")
    (changed,) = found()
    assert changed.startswith("../../uv.lock no está en el commit como está acá")


@pytest.mark.real
def test_a_member_runs_with_the_workspace_s_lock(
    workspace: Path, generate: Callable[..., Generated], environment: dict[str, str]
) -> None:
    """What a worker does: uv sync with the frozen lock, in the member's folder."""
    generated = generate(workspace / "flujos", uv=True, server_check="skip")
    env = environment | {"PATH": f"{TOOLS}{os.pathsep}{environment['PATH']}"}
    assert run(UV, "lock", "-q", cwd=generated.path, env=env).code == 0
    synced = run(
        UV, "sync", "--no-default-groups", "-q", cwd=generated.path, env=env | {"UV_FROZEN": "1"}
    )
    assert synced.code == 0, synced.output
    said = run(
        UV, "run", "--frozen", "--no-default-groups", "python", "-c",
        "import sys; from electra_flow import PrefectLogger; print(sys.prefix)",
        cwd=generated.path, env=env,
    )  # fmt: skip
    assert said.output.strip() == str(workspace / ".venv")


# --- 10. A worker of another user (also logger/test_run_info.py) -------------------------------------


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="gives files to another user")
def test_a_folder_that_the_worker_s_user_cannot_enter_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = tmp_path / "proc" / "4711"
    process.mkdir(parents=True)
    (process / "cmdline").write_bytes(b"prefect\0worker\0start\0--pool\0pool-prod\0")
    os.chown(process, 65534, 65534)
    monkeypatch.setattr(machine, "PROC", tmp_path / "proc")
    closed = tmp_path / "ana"
    (closed / "mi-flujo").mkdir(parents=True)
    for folder in (tmp_path, *tmp_path.parents):  # pytest closes its own
        if "pytest-of-" in str(folder):
            folder.chmod(0o755)

    def found(pool: str = "pool-prod") -> list[str]:
        return [finding.text for finding in check_readable(pool, closed / "mi-flujo")]

    monkeypatch.setattr(sys, "executable", "/usr/bin/env")
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    assert found() == []
    closed.chmod(0o700)
    (said,) = found()
    assert said.endswith(f" que no puede leer {closed}: sus ejecuciones no empezarían.")
    assert found("otro-pool") == []


# --- 11. Libraries with threads: logger/test_router.py -----------------------------------------------


# --- 12. Said wrongly (also checks/test_api.py, deploying/test_mistakes.py, logger/) ------------------


def test_a_failed_hook_is_not_why_a_run_did_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    hook = "An error was encountered while running hook 'avisar'\nNameError: name 'logger'\n"
    reason = "Flow could not be retrieved.\nprefect.exceptions.ScriptLoadError: no está\n"

    class Client:
        logs: list[str]

        def __enter__(self) -> Client:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def read_logs(self, _filter: object) -> list[Any]:
            return [SimpleNamespace(message=text) for text in self.logs]

    client = Client()
    monkeypatch.setattr(run_once, "get_client", lambda sync_client: client)
    monkeypatch.setattr(run_once, "POLL_SECONDS", 0)
    client.logs = [hook]
    assert run_once.crash_reason(uuid4()) == ""
    client.logs = [hook, reason]
    assert run_once.crash_reason(uuid4()) == "ScriptLoadError: no está"


@pytest.mark.parametrize(
    ("line", "advised"),
    [
        ('Secret.load("token-api")  # noqa', "escribí: # noqa: EF04 - motivo"),
        ('print("hola")  # noqa', "escribí: # noqa: T201 - motivo"),
        (
            "import os  # noqa",
            "# noqa: CÓDIGO - motivo, con el código que aparece acá al sacarla",
        ),
    ],
)
def test_a_bare_exemption_is_told_the_code_that_it_needs(
    tmp_path: Path, line: str, advised: str
) -> None:
    (tmp_path / "src").mkdir()
    text = f"from prefect.blocks.system import Secret\n\n{line}\n"
    (tmp_path / "src" / "ventas.py").write_text(text, "utf-8")
    (told,) = (item.text for item in check_conventions(tmp_path) if item.code == "PGH004")
    assert told.endswith(advised)


# --- On a real server -----------------------------------------------------------------------------------

VALUES = """\
import enum
from dataclasses import dataclass
from datetime import date
from prefect import flow
from pydantic import BaseModel

class Color(enum.Enum):
    ROJO = "rojo"

class Factura(BaseModel):
    numero: int

@dataclass
class Cliente:
    nombre: str

def revisar(color, factura, cliente, conjunto, dias, opciones):
    assert (color, factura, cliente) == (Color.ROJO, Factura(numero=1), Cliente("Ana")), factura
    assert (conjunto, dias, opciones) == ({{1, 2}}, {{date(2030, 1, 1): 5}}, {{"b": 2}}), opciones

@flow(name={!r})
def ventas(color: Color, factura: Factura, cliente: Cliente, conjunto: set[int],
           dias: dict[date, int], **opciones: int):
    revisar(color, factura, cliente, conjunto, dias, opciones)
"""


@pytest.fixture(scope="module")
def pool(server: Server) -> str:
    return server.make_pool("pool-de-reportes")


@pytest.fixture
def declared(tmp_path: Path, server: Server, pool: str) -> Iterator[Declared]:
    """A project whose flow has a name as people write them."""
    name = f"Aviso #{uuid4().hex[:6]}? - «ñ» + a;b"
    with declaring(tmp_path / "proyecto", name, server, pool) as project:
        yield project


def switch_off(declared: Declared, deployment: dict[str, Any]) -> dict[str, Any]:
    """Switch a schedule off as Prefect's UI and command do; return it as it was."""
    schedule: dict[str, Any] = deployment["schedules"][0]
    path = f"/deployments/{deployment['id']}/schedules/{schedule['id']}"
    declared.server.api("PATCH", path, {"active": False})
    return schedule


SETS: dict[str, list[Any]] = {
    "parameters": [Cron("0 8 * * *", parameters={"dia": n}) for n in (1, 2)],
    "dates in parameters": [
        Cron(f"0 {hour} * * *", parameters={"sucursal": date(2030, 1, hour)}) for hour in (8, 9)
    ],
    "rules without a start": [RRule("FREQ=DAILY;BYHOUR=6"), RRule("RRULE:FREQ=DAILY;BYHOUR=7")],
    "rules of minutes": [RRule("FREQ=MINUTELY;INTERVAL=30"), RRule("FREQ=MINUTELY;INTERVAL=45")],
    "starts alone": [RRule(f"DTSTART:20300101T{h}0000\nRRULE:FREQ=DAILY") for h in ("08", "18")],
    "local anchors": [
        Interval(timedelta(hours=6), anchor_date=datetime(2030, 1, 1, hour))  # noqa: DTZ001
        for hour in (8, 9)
    ],
    "Prefect's own": [PrefectInterval(timedelta(hours=6)), PrefectInterval(timedelta(hours=5))],
}


@pytest.mark.real
@pytest.mark.parametrize("name", SETS)
def test_what_the_ui_pauses_stays_paused_and_nothing_else_is(declared: Declared, name: str) -> None:
    """Also of a flow and a deployment with # and ? in their names: they are found again (point 6)."""
    own = f"{name} #1?"
    given = {"name": own, "schedules": SETS[name]}
    declared.done(**given)
    first = declared.stored(own)
    paused = switch_off(declared, first)
    lines = declared.done(**given)
    after = declared.stored(own)
    assert after["id"] == first["id"]

    def facts(schedule: dict[str, Any]) -> str:
        return json.dumps([schedule["schedule"], schedule["parameters"]], sort_keys=True)

    expected = {facts(item): item["id"] != paused["id"] for item in first["schedules"]}
    assert {facts(item): item["active"] for item in after["schedules"]} == expected, lines
    again = declared.done("--schedule", "2030-12-24 08:00", **given)
    assert f"Ejecuciones de {declared.flow}/{own}-prod" in again


@pytest.mark.real
@pytest.mark.usefixtures("worker_log")
def test_a_run_gets_the_very_values_that_deploy_py_declares(tmp_path: Path, server: Server) -> None:
    name = f"valores-{uuid4().hex[:6]}"
    with declaring(tmp_path / "proyecto", name, server, "pool-con-worker", VALUES) as project:
        sys.argv = ["deploy.py"]  # which runpy asks for
        values = runpy.run_path(str(project.folder / "src" / "ventas.py"))
        given = {
            "color": values["Color"].ROJO,
            "factura": values["Factura"](numero=1),
            "cliente": values["Cliente"]("Ana"),
            "conjunto": {1, 2},
            "dias": {date(2030, 1, 1): 5},
            "opciones": {"b": 2},
        }
        result = project.deploy("--run", parameters=given)
        assert result.code == 0, result.output
        assert project.stored()["parameters"] == {
            "color": "rojo", "factura": {"numero": 1}, "cliente": {"nombre": "Ana"},
            "conjunto": [1, 2], "dias": {"2030-01-01": 5}, "opciones": {"b": 2},
        }  # fmt: skip
