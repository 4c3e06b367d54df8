"""What is said of a pool before anything is deployed to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from electra_flow import Deployment, Environment, GitSource, LocalFolder, Project
from electra_flow.checks.work_pool import FOLDER_TYPES, GIT_TYPES, HOME
from electra_flow.deploying.needs import pool_use

URL = "https://github.com/mi-equipo/flujos.git"


def project(folder: Path, **own: Any) -> Project:
    git = GitSource(str(folder), url=URL, credentials_block="token")
    return Project(
        timezone="UTC",
        environments={
            "dev": Environment(pool="pool-dev", source=LocalFolder(str(folder))),
            "prod": Environment(pool="pool-prod", source=git, **own),
        },
    )


def deployment(**own: Any) -> Deployment:
    return Deployment(entrypoint="src/a.py:a", name="a", description="A.", **own)


def test_a_folder_needs_a_process_and_asks_for_no_volume(tmp_path: Path) -> None:
    use = pool_use(project(tmp_path), [deployment()], "dev")
    assert use == (FOLDER_TYPES, ("command", "env", "working_dir"), ())


def test_the_author_s_job_variables_are_among_those_that_a_pool_has_to_take(tmp_path: Path) -> None:
    items = [deployment(job_variables={"mem_limit": "2g"}), deployment(job_variables={"env": {}})]
    use = pool_use(project(tmp_path), items, "prod")
    assert (use.types, use.variables) == (GIT_TYPES, ("env", "mem_limit"))


@pytest.mark.parametrize(
    ("own", "of_deployment", "folders"),
    [
        ({}, {}, ["~/.prefect/logs/{}"]),
        ({}, {"job_variables": {"volumes": [f"/srv:{HOME}/.prefect/logs"]}}, []),
        ({}, {"job_variables": {"volumes": ["/srv:/datos"]}}, ["~/.prefect/logs/{}"]),
        ({"env": {"FLOW_LOG_DIR": "/logs"}}, {}, ["/logs"]),
        (
            {"env": {"FLOW_LOG_DIR": "/logs"}},
            {"job_variables": {"env": {"FLOW_LOG_DIR": "/otra"}, "volumes": ["/srv:/otra"]}},
            [],
        ),
    ],
)
def test_the_folders_of_log_files_that_deploy_py_mounts_nothing_for(
    tmp_path: Path, own: dict[str, Any], of_deployment: dict[str, Any], folders: list[str]
) -> None:
    use = pool_use(project(tmp_path, **own), [deployment(**of_deployment)], "prod")
    assert list(use.log_folders) == [folder.format(tmp_path.name) for folder in folders]
