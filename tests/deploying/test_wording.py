"""What `deploy.py` says of moments, of what the server answered, and of a run's end."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import httpx
import pytest
from prefect.states import Completed, Crashed, Failed

from electra_flow.checks.finding import error, ok
from electra_flow.deploying import wording


def test_a_moment_is_written_in_the_project_s_zone_and_in_utc() -> None:
    moment = datetime(2030, 12, 25, 2, 30, tzinfo=UTC)
    assert wording.local_and_utc(moment, "America/Argentina/Buenos_Aires") == (
        "mar 24/12/2030 23:30 de America/Argentina/Buenos_Aires (mié 02:30 UTC)"
    )


def refused(status: int, body: object) -> httpx.HTTPStatusError:
    request = httpx.Request("POST", "http://127.0.0.1/api")
    response = httpx.Response(status, json=body, request=request)
    return httpx.HTTPStatusError("Client error", request=request, response=response)


def wrapped(error: Exception) -> Exception:
    """As Prefect does with some answers."""
    outer = ValueError("Unable to create deployment")
    outer.__cause__ = error
    return outer


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (refused(409, {"detail": "'1' is not of\ntype 'integer'"}), "'1' is not of type 'integer'"),
        (wrapped(refused(409, {"detail": "No"})), "No"),
        (refused(422, {"exception_detail": [{"msg": "Field required"}]}), "Field required"),
        (refused(500, {"exception_message": "x"}), "Client error"),
        (refused(500, "x"), "Client error"),
        (httpx.ConnectError("All connection\nattempts failed"), "All connection attempts failed"),
        (httpx.ReadTimeout(""), "ReadTimeout"),
    ],
)
def test_what_the_server_said_is_one_line(error: Exception, said: str) -> None:
    assert wording.server_reason(error) == said


def test_a_finding_is_a_line_without_colours_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    wording.show(ok("Hay pool."))
    wording.show(error("Falta [algo].", "uv run x"))
    assert capsys.readouterr().out.splitlines() == [
        "  bien   Hay pool.",
        "  error  Falta [algo]. Se arregla con: uv run x",
    ]


def test_how_a_run_ended_is_said_with_its_message_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    wording.say_end(Completed(), None)
    wording.say_end(Failed(message="ValueError:\n  no"), None)
    wording.say_end(Crashed(message="x"), "")
    wording.say_end(Crashed(message="x"), "ModuleNotFoundError: No module named 'y'")
    assert capsys.readouterr().out.splitlines() == [
        "    Terminó bien (Completed)",
        "    Terminó mal (Failed): ValueError: no",
        "    Terminó mal (Crashed): x",
        "    No llegó a empezar: el motivo está en la terminal del worker.",
        "    Terminó mal (Crashed): x",
        "    No llegó a empezar: ModuleNotFoundError: No module named 'y'",
    ]


def test_a_deployment_has_to_be_chosen_by_a_name_that_there_is() -> None:
    names = ["ventas", "cierre"]
    choose = "elegí uno con --deployment (ventas, cierre)."
    assert wording.one_of(names, None) == f"Hay 2 despliegues: {choose}"
    assert wording.one_of(names, "otro") == f"No hay un despliegue «otro»: {choose}"


@pytest.mark.parametrize(("number", "said"), [(1, "1 error"), (2, "2 errores")])
def test_errors_are_counted(number: int, said: str) -> None:
    assert wording.count_errors(number) == said


def test_who_stops_reading_costs_nothing() -> None:
    """`deploy.py --check | head -1`: no traceback, and the exit code is still deploy.py's."""
    program = "import sys\nfrom electra_flow.deploying.wording import say\n"
    program += "for number in range(20000):\n    say(f'línea {number}')\nsys.exit(3)\n"
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout and process.stderr
    assert process.stdout.readline() == "línea 0\n".encode()
    process.stdout.close()
    assert process.stderr.read() == b"" and process.wait() == 3
