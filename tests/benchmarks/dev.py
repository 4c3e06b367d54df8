"""From nothing to a completed deployed run, by hand and with `electra-flow dev`, side by side.

Both begin without Prefect installed, its wheels in uv's cache: by hand with the flow written, the
other with cookiecutter. Each command is counted, and each wait that a person would have: for the
server to answer, for the worker to be online, for the run to end. Both end there; that `dev --once`
ends its server then is said beside it. Twice: with a new database and nothing else to begin with, and
with that of an earlier time; the limits are of the time by hand with a new one.

--rounds N  how often each is measured (3)
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from harness import (
    ROOT,
    SYSTEM_PATH,
    TOOLS,
    answers,
    free_port,
    run,
    started,
    user_environment,
    wait_until,
)

LIMITS = {"new": 0.6, "old": 0.4}  # of the time by hand
PHASES = {  # what is said when a part of it is over
    "uv sync, Python": r"^Servidor de Prefect",
    "server, imports, deploying": r"^Desplegado",
    "the run's process": r"^mi-flujo-dev \| ",
    "the run": r"terminó bien",
}
FLOW = """
from prefect import flow, get_run_logger, task

@task
def mi_tarea(nombre: str):
    get_run_logger().info("Hola %s", nombre)

@flow
def mi_flujo(nombre: str = "mundo"):
    mi_tarea(nombre)

if __name__ == "__main__":
    from pathlib import Path
    from prefect.schedules import Cron
    mi_flujo.from_source(source=str(Path(__file__).parent), entrypoint="basic.py:mi_flujo").deploy(
        name="basico",
        work_pool_name="pool-dev",
        schedules=[Cron("30 1,13,17 * * *", timezone="America/Argentina/Buenos_Aires")],
        ignore_warnings=True,
    )
"""


class Walk:
    """The commands of one way, run one after the other, and counted."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder, self.env = folder, env
        self.commands: list[str] = []
        self.moments: list[float] = []  # when each of PHASES was over
        self.ending = 0.0
        self._running = ExitStack()

    def __enter__(self) -> Walk:
        self._start = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = self.now
        self._running.close()

    @property
    def now(self) -> float:
        return time.perf_counter() - self._start

    def do(self, *command: str | Path) -> None:
        """Run a command to its end."""
        self.commands.append(" ".join(map(str, command)))
        result = run(*command, cwd=self.folder, env=self.env)
        assert result.code == 0, result.output

    def watch(self, *command: str) -> None:
        """Run a command to its end, and note when it says what ends a phase."""
        self.commands.append(" ".join(command))
        self.moments.append(self.now)
        wanted, said = [*PHASES.values()], []
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        ) as process:
            assert process.stdout
            for line in process.stdout:
                said.append(line)
                if wanted and re.search(wanted[0], line):
                    del wanted[0]
                    self.moments.append(self.now)
        assert process.returncode == 0 and not wanted, "".join(said)
        self.ending = self.now - self.moments[-1]
        self._start += self.ending  # what is measured was over before

    def start(self, *command: str, ready: str) -> None:
        """Leave a command running in a terminal of its own, and wait until it says it is ready."""
        self.commands.append(" ".join(command))
        log = self.folder / f"{command[1]}.log"
        self._running.enter_context(started(*command, env=self.env, log=log))
        if ready.startswith("http"):
            wait_until(lambda: answers(ready), "the server")
        else:
            wait_until(lambda: ready in log.read_text("utf-8"), "the worker")


def by_hand(folder: Path, env: dict[str, str], old: Path | None) -> Walk:
    (folder / "basic.py").write_text(FLOW, "utf-8")
    home, venv, port = folder / "home", folder / ".venv", str(free_port())
    if old:
        shutil.copytree(old / "home", home)
        (home / "profiles.toml").unlink()  # it knows the server of that time
    url = f"http://127.0.0.1:{port}/api"
    path = f"{venv / 'bin'}:{TOOLS}:{SYSTEM_PATH}"
    env = env | {"PATH": path, "PREFECT_HOME": str(home), "VIRTUAL_ENV": str(venv)}
    with Walk(folder, env) as walk:
        walk.do(TOOLS / "uv", "venv")
        walk.do(
            TOOLS / "uv", "pip", "install", "prefect>=3.8,<4", "fastapi<0.151", "sqlalchemy<2.1"
        )
        prefect = str(venv / "bin" / "prefect")
        walk.start(prefect, "server", "start", "--port", port, ready=f"{url}/health")
        walk.do(prefect, "config", "set", f"PREFECT_API_URL={url}")
        walk.do(prefect, "work-pool", "create", "pool-dev", "--type", "process", "--overwrite")
        walk.do(venv / "bin" / "python", "basic.py")
        walk.start(prefect, "worker", "start", "--pool", "pool-dev", ready="started!")
        walk.do(prefect, "deployment", "run", "mi-flujo/basico", "--watch")
    return walk


def with_dev(folder: Path, env: dict[str, str], old: Path | None) -> Walk:
    with Walk(folder, env | {"PATH": f"{TOOLS}:{SYSTEM_PATH}"}) as walk:
        walk.do(TOOLS / "cookiecutter", "--no-input", ROOT)
        walk.folder = folder / "mi-flujo"
        if old:
            shutil.copytree(old / "mi-flujo" / ".prefect", walk.folder / ".prefect")
        walk.watch(str(TOOLS / "uv"), "run", "electra-flow", "dev", "--once")
    return walk


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    ways = {"by hand": by_hand, "dev": with_dev}
    walks: dict[tuple[str, str], list[Walk]] = {}
    with tempfile.TemporaryDirectory() as name:
        above = Path(name)
        user = user_environment(above / "user")
        for number in range(rounds):
            for age in LIMITS:
                for way, walk in ways.items():
                    place = above / f"{way.replace(' ', '-')}-{age}-{number}"
                    place.mkdir()
                    # In a cache of its own: nothing is kept from another time.
                    env = user | {"XDG_CACHE_HOME": str(place / "cache")}
                    old = above / f"{way.replace(' ', '-')}-new-0" if age == "old" else None
                    walks.setdefault((way, age), []).append(walk(place, env, old))
    for way in ways:
        commands = walks[way, "new"][0].commands
        print(f"{way}: {len(commands)} commands")
        for command in commands:
            shown = re.sub(r"(?<![:/\w])/\S+/", "", command)
            print(f"    {shown}")
    by_new = statistics.median(walk.seconds for walk in walks["by hand", "new"])
    for age, limit in LIMITS.items():
        hand, own = (statistics.median(walk.seconds for walk in walks[way, age]) for way in ways)
        print(
            f"{age} database: {hand:.1f} s by hand, {own:.1f} s with dev; "
            f"{own / by_new:.2f} of the time by hand with a new one (limit {limit})"
        )
        all_moments = zip(*(walk.moments for walk in walks["dev", age]), strict=True)
        moments = [statistics.median(each) for each in all_moments]
        parts = [after - before for before, after in zip([0.0, *moments], moments, strict=False)]
        named = zip(["cookiecutter", *PHASES], parts, strict=True)
        told = ", ".join(f"{what} {part:.1f}" for what, part in named)
        ending = statistics.median(walk.ending for walk in walks["dev", age])
        print(f"    {told}; and {ending:.1f} to end")


if __name__ == "__main__":
    main()
