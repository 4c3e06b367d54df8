"""The workflows for GitHub, of the generated projects and our own, read by two linters.

jactionlint (a living actionlint, from PyPI) knows what GitHub would refuse, zizmor what would be
unsafe. Neither asks the network. Nothing here runs a workflow: that takes GitHub.
"""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from electra_flow.command.main import main
from harness import ROOT, SYSTEM_PATH, TOOLS, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Generated

FOLDER = ROOT / ".github" / "workflows"
OURS = FOLDER / "ci.yml"
OF_A_REPOSITORY = ROOT / "src" / "electra_flow" / "repository" / "root_files" / "flujos.yml"
(GENERATED,) = ROOT.glob("*cookiecutter*/.github/workflows/*.yml")
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


def from_the_root(folder: Path, _generate: Callable[..., Generated]) -> Path:
    """The one of a repository, for all of its projects."""
    return Path(shutil.copy(OF_A_REPOSITORY, folder))


@pytest.fixture(params=[from_local, from_github, from_the_root])
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
OF_THE_ROOT = {
    "a name in a command": ('"\\$DESDE"', '"${{ github.head_ref }}"', "zizmor"),
}


@pytest.mark.parametrize(
    ("old", "new", "linter", "of"),
    [
        *(pytest.param(*broken, from_github, id=what) for what, broken in BREAKS.items()),
        *(pytest.param(*broken, from_the_root, id=what) for what, broken in OF_THE_ROOT.items()),
    ],
)
def test_what_is_broken_in_a_workflow_is_found(
    tmp_path: Path,
    generate: Callable[..., Generated],
    old: str,
    new: str,
    linter: str,
    of: Callable[..., Path],
) -> None:
    broken = of(tmp_path, generate)
    text, count = re.subn(old, lambda _: new, broken.read_text("utf-8"))
    assert count
    broken.write_text(text, "utf-8")
    assert linter in findings(broken)


@pytest.mark.parametrize(
    "path",
    [GENERATED, OF_A_REPOSITORY, *sorted(FOLDER.iterdir())],
    ids=lambda path: "generated" if path == GENERATED else path.name,
)
def test_each_action_is_pinned_to_a_commit_with_its_version(path: Path) -> None:
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


@pytest.mark.parametrize("of", [from_github, from_the_root])
def test_nothing_is_deployed_until_somebody_asks_and_the_tests_passed(
    tmp_path: Path, generate: Callable[..., Generated], of: Callable[..., Path]
) -> None:
    workflow = read(of(tmp_path, generate))
    deploy = workflow["jobs"]["desplegar"]
    assert "github.event_name == 'workflow_dispatch'" in deploy["if"]
    assert workflow["on"]["workflow_dispatch"]["inputs"]["desplegar"]["default"] is False
    assert deploy["needs"] == "revisar"
    assert deploy["runs-on"] == ["self-hosted"]
    assert deploy["environment"] == "prod"
    commands = [step["run"] for step in deploy["steps"] if "run" in step]
    assert not any("${{" in command for command in commands), "no text of anybody's in a command"


def test_that_of_the_root_has_the_commit_that_it_compares_with_and_waits_for_no_other_push() -> (
    None
):
    """A push that takes the place of one that waits would leave that one's projects unchecked."""
    workflow = read(OF_A_REPOSITORY)
    assert workflow["concurrency"]["group"].endswith(
        "-${{ github.event.pull_request.number || github.run_id }}"
    )
    for job in workflow["jobs"].values():
        assert job["steps"][0]["with"]["fetch-depth"] == 0
    commands = [step["run"] for step in workflow["jobs"]["revisar"]["steps"] if "run" in step]
    assert len(commands) == 3
    assert all(command.endswith('--changed "$DESDE"') for command in commands)


def test_its_commands_are_understood(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for step in read(OF_A_REPOSITORY)["jobs"]["revisar"]["steps"]:
        if "run" in step:
            words = shlex.split(step["run"])
            assert words[:4] == ["uv", "run", "--frozen", "electra-flow"]
            assert main(words[4:]) == 1, "no repository here, and not 2, a wrong usage"


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
