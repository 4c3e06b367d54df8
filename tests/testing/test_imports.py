"""What is imported has to be declared, or it is missing on a worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from electra_flow.testing.imports import undeclared_imports

DECLARED = {
    "project": {"dependencies": ["prefect>=3.8,<4", "PyYAML"]},
    "dependency-groups": {"dev": ["pytest"], "otras": ["httpx==0.28"]},
}


def found(tmp_path: Path, code: str, pyproject: dict[str, Any] = DECLARED) -> list[str]:
    (tmp_path / "ventas.py").write_text(code, "utf-8")
    return list(undeclared_imports([tmp_path / "ventas.py"], tmp_path, pyproject))


def test_what_only_the_tests_have_is_told_with_the_command_that_adds_it(tmp_path: Path) -> None:
    assert found(tmp_path, "import json\n\nimport pytest.raises\n") == [
        "ventas.py:3: «pytest» no está en las dependencias, y en el worker puede faltar; agregalo: "
        "uv add pytest"
    ]


@pytest.mark.parametrize(
    "code",
    [
        "import json\nfrom prefect import flow\n",
        "import yaml\n",  # declared by another name
        "import httpx\n",  # in a group that a worker installs
        "from pydantic import BaseModel\n",  # comes with Prefect
        "import ayuda\nfrom . import otra\n",  # of the project
        "import no_esta_en_ningun_lado\n",  # importing shows that
        "try:\n    import pytest\nexcept ImportError:\n    pytest = None\n",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import pytest\n",
    ],
)
def test_what_is_declared_or_may_be_missing_is_no_finding(tmp_path: Path, code: str) -> None:
    assert found(tmp_path, code) == []


def test_settings_of_other_shapes_end_in_no_traceback(tmp_path: Path) -> None:
    odd = {"project": [], "dependency-groups": {"dev": [{"include-group": "otras"}]}}
    assert len(found(tmp_path, "import httpx\n", odd)) == 1


def test_an_extra_that_is_asked_for_declares_what_it_brings(tmp_path: Path) -> None:
    def of(requirement: str) -> int:
        return len(found(tmp_path, "import h2\n", {"project": {"dependencies": [requirement]}}))

    assert of("httpx[http2]>=0.28") == 0
    assert of("httpx") == of("httpx[brotli]") == of("no-esta[http2]") == 1
