"""pyproject.toml, README.md and the hooks: what the author added, in what is generated now."""

from __future__ import annotations

import tomllib

import pytest

from electra_flow.upgrading.text_merge import merge_hooks, merge_readme
from electra_flow.upgrading.toml_merge import merge_toml

BASE = """[project]
name = "ventas"
version = "0.1.0"
dependencies = [
    "prefect>=3.8,<4",
    # Lo rompe:
    "fastapi<0.151",  # con 0.151 no arranca
    "tzdata",  # husos
]

[tool.uv]
package = false

[tool.ruff]
line-length = 100

[tool.ruff.lint]
select = [
    "B", "DTZ",
]
ignore = ["S104", "S108"]

[tool.conventions]
timezone = "America/Montevideo"
"""
NEW = """[project]
name = "ventas"
version = "0.1.0"
dependencies = [
    # Prefect la busca:
    "prefect>=3.8,<4",
    "electra-flow==1",
    # Las de este flujo, acá abajo:
]

[tool.uv]
package = false

[tool.uv.sources]
electra-flow = { path = "vendor/a.whl" }

[tool.ruff]
line-length = 120

[tool.ruff.lint]
select = ["B", "E4"]
ignore = [
    "S104", "S108",  # falsas alarmas
]
"""


def merged(*changes: tuple[str, str]) -> tuple[str, list[str]]:
    ours = BASE
    for old, new in changes:
        assert old in ours
        ours = ours.replace(old, new)
    result = merge_toml(BASE, ours, NEW)
    assert result
    tomllib.loads(result[0])
    return result


def test_what_the_author_left_alone_is_the_new_file() -> None:
    assert merged() == (NEW, [])


def test_dependencies_are_kept_with_their_comments_at_the_end_of_the_list() -> None:
    text, _ = merged(
        ('    "tzdata"', '    "pandas>=2",  # planillas\n    "openpyxl",\n    "tzdata"')
    )
    expected = (
        '    # Las de este flujo, acá abajo:\n    "pandas>=2",  # planillas\n    "openpyxl",\n]'
    )
    assert expected in text
    assert "fastapi" not in text


def test_a_changed_requirement_is_the_author_s() -> None:
    text, _ = merged(('"prefect>=3.8,<4"', '"prefect==3.9.1"'))
    requirements = tomllib.loads(text)["project"]["dependencies"]
    assert requirements == ["electra-flow==1", "prefect==3.9.1"]


def test_settings_and_tables_of_the_author_s_are_kept() -> None:
    text, both = merged(
        ('"0.1.0"', '"2.0"  # la de hoy'),
        ('"B", "DTZ",', '"B", "DTZ", "ANN",'),
        ('ignore = ["S104", "S108"]', 'ignore = ["S108", "E501"]'),
        ("package = false", 'package = false\n\n[tool.uv.sources]\nmia = { git = "https://a/b" }'),
        (
            "[tool.conventions]",
            '[[tool.uv.index]]\nname = "x"\n\n[tool.mypy]\nstrict = true\n\n[tool.conventions]',
        ),
    )
    assert both == []
    assert 'version = "2.0"  # la de hoy\n' in text
    assert 'select = ["B", "E4", "ANN"]' in text
    assert tomllib.loads(text)["tool"]["ruff"]["lint"]["ignore"] == ["S108", "E501"]
    assert '    "S108",  # falsas alarmas\n' in text
    assert set(tomllib.loads(text)["tool"]["uv"]["sources"]) == {"electra-flow", "mia"}
    assert tomllib.loads(text)["tool"]["mypy"] == {"strict": True}
    assert tomllib.loads(text)["tool"]["uv"]["index"] == [{"name": "x"}]
    assert "conventions" not in tomllib.loads(text)["tool"]


def test_what_both_changed_is_the_author_s_and_is_named() -> None:
    text, both = merged(("line-length = 100", "line-length = 88"))
    assert both == ["tool.ruff.line-length"]
    assert "line-length = 88" in text


def test_what_the_author_took_out_stays_out() -> None:
    text, _ = merged(("[tool.ruff]\nline-length = 100\n\n", ""))
    assert "line-length" not in text


README = """# Ventas

Suma las ventas.

## Empezar

| comando | hace |
|---|---|
| `a` | b |

## Logs

Van a un archivo.
"""
NEW_README = """# Ventas

Suma las ventas.

## Empezar

| comando | hace |
|---|---|
| `c` | d |

## Cómo se hace

En las páginas.
"""


def test_paragraphs_go_to_their_section_or_to_the_end() -> None:
    ours = (
        README.replace("## Empezar", "Ana responde.\n\n## Empezar")
        .replace("## Logs\n", "Y después, nada.\n\n## Contacto\n\nInterno 12.\n\n## Logs\n")
        .replace("un archivo.\n", "un archivo.\n\nEl de Softland, a otro.\n")
    )
    assert merge_readme(README, ours, NEW_README) == NEW_README.replace(
        "Suma las ventas.\n", "Suma las ventas.\n\nAna responde.\n"
    ).replace(
        "| `c` | d |\n", "| `c` | d |\n\nY después, nada.\n\n## Contacto\n\nInterno 12.\n"
    ) + ("\n## Logs\n\nEl de Softland, a otro.\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [("Van a un archivo.", "Van a dos archivos."), ("| `a` | b |\n", "| `a` | b |\n| `x` | y |\n")],
)
def test_what_the_author_changed_in_a_paragraph_that_is_gone_is_for_the_author(
    old: str, new: str
) -> None:
    assert merge_readme(README, README.replace(old, new), NEW_README) is None


HOOKS = """repos:
  - repo: local
    hooks:
      - id: uno
        entry: a
      - id: pruebas
        entry: b
"""
NEW_HOOKS = """repos:
  - repo: local
    hooks:
      - id: uno
        entry: a2
"""


def test_hooks_of_the_author_s_are_kept() -> None:
    own = "      - id: mio\n        entry: c\n"
    other = "  - repo: https://github.com/a/b\n    rev: v1\n"
    for ours in (
        HOOKS + own + other,
        HOOKS.replace("      - id: pruebas", own + "      - id: pruebas") + other,
    ):
        text = merge_hooks(HOOKS, ours, NEW_HOOKS)
        assert text
        assert text.index("entry: a2") < text.index("id: mio") < text.index("github.com/a/b")
        assert "pruebas" not in text


def test_a_changed_hook_is_for_the_author() -> None:
    assert merge_hooks(HOOKS, HOOKS.replace("entry: b", "entry: b --mas"), NEW_HOOKS) is None
