"""The name of an image by Docker's rules, each with what would work; what the engine may be told."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
from docker.api.build import BuildApiMixin

from electra_flow import Environment, Image, LocalFolder
from electra_flow.model.image import BUILD_OPTIONS


@pytest.mark.parametrize(
    "name",
    [
        "ventas",
        "equipo/ventas",
        "localhost/ventas",
        "127.0.0.1:5000/ventas",
        "registro:5000/equipo/ventas-diarias",
        "registro.Ejemplo.com/equipo.uno/ventas__2",
    ],
)
def test_a_name_that_docker_takes(name: str) -> None:
    assert Image(name).name == name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Ventas", "por «Ventas»: lleva minúsculas, números .*, como «ventas»"),
        ("ventas diarias", "como «ventas-diarias»"),
        ("equipo//ventas", "no sirve como nombre de imagen, por «»"),
        ("ñandú", "no sirve como nombre de imagen, por «ñandú»"),
        ("-ventas", "como «ventas»"),
        ("ventas:1", "lleva una etiqueta, que la pone el despliegue: es «ventas»"),
        ("registro:5000/ventas:1", "es «registro:5000/ventas»"),
        ("ventas@sha256:" + "0" * 64, "es «ventas»"),
        ("https://registro/ventas", "no lleva «https://»: es «registro/ventas»"),
        ("v" * 201, "tiene 201 letras, y puede tener 200"),
        ("", "image está en blanco"),
        (7, "image tiene que ser un texto, y es 7"),
    ],
)
def test_a_name_that_it_does_not_take_and_what_would_work(name: Any, said: str) -> None:
    for declare in (Image, lambda name: Environment(pool="p", source=SOURCE, image=name)):
        with pytest.raises((TypeError, ValueError), match=said):
            declare(name)


SOURCE = LocalFolder(Path(__file__).parent)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"push": "sí"}, "push tiene que ser True o False, y es 'sí'"),
        ({"base": " "}, "base está en blanco"),
        (
            {"build_options": {"network": "host"}},
            "no lleva «network»; lleva buildargs, .*network_mode",
        ),
        ({"build_options": {"tag": "x"}}, "no lleva «tag»"),
        ({"build_options": {"buildargs": ["A=1"]}}, "buildargs tiene que ser un diccionario"),
        (
            {"build_options": {"buildargs": {"GIT_TOKEN": "x"}}},
            "«GIT_TOKEN», que quedaría en la historia de la imagen",
        ),
    ],
)
def test_how_it_is_built_is_checked(fields: dict[str, Any], said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        Image("ventas", **fields)


def test_docker_takes_the_options() -> None:
    assert set(inspect.signature(BuildApiMixin.build).parameters) >= BUILD_OPTIONS
