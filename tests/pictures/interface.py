"""Prefect's interface: the deployment, and its next runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness import prefect_server, started, wait_until
from pictures import browser
from pictures.user import PICTURES, generated

if TYPE_CHECKING:
    from pathlib import Path


def make(folder: Path, env: dict[str, str]) -> Path:
    """The deployment of prod, and its next runs."""
    project = generated(folder, env)
    picture = PICTURES / "interface.png"
    with prefect_server(project, folder, ui=True) as server:
        project.env = project.env | server.env
        command = ("worker", "start", "--pool", "pool-prod", "--type", "process")
        prefect = project.python.with_name("prefect")
        with started(prefect, *command, env=project.env, log=folder / "worker.log"):
            pool = "/work_pools/pool-prod"
            wait_until(lambda: server.api("GET", pool)["status"] == "READY", "a worker")
            deployed = project.deploy("--env", "prod")
            assert deployed.code == 0, deployed.output
            (url,) = re.findall(r"http\S+/deployments/deployment/\S+", deployed.output)
            with browser.page(1040, 590) as page:
                page.goto(f"{url}?tab=Upcoming")
                page.get_by_text("3 Flow runs").wait_for()
                browser.photograph(page, picture)
    return picture
