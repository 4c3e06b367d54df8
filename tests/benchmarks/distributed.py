"""Many tasks on Dask's processes and on Prefect's own threads, side by side, on one real server.

1,000 tasks of 10 ms and 100 of 1 s, that wait (`sleep`) or compute (a Python loop of that much
processor time). Each in a process and a run of its own; the time is from the first `map` to the last
result, and that until a cluster's processes are there is said beside it, as is the processor time of
the whole run with its processes, which is what stays the same on a busy machine.

--processes N  of Dask's (2)
--small        a tenth of the tasks, to see that it works
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from harness import Project, prefect_server, user_environment

FLOW = """
import json
import sys
import time

from electra_flow.distributed import DaskTaskRunner
from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner

runner, work, count, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
PROCESSES = int(sys.argv[5])
RUNNERS = {
    "threads": ThreadPoolTaskRunner,
    "dask": lambda: DaskTaskRunner(cluster_kwargs={"n_workers": PROCESSES}),
}


@task
def wait(seconds: float) -> None:
    time.sleep(seconds)


@task
def compute(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


@flow(task_runner=RUNNERS[runner]())
def measured() -> None:
    begun = time.perf_counter()
    wait.map([0.0] * 2 * PROCESSES).result()
    ready = time.perf_counter()
    {"wait": wait, "compute": compute}[work].map([seconds] * count).result()
    print(json.dumps({"start": ready - begun, "tasks": time.perf_counter() - ready}))


if __name__ == "__main__":
    measured()
"""
WORKS = ("wait", "compute")
SIZES = ((1000, 0.01), (100, 1.0))
RUNNERS = ("threads", "dask")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dask-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        script = folder / "measured.py"
        script.write_text(FLOW, "utf-8")
        quiet = {"PREFECT_LOGGING_LEVEL": "WARNING"}
        python = Project(folder, Path(sys.executable), user_environment(folder / "home") | quiet)
        with prefect_server(python, folder) as server:
            print(
                f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; seconds, of one run each"
            )
            heads = "".join(f"{head:>10}" for head in ("threads", "dask", "ratio", "start"))
            print(f"{'':24}{heads}   processor time")
            for work, (count, seconds) in product(WORKS, SIZES):
                count //= 10 if options.small else 1
                given = (work, str(count), str(seconds), str(options.processes))
                threads, dask = (
                    measure(script, runner, *given, env=server.env) for runner in RUNNERS
                )
                name = f"{count} × {seconds:g} s, {work}"
                ratio = dask["tasks"] / threads["tasks"]
                times = f"{threads['tasks']:10.1f}{dask['tasks']:10.1f}{ratio:10.2f}"
                used = f"{threads['processor']:.0f} and {dask['processor']:.0f}"
                print(f"{name:24}{times}{dask['start']:10.1f}   {used}", flush=True)
            print(f"load {os.getloadavg()[0]:.1f}")


def measure(script: Path, *arguments: str, env: dict[str, str]) -> dict[str, Any]:
    """Run the flow once in a process of its own, which has to succeed."""
    command = [sys.executable, script, *arguments]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"processor": used, **json.loads(done.stdout)}


if __name__ == "__main__":
    main()
