"""A refusal that comes before Prefect is imported ends the process as any other does."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

DEPLOY = """
import sys
import time
from electra_flow import Deployment, Environment, LocalFolder, Project, main

PROJECT = Project(
    timezone="America/Lima", environments={"dev": Environment(pool="p", source=LocalFolder(__file__))}
)


def deployments():
    return [Deployment(entrypoint="src/no.py:no", name="no", description="No", tags=["no"])]


class Slow:
    def find_spec(self, name, path, target=None):
        if name == "electra_flow.deploying.publish":
            time.sleep(2)  # longer than the checks take, and less than anyone waits here
            print("imported to its end", flush=True)


if __name__ == "__main__":
    sys.meta_path.insert(0, Slow())
    sys.exit(main(PROJECT, deployments, print, usage=""))
"""


@pytest.mark.real
def test_python_is_not_ended_in_the_middle_of_an_import(tmp_path: Path) -> None:
    """A daemon thread that imports what publishes ended it with SIGABRT."""
    (tmp_path / "deploy.py").write_text(DEPLOY, "utf-8")
    done = subprocess.run(
        [sys.executable, "deploy.py"],
        cwd=tmp_path,
        env={**os.environ, "PREFECT_HOME": str(tmp_path), "PREFECT_API_URL": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "imported to its end" in done.stdout
    assert "No se desplegó nada: hay" in done.stderr
