"""What deploy.py declares, read without deploying, again and again; its mistakes are one line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from electra_flow.developing.declared import Declared, read_declared
from electra_flow.developing.deploying import Changes
from electra_flow.developing.problem import DevError

DEPLOY = """
import sys
from electra_flow import Alert, Deployment, Environment, LocalFolder, Project, main
from nombres import NOMBRE

PROJECT = Project(
    timezone="America/Argentina/Buenos_Aires",
    environments={"dev": Environment(pool="pool-dev", source=LocalFolder(__file__))},
    secrets=["clave", "otra"],
    alerts=[Alert(block="slack-webhook/equipo"), Alert(mail=["ana@example.com"])],
)


def deployments():
    return [
        Deployment(
            entrypoint="src/a.py:a", name=NOMBRE, description="Uno", work_queue_name="urgente"
        )
    ]


def publish(prepared):
    raise AssertionError("nothing is deployed")


if __name__ == "__main__":
    sys.exit(main(PROJECT, deployments, publish, usage=__doc__))
"""


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    hook, modules = sys.excepthook, set(sys.modules)
    yield
    assert sys.excepthook is hook, "what is unexpected keeps its traceback"
    for name in ({"deploy", "nombres"} & set(sys.modules)) - modules:
        del sys.modules[name]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Declared]:
    def read(old: str = "", new: str = "") -> Declared:
        assert old in DEPLOY
        (tmp_path / "deploy.py").write_text(DEPLOY.replace(old, new) if old else DEPLOY, "utf-8")
        return read_declared(tmp_path / "deploy.py")

    (tmp_path / "nombres.py").write_text("NOMBRE = 'uno'\n", "utf-8")
    return read


def test_it_is_what_the_file_says(read: Callable[..., Declared]) -> None:
    declared = read()
    assert [item.name for item in declared.deployments] == ["uno"]
    assert declared.own.pool == "pool-dev"
    assert (declared.secrets, declared.queues) == (["clave", "otra"], ["urgente"])
    assert declared.named("flujo/uno-dev") is declared.deployments[0]
    assert declared.named("flujo/otro-dev") is None


def test_a_change_is_seen_and_read_also_in_a_module_beside_it(
    read: Callable[..., Declared], tmp_path: Path
) -> None:
    changes = Changes(tmp_path / "deploy.py")
    read()
    changes.look_at_imported()
    assert not changes.any()
    (tmp_path / "nombres.py").write_text("NOMBRE = 'otro'\n", "utf-8")
    assert changes.any()
    assert not changes.any()
    assert [item.name for item in read().deployments] == ["otro"]


def test_what_is_written_while_the_text_before_is_deployed_is_a_change_too(tmp_path: Path) -> None:
    script = tmp_path / "deploy.py"
    script.write_text("1\n", "utf-8")
    changes = Changes(script)
    script.write_text("12\n", "utf-8")
    assert changes.any()
    script.write_text("123\n", "utf-8")
    changes.look_at_imported()
    assert changes.any()


def test_a_file_that_an_editor_replaces_has_not_changed_while_it_is_away(tmp_path: Path) -> None:
    script = tmp_path / "deploy.py"
    script.write_text("1\n", "utf-8")
    changes = Changes(script)
    script.unlink()
    assert not changes.any()
    script.write_text("12\n", "utf-8")
    assert changes.any()


def test_what_needs_a_block_that_is_missing_is_left_out(read: Callable[..., Declared]) -> None:
    left = read().without_alerts_to({"slack-webhook/equipo"})
    assert [alert.shown for alert in left.project.alerts] == ["por correo a ana@example.com"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("PROJECT = Project(", "PROJECT = Projet(", "deploy.py, línea 6: NameError: «Projet» no"),
        (
            "name=NOMBRE,",
            "nam=NOMBRE,",
            "deploy.py, línea 16: TypeError: Deployment no tiene «nam»",
        ),
        ("def publish(prepared):", "def publica(prepared):", "no define publish, que dev necesita"),
        ('{"dev": Env', '{"prod": Env', "no tiene un entorno «dev»"),
        ("    return [", "    return (", "deploy.py, línea "),
        ("def deployments():", "sys.exit('basta')\ndef deployments():", "SystemExit: basta"),
    ],
)
def test_a_mistake_is_one_line(
    old: str, new: str, said: str, read: Callable[..., Declared]
) -> None:
    with pytest.raises(DevError) as raised:
        read(old, new)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
