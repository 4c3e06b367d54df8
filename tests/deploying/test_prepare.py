"""What is declared is set, and said when it changes; what is not declared stays as the server has it."""

from __future__ import annotations

import inspect
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prefect import Flow
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyOptions
from prefect.client.schemas.responses import DeploymentResponse, GlobalConcurrencyLimitResponse

from electra_flow import Cron, Deployment, Environment, LocalFolder, Project, Watchdog
from electra_flow.deploying.prepare import Preparation, prepare
from electra_flow.model.deployment import REFUSED
from electra_flow.sources.origin import VARIABLE, Origin, read_mark

# What an operator set by hand, each unlike the default.
OPERATORS: dict[str, Any] = {
    "description": "Suma las ventas",
    "tags": ["dev", "del-operador"],
    "parameters": {"sucursal": "norte", "que_ya_no_esta": 1},
    "paused": True,
    "work_pool_name": "pool-dev",
    "work_queue_name": "urgente",
    "enforce_parameter_schema": False,
    "concurrency_options": ConcurrencyOptions(
        collision_strategy="CANCEL_NEW", grace_period_seconds=120
    ),
    "job_variables": {
        "stream_output": False,
        "command": "lo de antes",
        "env": {
            "DEL_OPERADOR": "1",
            "PYTHONUTF8": "0",
            "FLOW_LOG_DIR": "lo de antes",
            "ELECTRA_FLOW_CODE": "de antes",
        },
    },
}


@pytest.fixture
def stored() -> DeploymentResponse:
    limit = GlobalConcurrencyLimitResponse(
        id=uuid4(),
        created=datetime.now(UTC),
        updated=datetime.now(UTC),
        name="deployment:x",
        limit=3,
        active_slots=0,
        slot_decay_per_second=0,
        active=True,
    )
    return DeploymentResponse(
        id=uuid4(),
        name="ventas-dev",
        flow_id=uuid4(),
        global_concurrency_limit=limit,
        labels={},
        **OPERATORS,
    )


def prepared(stored: DeploymentResponse | None, **declared: Any) -> Preparation:
    project_fields = {name: declared.pop(name) for name in ("env", "watchdog") if name in declared}
    own_env, code = declared.pop("environment_env", {}), declared.pop("code", "")
    project = Project(
        timezone="America/Argentina/Buenos_Aires",
        environments={
            "dev": Environment(pool="pool-dev", source=LocalFolder(__file__), env=own_env)
        },
        **project_fields,
    )
    deployment = Deployment(
        entrypoint="src/ventas.py:ventas", name="ventas", description="Suma las ventas", **declared
    )
    return prepare(project, "dev", deployment, stored, known_parameters=["sucursal"], code=code)


def test_what_is_not_declared_is_passed_back(stored: DeploymentResponse) -> None:
    preparation = prepared(stored)
    options = preparation.prepared.options
    assert options["tags"] == ["dev", "del-operador"]
    assert options["parameters"] == {"sucursal": "norte"}, "the flow has the other one no longer"
    assert options["paused"] is True
    assert options["work_queue_name"] == "urgente"
    assert options["enforce_parameter_schema"] is False
    assert options["concurrency_limit"] == ConcurrencyLimitConfig(
        limit=3, collision_strategy="CANCEL_NEW", grace_period_seconds=120
    )
    assert preparation.changes == []


def test_a_declared_limit_keeps_the_operator_s_strategy(stored: DeploymentResponse) -> None:
    preparation = prepared(stored, concurrency_limit=1)
    assert preparation.prepared.options["concurrency_limit"] == ConcurrencyLimitConfig(
        limit=1, collision_strategy="CANCEL_NEW", grace_period_seconds=120
    )
    assert preparation.changes == ["límite de ejecuciones a la vez: de 3 a 1"]


def test_none_takes_the_limit_away(stored: DeploymentResponse) -> None:
    preparation = prepared(stored, concurrency_limit=None)
    assert preparation.prepared.options["concurrency_limit"] is None
    assert preparation.changes == ["límite de ejecuciones a la vez: de 3 a ninguno"]


def test_what_is_declared_is_set_and_said(stored: DeploymentResponse) -> None:
    preparation = prepared(
        stored,
        tags=["ventas"],
        parameters={"sucursal": "sur"},
        paused=False,
        work_queue_name="normal",
        enforce_parameter_schema=True,
        version="2",
    )
    options = preparation.prepared.options
    assert options["tags"] == ["dev", "ventas"], "the environment's is added"
    assert options["parameters"] == {"sucursal": "sur"} and options["version"] == "2"
    assert options["paused"] is False and options["work_queue_name"] == "normal"
    assert preparation.changes == [
        "etiquetas: de del-operador, dev a dev, ventas",
        "parámetros: de {'sucursal': 'norte', 'que_ya_no_esta': 1} a {'sucursal': 'sur'}",
        "cola: de «urgente» a «normal»",
        "en pausa: de sí a no",
        "versión: de ninguno a «2»",
        "el servidor revisa los parámetros: de no a sí",
    ]


def test_a_parameter_that_prefect_writes_otherwise_has_not_changed(
    stored: DeploymentResponse,
) -> None:
    same = stored.model_copy(update={"parameters": {"sucursal": "2026-01-02T00:00:00Z"}})
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    assert prepared(same, parameters={"sucursal": moment}).changes == []


def test_a_queue_of_another_pool_is_not_taken_along(stored: DeploymentResponse) -> None:
    moved = stored.model_copy(update={"work_pool_name": "pool-viejo"})
    preparation = prepared(moved)
    assert preparation.prepared.options["work_queue_name"] is None
    assert preparation.changes == ["work pool: de pool-viejo a pool-dev"]


def test_the_first_time_there_is_nothing_to_leave() -> None:
    options = prepared(None).prepared.options
    assert options["tags"] == ["dev"] and options["parameters"] == {}
    assert options["paused"] is False and options["concurrency_limit"] is None
    assert options["schedules"] == [] and options["work_queue_name"] is None


def test_the_operator_s_job_variables_stay_and_what_was_ours_is_renewed(
    stored: DeploymentResponse,
) -> None:
    variables = prepared(stored).prepared.options["job_variables"]
    assert variables["stream_output"] is False
    assert variables["command"].endswith('" -m prefect.engine')
    assert variables["env"]["DEL_OPERADOR"] == "1" and variables["env"]["PYTHONUTF8"] == "1"
    assert "FLOW_LOG_DIR" not in variables["env"], "of a source that no longer is"


def test_the_author_wins_over_ours_and_the_nearest_over_the_rest(
    stored: DeploymentResponse,
) -> None:
    variables = prepared(
        stored,
        env={"A": "proyecto", "B": "proyecto", "C": "proyecto", "PYTHONUTF8": "0"},
        environment_env={"B": "entorno", "C": "entorno"},
        job_variables={"working_dir": "D:/datos", "env": {"C": 3}},
    ).prepared.options["job_variables"]
    assert variables["working_dir"] == "D:/datos" and "stream_output" not in variables
    env = variables["env"]
    assert (env["A"], env["B"], env["C"], env["PYTHONUTF8"]) == ("proyecto", "entorno", "3", "0")
    assert "DEL_OPERADOR" not in env


def test_each_bears_the_mark_of_its_project_whatever_else_is_declared(
    stored: DeploymentResponse,
) -> None:
    mine = Origin.of(Path(__file__).parent, "dev")
    stored.job_variables = {"env": {VARIABLE: replace(mine, place="otra/parte").as_mark()}}
    for declared in ({}, {"env": {"A": "1"}}, {"job_variables": {"env": {VARIABLE: "mía"}}}):
        options = prepared(stored, **declared).prepared.options
        assert read_mark(options["job_variables"]) == mine


@pytest.mark.parametrize("declared", [{}, {"env": {"A": "1"}}])
def test_the_code_that_is_deployed_is_noted_and_no_other(
    declared: dict[str, Any], stored: DeploymentResponse
) -> None:
    for code in ("0123", ""):
        variables = prepared(stored, code=code, **declared).prepared.options["job_variables"]
        assert variables["env"].get("ELECTRA_FLOW_CODE", "") == code


def test_runs_give_signs_of_life_as_often_as_their_limit_asks() -> None:
    frequency = "PREFECT_FLOWS_HEARTBEAT_FREQUENCY"
    limit = Watchdog(lost=timedelta(minutes=9))
    env = prepared(None, watchdog=limit).prepared.options["job_variables"]["env"]
    assert env[frequency] == "180"
    assert frequency not in prepared(None, watchdog=None).prepared.options["job_variables"]["env"]


def test_other_keywords_of_prefect_s_go_through() -> None:
    options = prepared(None, deploy_options={"build": False}).prepared.options
    assert options["build"] is False


def test_schedules_that_are_not_declared_are_left_and_an_empty_list_takes_them_away(
    stored: DeploymentResponse,
) -> None:
    from prefect.client.schemas.objects import DeploymentSchedule
    from prefect.client.schemas.schedules import CronSchedule

    by_hand = DeploymentSchedule(
        schedule=CronSchedule(cron="0 8 * * *", timezone="America/Montevideo"), active=False
    )
    with_one = stored.model_copy(update={"schedules": [by_hand]})
    (left,) = prepared(with_one).prepared.options["schedules"]
    assert (left.cron, left.timezone, left.active) == ("0 8 * * *", "America/Montevideo", False)
    emptied = prepared(with_one, schedules=[])
    assert emptied.prepared.options["schedules"] == []
    assert emptied.schedules.changes[0].startswith("desaparece «0 8 * * *»")


def test_a_schedule_without_a_zone_is_in_the_project_s() -> None:
    (schedule,) = prepared(None, schedules=[Cron("0 8 * * *")]).prepared.options["schedules"]
    assert schedule.timezone == "America/Argentina/Buenos_Aires"


def test_every_keyword_of_flow_deploy_is_a_field_refused_or_passed_through() -> None:
    """When Prefect adds one, somebody has to decide which of the three it is."""
    own = {item.name for item in fields(Deployment)}
    passed = {"image", "build", "push", "version_type", "_sla"}
    keywords = set(inspect.signature(Flow.deploy).parameters) - {"self"}
    assert keywords == (own & keywords) | set(REFUSED) | passed
    assert own - keywords == {"entrypoint", "watchdog", "alerts", "owner", "deploy_options"}
    assert not own & set(REFUSED) and not passed & (own | set(REFUSED))


def test_the_options_are_those_that_prefect_takes() -> None:
    options = prepared(None, version="1").prepared.options
    assert set(options) <= set(inspect.signature(Flow.deploy).parameters)


def test_the_source_is_the_folder_of_deploy_py() -> None:
    assert prepared(None).prepared.source == Path(__file__).resolve().parent
