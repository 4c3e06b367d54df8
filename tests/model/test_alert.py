"""Alerts as they are declared: what is refused, in one line, and where each of them goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from electra_flow import Alert, Deployment, Environment, LocalFolder, Project
from electra_flow.deploying.prepare import alerts_of, owner_of
from electra_flow.model.alert import ALWAYS
from electra_flow.model.alert_tags import RECOVERED, WRONG, data_tags, read_tags

TEAMS = "ms-teams-webhook/avisos"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "Alert lleva un bloque"),
        ({"block": TEAMS, "mail": True}, "uno de los dos"),
        ({"block": "avisos"}, "«avisos»"),
        ({"block": "Teams/avisos"}, "«Teams/avisos»"),
        ({"block": 3}, "tiene que ser un texto, y es 3"),
        ({"mail": "ana@example.com"}, "tiene que ser una lista"),
        ({"mail": []}, "por lo menos una dirección"),
        ({"mail": ["ana"]}, "'ana' no es una dirección de correo"),
        ({"mail": True, "when": ["fallo"]}, "puede llevar failed, timed_out, crashed"),
        ({"mail": True, "when": ["recovered"]}, "tiene que llevar algo de failed"),
        ({"mail": True, "when": "failed"}, "tiene que ser una lista"),
        ({"mail": True, "late": 15}, "tiene que ser un timedelta, y es 15"),
        ({"mail": True, "late": timedelta(seconds=9)}, "de 10 segundos o más"),
        ({"mail": True, "environments": "prod"}, "tiene que ser una lista"),
        ({"mail": True, "environments": []}, "sacá el Alert"),
    ],
)
def test_what_is_wrong_is_refused_in_one_line(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        Alert(**fields)
    assert reason in str(caught.value) and "\n" not in str(caught.value)


def project(**fields: Any) -> Project:
    environment = Environment(pool="p", source=LocalFolder("."))
    return Project(
        timezone="America/Lima", environments={"dev": environment, "prod": environment}, **fields
    )


def deployment(**fields: Any) -> Deployment:
    return Deployment(entrypoint="src/a.py:a", name="a", description="a", **fields)


@pytest.mark.parametrize("owner", [Project, Deployment])
def test_alerts_and_the_owner_are_checked_where_they_are_declared(owner: type) -> None:
    make = project if owner is Project else deployment
    for wrong in ([TEAMS], TEAMS, Alert(TEAMS)):
        with pytest.raises(TypeError, match=r"^alerts tiene que"):
            make(alerts=wrong)
    with pytest.raises((TypeError, ValueError), match="^owner"):
        make(owner=" ")


def test_a_deployment_has_its_own_alerts_or_the_project_s_and_dev_is_quiet_unless_asked() -> None:
    teams, mail = Alert(TEAMS), Alert(mail=True, environments=["dev"])
    whole = project(alerts=[teams, mail], owner="Ana")
    own = Alert("slack-webhook/ventas")
    for given_, expected in (
        ({}, [teams]),
        ({"alerts": []}, []),
        ({"alerts": [own]}, [own]),
    ):
        assert alerts_of(whole, deployment(**given_), "prod") == expected
    assert alerts_of(whole, deployment(), "dev") == [mail]
    assert owner_of(whole, deployment()) == "Ana"
    assert owner_of(whole, deployment(owner="Beto")) == "Beto"


@given(
    st.sampled_from([{"block": TEAMS}, {"mail": True}, {"mail": ["ana@example.com", "b@c.de"]}]),
    st.lists(st.sampled_from(ALWAYS[:-1]), min_size=1, unique=True),
    st.booleans(),
    st.timedeltas(timedelta(seconds=10), timedelta(days=9)),
    st.none() | st.text(min_size=1),
    st.booleans(),
)
def test_the_tags_of_an_automation_say_all_that_was_declared(
    where: dict[str, Any],
    when: list[Any],
    and_recovered: bool,
    late: timedelta,
    owner: str | None,
    recovered: bool,
) -> None:
    alert = Alert(**where, when=[*when, *["recovered"] * and_recovered], late=late)
    key = (RECOVERED if recovered else WRONG) + alert.target
    found = read_tags(["deploy.py", "flujo/d-prod", key, *data_tags(alert, "prod", owner, late)])
    assert found is not None
    assert (found.full_name, found.target, found.recovered) == (
        "flujo/d-prod",
        alert.target,
        recovered,
    )
    assert (found.environment, found.owner, list(found.when)) == (
        "prod",
        owner or "",
        list(alert.when),
    )
    assert abs(found.late - late) < timedelta(seconds=1)


def test_other_automations_of_deploy_py_are_no_alerts() -> None:
    for tags in ([], ["deploy.py", "a/b", "running"], ["deploy.py", "a/b", "trigger:alert:x"]):
        assert read_tags(tags) is None
