"""The report of what failed, as a mail server gets it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness import mail_server, prefect_server
from pictures import browser
from pictures.user import PICTURES, generated

if TYPE_CHECKING:
    from pathlib import Path

A_DAY = """
from prefect import flow

def made(name, failures, number):
    @flow(name=name, flow_run_name=f"{name}-{{numero}}")
    def one(numero):
        if error := failures.get(numero):
            raise error
    for numero in range(1, number + 1):
        one(numero, return_state=True)

made("ventas", {2: ConnectionError("ORA-12541: TNS:no listener")}, 4)
made("cotizaciones", {}, 6)
made("cierre-mensual", {1: FileNotFoundError("No está saldos-2026-10.xlsx en la carpeta de Finanzas")}, 1)
"""
THE_MAIL = """
import json, sys
sys.path.insert(0, "src")
from prefect_email import EmailServerCredentials
import mi_flujo

EmailServerCredentials(**json.loads(sys.argv[1])).save("correo-monitoreo")
mi_flujo.mi_flujo("diario", ["equipo@example.com"], "correo-monitoreo")
"""


def make(folder: Path, env: dict[str, str]) -> Path:
    """The mail of the monitoring project, as a mail server gets it."""
    project = generated(folder, env, flow_kind="monitoring")
    with (
        mail_server(folder, "INSECURE") as post,
        prefect_server(project, folder) as server,
    ):
        project.env = project.env | server.env
        block = json.dumps(post.block(smtp_type="INSECURE"))
        for code in (A_DAY, THE_MAIL):
            ran = project.run("-c", code, block)
            assert ran.code == 0, ran.output
    (mail,) = post.mails
    content = mail.get_body(("html",))
    assert content
    picture = PICTURES / "report.png"
    with browser.page(680, 400) as page:
        page.set_content(content.get_content())
        browser.photograph(page.locator("body"), picture)
    return picture
