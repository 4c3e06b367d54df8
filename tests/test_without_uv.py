"""The way of the generated README for those who have no uv: `python -m venv` and pip."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import SYSTEM_PATH, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Generated


@pytest.mark.real
def test_the_commands_without_uv_install_run_and_test_the_project(
    tmp_path: Path, generate: Callable[..., Generated], environment: dict[str, str]
) -> None:
    path = generate(tmp_path).path
    readme = (path / "README.md").read_text("utf-8")
    (block,) = re.findall(r"```\n(python -m venv .*?)```", readme, re.S)
    commands = [line.split("#")[0].split() for line in block.splitlines()]
    assert [command[0] for command in commands] == [
        "python",
        ".venv\\Scripts\\activate",
        "python",
        "pip",
    ]

    base = Path(sys.base_prefix, "bin")
    env = environment | {"PATH": f"{base}:{SYSTEM_PATH}"}
    activated = env | {"PATH": f"{path / '.venv' / 'bin'}:{SYSTEM_PATH}"}
    for command, variables in zip(commands, [env, env, activated, activated], strict=True):
        if "activate" not in command[0]:
            result = run(*command, cwd=path, env=variables, timeout=900)
            assert result.code == 0, result.output
    tested = run("pytest", "-q", cwd=path, env=activated)
    assert tested.code == 0, tested.output
    ran = run("python", "src/mi_flujo.py", cwd=path, env=activated)
    assert ran.code == 0 and "¡Hola, mundo!" in ran.output, ran.output
    refused = run("python", "deploy.py", cwd=path, env=activated)
    assert refused.code == 1
    assert "Se arregla con: prefect config set PREFECT_API_URL=" in refused.output
