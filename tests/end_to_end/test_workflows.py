"""The workflows for GitHub, of the generated projects and our own, read by two linters.

jactionlint (a living actionlint, from PyPI) knows what GitHub would refuse, zizmor what would be
unsafe. Neither asks the network. Nothing here runs a workflow: that takes GitHub.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from harness import ROOT, SYSTEM_PATH, TOOLS, git, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import Generated

FOLDER = ROOT / ".github" / "workflows"
OURS = FOLDER / "ci.yml"
LINTERS = {
    "jactionlint": (TOOLS / "jactionlint", "--no-online", "--strict-exit", "--shellcheck="),
    "zizmor": (TOOLS / "zizmor", "--offline", "--no-progress", "--quiet", "--persona=pedantic"),
}


def findings(workflow: Path) -> dict[str, str]:
    """Return what each linter has to say, of those that have something."""
    env = {"PATH": SYSTEM_PATH, "HOME": str(workflow.parent)}
    said = {
        name: run(*command, workflow, cwd=workflow.parent, env=env)
        for name, command in LINTERS.items()
    }
    return {name: result.output for name, result in said.items() if result.code}


def read(workflow: Path) -> dict[str, Any]:
    parsed = yaml.safe_load(workflow.read_text("utf-8"))
    return parsed | {"on": parsed.pop(True)}  # to YAML, «on» is a boolean


def from_local(folder: Path, generate: Callable[..., Generated]) -> Path:
    return generate(folder).path / ".github" / "workflows" / "mi-flujo.yml"


def from_github(folder: Path, generate: Callable[..., Generated]) -> Path:
    """With a deploy job."""
    generated = generate(folder, source="github")
    return generated.path / ".github" / "workflows" / "mi-flujo.yml"


def from_a_monorepo(folder: Path, generate: Callable[..., Generated]) -> Path:
    """Generate into a repository, and move the workflow where the hook says."""
    git("init", "-q", cwd=folder, env={"PATH": SYSTEM_PATH, "HOME": str(folder)})
    place = folder / "dev" / 'Flujos "de" Ana\'s #1 (a+b) ñ [x]!'
    place.mkdir(parents=True)
    generated = generate(place, source="github")
    line = next(line for line in generated.lines if line.startswith("Para la CI, mové "))
    source = line.removeprefix("Para la CI, mové ").removesuffix(
        " a .github/workflows, en la raíz del repositorio."
    )
    workflow = folder / ".github" / "workflows" / "mi-flujo.yml"
    workflow.parent.mkdir(parents=True)
    return (folder / source).rename(workflow)


@pytest.fixture(params=[from_local, from_github, from_a_monorepo])
def workflow(
    request: pytest.FixtureRequest, tmp_path: Path, generate: Callable[..., Generated]
) -> Path:
    return request.param(tmp_path, generate)


def test_the_linters_find_nothing_in_a_generated_workflow(workflow: Path) -> None:
    assert findings(workflow) == {}


@pytest.mark.parametrize("ours", sorted(FOLDER.iterdir()), ids=lambda path: path.stem)
def test_the_linters_find_nothing_in_our_own_workflows(ours: Path) -> None:
    assert findings(ours) == {}


BREAKS = {
    "a key that GitHub does not know": ("timeout-minutes", "timeout-minute", "jactionlint"),
    "a condition on what is not there": ("inputs.desplegar", "inputs.despliega", "jactionlint"),
    "a job that waits for none": ("needs: revisar", "needs: revision", "jactionlint"),
    "an action by a tag, which can move": (
        r"checkout@[0-9a-f]{40} # v7.0.1",
        "checkout@v7",
        "zizmor",
    ),
    "credentials left in the clone": ("persist-credentials: false", "fetch-depth: 1", "zizmor"),
    "all permissions": ("  contents: read", "  contents: write", "zizmor"),
    "an answer in a command": ("--env prod", "--env ${{ github.head_ref }}", "zizmor"),
}


@pytest.mark.parametrize(("old", "new", "linter"), BREAKS.values(), ids=BREAKS.keys())
def test_what_is_broken_in_a_workflow_is_found(
    tmp_path: Path, generate: Callable[..., Generated], old: str, new: str, linter: str
) -> None:
    broken = from_github(tmp_path, generate)
    text, count = re.subn(old, lambda _: new, broken.read_text("utf-8"))
    assert count
    broken.write_text(text, "utf-8")
    assert linter in findings(broken)


@pytest.mark.parametrize("uses", ["generated", *sorted(path.name for path in FOLDER.iterdir())])
def test_each_action_is_pinned_to_a_commit_with_its_version(
    tmp_path: Path, generate: Callable[..., Generated], uses: str
) -> None:
    path = from_github(tmp_path, generate) if uses == "generated" else FOLDER / uses
    actions = re.findall(r"uses: (.+)", path.read_text("utf-8"))
    assert actions
    for action in actions:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_a_project_that_runs_from_a_folder_has_no_deploy_job(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    """It would deploy the folder of the runner's clone, which is gone afterwards."""
    workflow = from_local(tmp_path, generate)
    assert list(read(workflow)["jobs"]) == ["revisar"]
    assert "deploy.py" not in workflow.read_text("utf-8")


def test_nothing_is_deployed_until_somebody_asks_and_the_tests_passed(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    workflow = read(from_github(tmp_path, generate))
    deploy = workflow["jobs"]["desplegar"]
    assert "github.event_name == 'workflow_dispatch'" in deploy["if"]
    assert workflow["on"]["workflow_dispatch"]["inputs"]["desplegar"]["default"] is False
    assert deploy["needs"] == "revisar"
    assert deploy["runs-on"] == ["self-hosted"]
    assert deploy["environment"] == "prod"
    commands = [step["run"] for step in deploy["steps"] if "run" in step]
    assert not any("${{" in command for command in commands), "no text of anybody's in a command"


def test_in_a_monorepo_it_runs_in_the_project_and_for_its_files(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    workflow = read(from_a_monorepo(tmp_path, generate))
    inside = 'dev/Flujos "de" Ana\'s #1 (a+b) ñ [x]!/mi-flujo'
    assert workflow["defaults"] == {"run": {"working-directory": inside}}
    paths = [
        'dev/Flujos "de" Ana\'s #1 (a\\+b) ñ \\[x\\]\\!/mi-flujo/**',
        ".github/workflows/mi-flujo.yml",
    ]
    assert workflow["on"]["push"]["paths"] == workflow["on"]["pull_request"]["paths"] == paths


def test_our_gate_waits_for_every_job_and_fails_when_one_did_not_succeed() -> None:
    jobs = read(OURS)["jobs"]
    gate = jobs.pop("gate")
    assert gate["needs"] == list(jobs) and gate["if"] == "always()"
    (step,) = gate["steps"]
    for result in ("failure", "cancelled", "skipped"):
        assert f"contains(needs.*.result, '{result}')" in step["if"]


def test_the_newest_and_the_lowest_are_tried_each_day_each_by_one_command() -> None:
    workflow = read(FOLDER / "newest.yml")
    assert workflow["on"]["workflow_dispatch"] is None and len(workflow["on"]["schedule"]) == 1
    assert re.fullmatch(r"\d+ \d+ \* \* \*", workflow["on"]["schedule"][0]["cron"])
    commands = [job["steps"][-1]["run"] for job in workflow["jobs"].values()]
    assert commands == ["python run.py newest", "python run.py newest --lowest"]
