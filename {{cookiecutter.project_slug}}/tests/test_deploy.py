"""Lo que declara deploy.py se puede desplegar."""

import ast
import re
from pathlib import Path

import pytest

import deploy
from deployment.local_check import FlowImport, check_deployments
from deployment.timezones import timezone_problem

CARPETA = Path(deploy.__file__).resolve().parent


def nombres_en_el_codigo(*funciones: str) -> set[str]:
    """Los nombres que el código de src les pasa a unas funciones, como `Secret.load`."""
    archivos = Path(CARPETA, "src").rglob("*.py")
    nodos = (nodo for archivo in archivos for nodo in ast.walk(ast.parse(archivo.read_bytes())))
    return {
        nodo.args[0].value
        for nodo in nodos
        if isinstance(nodo, ast.Call)
        # «Variable[int].get» es también «Variable.get».
        and re.sub(r"\[.*\]", "", ast.unparse(nodo.func)) in funciones
        and nodo.args
        and isinstance(nodo.args[0], ast.Constant)
    }


def test_los_husos_horarios_son_canonicos_y_los_nombres_distintos():
    hallazgos = check_deployments(deploy.PROJECT, deploy.deployments())
    assert [hallazgo for hallazgo in hallazgos if hallazgo.level == "error"] == []


@pytest.mark.parametrize("zona", ["UTC", "America/Buenos_Aires", "Marte/Olimpo", "", None])
def test_un_huso_que_no_es_canonico_se_rechaza(zona):
    assert timezone_problem(zona)


def test_dev_y_prod_conviven_en_el_servidor():
    assert deploy.PROJECT.pools["dev"] != deploy.PROJECT.pools["prod"]
    nombres = [d.name_in(entorno) for d in deploy.deployments() for entorno in ("dev", "prod")]
    assert len(set(nombres)) == len(nombres)


def test_los_despliegues_tienen_descripcion_y_etiquetas():
    assert all(despliegue.description and despliegue.tags for despliegue in deploy.deployments())


def test_el_flujo_se_importa_como_en_un_worker_y_tiene_los_parametros_declarados():
    hallazgos = FlowImport(deploy.PROJECT, CARPETA).check(deploy.deployments())
    assert [str(hallazgo) for hallazgo in hallazgos if hallazgo.level != "bien"] == []


def test_los_secretos_que_el_codigo_carga_estan_declarados():
    assert nombres_en_el_codigo("Secret.load", "Secret.aload") <= set(deploy.PROJECT.secrets)


def test_las_variables_que_el_codigo_lee_estan_declaradas():
    assert nombres_en_el_codigo("Variable.get", "Variable.aget") <= set(deploy.PROJECT.variables)
