"""`deploy.py` where `electra-flow deploy` started it: it finds what a clean interpreter does.

All flows that end well or badly are imported in one go, which takes as long as Prefect does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checks import test_flow_import
from checks.test_flow_import import BROKEN, FINE, FLOW
from electra_flow.checks.server import Need
from electra_flow.checks.work_pool import FOLDER_TYPES, IMAGE_TYPES, PoolUse
from electra_flow.deploying.batch import ANSWERS, PROTOCOL, REQUEST
from electra_flow.deploying.options import BATCH
from electra_flow.repository.report import Report, read_answers

pytestmark = pytest.mark.real

ENV = 'source=LocalFolder(__file__), env={"FLOW_LOG_DIR": "D:/logs"})'


def make_project(folder: Path, flows: dict[str, str]) -> Path:
    (folder / "pyproject.toml").write_text('[project]\ndependencies = ["prefect"]\n', "utf-8")
    return test_flow_import.make_project(
        folder, flows, {name: f"{name}.py:{name}" for name in flows}
    )


def begin(script: Path, *arguments: str, protocol: int = PROTOCOL) -> subprocess.Popen[bytes]:
    channel = script.parent / "canal"
    channel.mkdir(exist_ok=True)
    (channel / REQUEST).write_text(json.dumps({"protocol": protocol}), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, script.name, *arguments],
        cwd=script.parent,
        env=os.environ | {BATCH: str(channel), "PREFECT_SERVER_EPHEMERAL_ENABLED": "false"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def check(script: Path, env: str = "dev", **request: int) -> Report:
    process = begin(script, "--env", env, "--check", **request)
    assert process.stdout
    output = process.stdout.read()
    code = process.wait()
    return Report(
        read_answers(script.parent / "canal" / ANSWERS), code, output.decode("utf-8", "replace")
    )


def edit(script: Path, old: str, new: str) -> None:
    text = script.read_text("utf-8")
    assert old in text
    script.write_text(text.replace(old, new), "utf-8")


def test_it_finds_in_one_process_what_another_one_would(tmp_path: Path) -> None:
    """With the variables of the runs, and with modules that deploy.py has imported already."""
    flows = {"asks": FLOW.format("input()", "asks", "")}
    flows |= FINE | {name: text for name, (text, _) in BROKEN.items() if name != "elsewhere"}
    flows["imported"] = FLOW.format("import ayuda\nassert ayuda.LOGS", "imported", "")
    script = make_project(tmp_path, flows)
    (tmp_path / "ayuda.py").write_text(
        "import os\nLOGS = os.environ.get('FLOW_LOG_DIR')\n", "utf-8"
    )
    edit(script, "source=LocalFolder(__file__))", ENV)
    edit(script, "import sys\n", "import sys\nimport ayuda\n")
    report = check(script)
    assert report.complete, report.output
    fine = {*FINE, "imported"}
    assert set(report.flows) == {f"src/{name}.py:{name}" for name in fine}
    assert report.flows["src/plain.py:plain"]["parameters"] == ["nombre"]
    assert {f"{name.replace('_', '-')}/{name}-dev" for name in fine} == set(report.deployments)
    for name, (_, text) in BROKEN.items():
        start = f"El flujo src/{name}.py:{name} no se puede importar: "
        found = [reason for reason in report.reasons if reason.startswith(start)]
        assert name == "elsewhere" or (len(found) == 1 and text in found[0]), (name, found)
    assert any("src/asks.py:asks" in reason and "EOF" in reason for reason in report.reasons)
    use = PoolUse(FOLDER_TYPES, ("command", "env", "working_dir"), ("D:/logs",))
    assert report.needs == [Need("pool", "pool-dev", use=use)]


def test_variables_that_python_itself_reads_are_there_from_the_beginning(tmp_path: Path) -> None:
    flow = FLOW.format("import sys\nassert sys.flags.no_user_site", "temprano", "")
    script = make_project(tmp_path, {"temprano": flow})
    python = ENV.replace("FLOW_LOG_DIR", "PYTHONNOUSERSITE")
    edit(script, "source=LocalFolder(__file__))", python)
    assert check(script).reasons == []


def test_an_import_that_ends_python_is_named(tmp_path: Path) -> None:
    crash = FLOW.format('import os\nos.write(1, b"Chau\\n")\nos._exit(9)', "crash", "")
    report = check(make_project(tmp_path, {"crash": crash}))
    (reason,) = report.reasons
    assert reason == (
        "Python se cerró (código 9) al importar src/crash.py:crash; lo último que escribió: Chau."
    )


def test_an_environment_that_it_has_not_is_said_without_an_import(tmp_path: Path) -> None:
    report = check(make_project(tmp_path, {}), "prod")
    assert (report.absent, report.environments, report.reasons) == ("prod", ["dev"], [])


def test_an_image_says_its_pools_its_repository_and_the_missing_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    script = make_project(tmp_path, {})
    of_git = 'GitSource(__file__, url="https://git/a/b", credentials_block="t"), image="ventas"'
    edit(script, "LocalFolder(__file__)", of_git)
    edit(script, "LocalFolder,", "GitSource,")
    report = check(script)
    assert (report.needs[0].use.types, report.needs[0].use.variables) == (
        IMAGE_TYPES,
        ("env", "image"),
    )
    assert report.git == {"url": "https://git/a/b", "branch": "main", "block": "t"}
    assert [reason for reason in report.reasons if reason.startswith("No contesta Docker (tcp")]


def test_another_protocol_is_answered_with_its_own(tmp_path: Path) -> None:
    report = check(make_project(tmp_path, {}), protocol=PROTOCOL + 1)
    assert report.answers[0]["protocol"] == PROTOCOL
    assert not report.complete and report.code == 0


def test_a_mistake_of_deploy_py_is_said_in_its_words(tmp_path: Path) -> None:
    script = make_project(tmp_path, {})
    edit(script, "timezone=", "timezon=")
    (reason,) = check(script).reasons
    assert reason.startswith("deploy.py, línea 6: TypeError: Project no tiene «timezon»")


def test_it_ends_with_who_asked(tmp_path: Path) -> None:
    script = make_project(tmp_path, {})
    edit(
        script, "def deployments():\n", "def deployments():\n    import time\n    time.sleep(600)\n"
    )
    process = begin(script, "--env", "dev", "--check")
    answers = tmp_path / "canal" / ANSWERS
    deadline = time.monotonic() + 60
    while not read_answers(answers) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert process.poll() is None and process.stdin
    process.stdin.close()
    assert process.wait(30) != 0
