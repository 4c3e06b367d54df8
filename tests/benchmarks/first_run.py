"""From nothing to a completed deployed run, by hand and with the template, side by side.

By hand starts with Prefect installed and the flow written; the template starts with uv and
cookiecutter. Each command is counted, and each wait that a person would have: for the server to
answer, for the worker to be online, for the run to end.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from harness import (
    ON_A_BUSY_MACHINE,
    ROOT,
    SYSTEM_PATH,
    TOOLS,
    UV,
    answers,
    free_port,
    run,
    started,
    user_environment,
    wait_until,
)

ROUNDS = 3
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

    def __init__(self, folder: Path, env: dict[str, str], prefix: tuple[str | Path, ...]) -> None:
        self.folder, self.env, self.prefix = folder, env, prefix
        self.commands: list[str] = []
        self._running = ExitStack()

    def __enter__(self) -> Walk:
        self._start = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._start
        self._running.close()

    def do(self, *command: str | Path, plain: bool = False) -> None:
        """Run a command to its end."""
        self.commands.append(" ".join(map(str, command)))
        prefix = () if plain else self.prefix
        result = run(*prefix, *command, cwd=self.folder, env=self.env)
        assert result.code == 0, result.output

    def start(self, *command: str, ready: str) -> None:
        """Leave a command running in a terminal of its own, and wait until it says it is ready."""
        self.commands.append(" ".join(command))
        log = self.folder / f"{command[1]}.log"
        self._running.enter_context(started(*self.prefix, *command, env=self.env, log=log))
        if ready.startswith("http"):
            wait_until(lambda: answers(ready), "the server")
        else:
            wait_until(lambda: ready in log.read_text("utf-8"), "the worker")


def by_hand(folder: Path, env: dict[str, str], port: int, prefect: Path) -> Walk:
    (folder / "basic.py").write_text(FLOW, "utf-8")
    url = f"http://127.0.0.1:{port}/api"
    env = env | {"PATH": f"{prefect.parent}:{SYSTEM_PATH}"}
    with Walk(folder, env, ()) as walk:
        walk.start("prefect", "server", "start", "--port", str(port), ready=f"{url}/health")
        walk.do("prefect", "config", "set", f"PREFECT_API_URL={url}")
        walk.do("prefect", "work-pool", "create", "pool-dev", "--type", "process")
        walk.do("python", "basic.py")
        walk.start("prefect", "worker", "start", "--pool", "pool-dev", ready="started!")
        walk.do("prefect", "deployment", "run", "mi-flujo/basico", "--watch")
    return walk


def with_the_template(folder: Path, env: dict[str, str], port: int) -> Walk:
    url = f"http://127.0.0.1:{port}/api"
    env = env | {"PATH": f"{TOOLS}:{SYSTEM_PATH}"}
    with Walk(folder, env, ("uv", "run")) as walk:
        walk.do("cookiecutter", "--no-input", ROOT, plain=True)
        walk.folder = folder / "mi-flujo"
        walk.start("prefect", "server", "start", "--port", str(port), ready=f"{url}/health")
        walk.do("prefect", "config", "set", f"PREFECT_API_URL={url}")
        worker = ("prefect", "worker", "start", "--pool", "pool-dev", "--type", "process")
        walk.start(*worker, ready="started!")
        walk.do("deploy.py", "--run")
    return walk


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        installed = folder / "installed"
        env = user_environment(folder / "home")
        pyproject = "prefect>=3.4,<4", "fastapi<0.151", "sqlalchemy<2.1"
        run(UV, "venv", installed, cwd=folder, env=env)
        run(UV, "pip", "install", "--python", installed, *pyproject, cwd=folder, env=env)
        times: dict[str, list[float]] = {"by hand": [], "with the template": []}
        commands: dict[str, list[str]] = {}
        for number in range(ROUNDS):
            for way in times:
                place = folder / f"{way}-{number}"
                place.mkdir()
                fresh = env | ON_A_BUSY_MACHINE | {"PREFECT_HOME": str(place / ".prefect")}
                if way == "by hand":
                    walk = by_hand(place, fresh, free_port(), installed / "bin" / "prefect")
                else:
                    walk = with_the_template(place, fresh, free_port())
                times[way].append(walk.seconds)
                commands[way] = walk.commands
    medians = {way: statistics.median(values) for way, values in times.items()}
    for way, median in medians.items():
        print(f"{way:18} {len(commands[way])} commands, {median:5.1f} s")
        print("".join(f"    {command}\n" for command in commands[way]), end="")
    print(f"ratio: {medians['with the template'] / medians['by hand']:.2f} of the time by hand")


if __name__ == "__main__":
    main()
