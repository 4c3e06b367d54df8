"""Which project a deployment is of."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from electra_flow.sources.origin import VARIABLE, Origin, address, read_mark

HERE = Origin(
    name="ventas",
    repository="git.example.com/datos/flujos",
    place="flujos/ventas",
    machine="PC-DE-ANA",
    folder="C:/flujos/flujos/ventas",
    environment="prod",
)
NOWHERE = replace(HERE, repository=None)
ELSEWHERE = {"machine": "pc-de-beto", "folder": "/srv/beto/flujos/flujos/ventas"}


@pytest.mark.parametrize(
    "other",
    [
        HERE,
        replace(HERE, **ELSEWHERE),
        replace(HERE, environment="dev"),
        replace(HERE, name="ventas-diarias"),
        NOWHERE,
    ],
    ids=["itself", "a clone", "another environment", "renamed", "before it had a repository"],
)
def test_it_is_the_same_project(other: Origin) -> None:
    assert HERE.is_same_project(other) and other.is_same_project(HERE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (HERE, replace(HERE, place="flujos/ventas-copia", folder="C:/flujos/flujos/ventas-copia")),
        (HERE, replace(HERE, repository="git.example.com/ana/flujos")),
        (HERE, replace(NOWHERE, **ELSEWHERE)),
        (NOWHERE, replace(NOWHERE, folder="C:/flujos/flujos/ventas-copia")),
        (NOWHERE, replace(NOWHERE, machine="pc-de-beto")),
        (NOWHERE, replace(NOWHERE, name="stock")),
    ],
    ids=[
        "a copy",
        "a fork",
        "a copy without a repository",
        "a copy, both without one",
        "the same folder of another machine",
        "another one in the same folder",
    ],
)
def test_it_is_another_project(one: Origin, other: Origin) -> None:
    assert not one.is_same_project(other) and not other.is_same_project(one)


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.com/datos/flujos.git",
        "https://git.example.com/Datos/flujos/",
        "https://x-access-token:clave-4711@git.example.com/datos/flujos",
        "git@git.example.com:datos/flujos.git",
        "git.example.com:datos/flujos",
        "ssh://git@git.example.com:2222/datos/flujos.git",
        "http://git.example.com:3000//datos/flujos.git?x=1",
    ],
)
def test_every_address_of_a_repository_is_the_same(url: str) -> None:
    assert address(url) == "git.example.com/datos/flujos"


@pytest.mark.parametrize(
    "url",
    ["", "/srv/git/flujos.git", "../flujos", r"C:\git\flujos", "C:/git/flujos", "file:///srv/git/x"]
    + ["https://git.example.com", "https://[git/x"],
)
def test_a_path_of_this_machine_is_no_address(url: str) -> None:
    assert address(url) is None


def test_a_shared_folder_of_the_network_is_an_address() -> None:
    assert address(r"\\servidor\git\flujos.git") == "servidor/git/flujos"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "flujos" / "ventas ñ"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "ventas"\n', encoding="utf-8")
    return folder


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def test_what_a_folder_says_stands_in_the_mark_without_credentials(folder: Path) -> None:
    without = Origin.of(folder, "dev")
    assert (without.name, without.repository, without.place) == ("ventas", None, ".")
    git(folder.parent, "init", "--quiet")
    git(folder.parent, "remote", "add", "origin", "https://ana:clave-4711@git.example.com/x/y.git")
    origin = Origin.of(folder, "dev")
    assert (origin.repository, origin.place) == ("git.example.com/x/y", "ventas ñ")
    assert origin.folder == folder.as_posix() and origin.machine == without.machine
    assert origin.is_same_project(without)
    mark = origin.as_mark()
    assert "clave-4711" not in mark and "ana" not in json.loads(mark)["repository"]
    assert read_mark({"env": {VARIABLE: mark}}) == origin


def test_one_without_a_readable_pyproject_is_called_as_its_folder(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("esto no es TOML", encoding="utf-8")
    assert Origin.of(folder, "dev").name == "ventas ñ"


def test_prefect_finds_nothing_to_replace_in_a_mark() -> None:
    origin = replace(HERE, folder="/x/{{ cookiecutter.project_slug }}")
    assert "{{" not in origin.as_mark()
    assert read_mark({"env": {VARIABLE: origin.as_mark()}}) == origin


@pytest.mark.parametrize(
    "variables",
    [
        None,
        {},
        {"env": {}},
        {"env": "nada"},
        {"env": {VARIABLE: "nada"}},
        {"env": {VARIABLE: "[]"}},
        {"env": {VARIABLE: '{"name":"ventas"}'}},
        {"env": {VARIABLE: HERE.as_mark().replace('"ventas"', "3")}},
    ],
)
def test_what_is_no_mark_is_nobody_s(variables: dict[str, object] | None) -> None:
    assert read_mark(variables) is None
