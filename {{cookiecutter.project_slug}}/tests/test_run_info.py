"""Lo que el flujo dice al empezar: con qué intérprete y con qué commit corre."""

import re
import sys
{%- if cookiecutter.source == "github" %}

import pytest
{%- endif %}

import run_info


def test_dice_el_interprete_y_el_commit():
    texto = run_info.run_info()
    assert f"({sys.executable})" in texto
    assert re.search(r"(sin commit|commit [0-9a-f]{12}(, con cambios)?)$", texto)
{%- if cookiecutter.source == "github" %}


def test_un_despliegue_no_corre_con_otras_dependencias(monkeypatch, tmp_path):
    monkeypatch.setenv("PREFECT__RUNTIME__DEPLOYMENT__ID", "un despliegue")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(RuntimeError, match="no el entorno del proyecto"):
        run_info.run_info()
{%- endif %}
