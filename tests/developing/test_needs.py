"""Secrets and variables: from the file, from who is asked, or else a line each."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from electra_flow.checks.finding import Finding, error, ok
from electra_flow.developing import needs
from electra_flow.developing.needs import lacks, read_values, supply
from electra_flow.developing.problem import DevError


class Played:
    """A server that has some secrets and variables, and somebody at a terminal."""

    shown_url = "http://servidor/api"

    def __init__(self, *has: str, typed: str | None = None) -> None:
        self.has, self.typed = dict.fromkeys(has, "there"), typed
        self.asked: list[str] = []

    def check(self, _server: Any, kind: str, name: str) -> Finding:
        if name == "ajena":
            return error("El servidor no dejó revisar «ajena» (HTTP 403).")
        return ok("") if name in self.has else error(f"Falta «{name}».", "comando")

    def save(self, _kind: str, name: str, value: str) -> None:
        self.has[name] = value

    def getpass(self, prompt: str) -> str:
        self.asked.append(prompt)
        if self.typed is None:
            raise EOFError
        return self.typed


def supplied(
    monkeypatch: pytest.MonkeyPatch,
    played: Played,
    *,
    values: dict[str, str] | None = None,
    own: bool = True,
    secrets: tuple[str, ...] = ("clave",),
    terminal: bool = True,
) -> list[str]:
    stream = SimpleNamespace(isatty=lambda: terminal)
    monkeypatch.setattr(needs, "sys", SimpleNamespace(stdin=stream, stdout=stream))
    monkeypatch.setattr(needs, "_check", played.check)
    monkeypatch.setattr(needs, "_save", played.save)
    monkeypatch.setattr(needs.getpass, "getpass", played.getpass)
    declared: Any = SimpleNamespace(
        secrets=list(secrets), project=SimpleNamespace(variables=["sucursal"])
    )
    server: Any = played
    return [str(finding) for finding in supply(declared, server, values or {}, own=own)]


def test_what_is_there_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played("clave", "sucursal")
    assert supplied(monkeypatch, played) == []
    assert played.asked == []


def test_what_is_missing_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played("sucursal", typed="s3creta")
    assert supplied(monkeypatch, played) == []
    assert played.has["clave"] == "s3creta"
    (prompt,) = played.asked
    assert "«clave» en http://servidor/api" in prompt
    assert "s3creta" not in prompt
    assert supplied(monkeypatch, played) == []
    assert len(played.asked) == 1


def test_a_value_that_is_written_down_wins_on_a_server_of_our_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    played = Played("clave")
    assert supplied(monkeypatch, played, values={"clave": "nueva", "sucursal": "centro"}) == []
    assert (played.has, played.asked) == ({"clave": "nueva", "sucursal": "centro"}, [])


def test_and_only_fills_what_is_missing_on_another(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played("clave")
    values = {"clave": "nueva", "sucursal": "centro"}
    assert supplied(monkeypatch, played, values=values, own=False) == []
    assert played.has == {"clave": "there", "sucursal": "centro"}


def test_without_anybody_to_ask_each_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played()
    secret, variable = supplied(monkeypatch, played, terminal=False)
    assert "Falta el secreto «clave». Se arregla con: una línea clave=VALOR en" in secret
    assert "Falta la variable «sucursal». Se arregla con: una línea sucursal=VALOR" in variable
    assert played.asked == []
    lines = supplied(monkeypatch, played, terminal=False, own=False)
    assert all(line.endswith("Se arregla con: comando") for line in lines)


def test_whoever_types_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for own in (True, False):
        secret, _ = supplied(monkeypatch, Played(typed=""), own=own)
        assert "Falta el secreto «clave», y no escribiste ningún valor. Se arregla con" in secret
    assert len(supplied(monkeypatch, Played(typed=None))) == 2


def test_what_the_server_does_not_say_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played("sucursal", typed="x")
    (line,) = supplied(monkeypatch, played, secrets=("ajena",))
    assert "HTTP 403" in line
    assert played.asked == []


def test_values_are_read_as_any_env_file(tmp_path: Path) -> None:
    file = tmp_path / "valores.env"
    assert read_values(file) == {}
    file.write_text("# mías\nclave-sql='a b#c'\nsucursal = centro  # la mía\n", "utf-8")
    assert read_values(file) == {"clave-sql": "a b#c", "sucursal": "centro"}
    file.write_bytes("clave=ñ\n".encode("latin-1"))
    with pytest.raises(DevError, match="no se puede leer como texto en UTF-8"):
        read_values(file)


def test_a_deployment_lacks_the_block_that_its_parameters_name() -> None:
    missing = {"email-server-credentials/correo": error("")}
    assert lacks({"bloque": "correo"}, missing) == "email-server-credentials/correo"
    assert lacks({"bloque": "otro", "a": ["x"]}, missing) == ""
    assert lacks({}, missing) == ""
