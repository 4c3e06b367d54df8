"""A process that ends with the one that started it, and takes along what it started itself."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from electra_flow.tied.job import _Extended

PROGRAM = """
import subprocess, sys, time
from electra_flow.tied.to_input import end_with_input

end_with_input(lambda: print("a line", flush=True))
own = subprocess.Popen([sys.executable, "-c", "import time; print('own', flush=True); time.sleep(60)"])
time.sleep(60)
"""
# It starts the other one, and is killed.
PARENT = f"""
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", {PROGRAM!r}], stdin=subprocess.PIPE)
time.sleep(60)
"""


def start(program: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def test_it_goes_on_while_somebody_can_write_to_it_and_ends_then() -> None:
    with start(PROGRAM) as process:
        assert process.stdin and process.stdout
        assert process.stdout.readline() == b"own\n"
        process.stdin.write(b"x\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"a line\n"
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(10) != 0
        assert process.stdout.read() == b"", "its own process has ended, or this would wait"


def test_it_ends_with_who_is_killed() -> None:
    with start(PARENT) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == b"own\n"
        parent.kill()
        assert parent.stdout.read() == b""  # written to by all three of them


def test_who_closes_its_own_input_does_not_end() -> None:
    program = (
        "import os\nfrom electra_flow.tied.to_input import end_with_input\n"
        "os.close(0)\nend_with_input()\nimport time; time.sleep(0.5)\nprint('here')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"here\n"


@pytest.mark.skipif(sys.maxsize < 2**32, reason="the sizes are those of 64 bits")
def test_the_limits_of_a_job_are_as_large_as_windows_has_them() -> None:
    assert ctypes.sizeof(_Extended) == 144
