"""Manda por correo las alertas del día."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate

from electra_flow import PrefectLogger
from prefect import flow, task
from prefect.blocks.system import Secret
from prefect.variables import Variable
from prefect_email import EmailServerCredentials, email_send_message

logger_global = PrefectLogger(__file__)

ASUNTO = "Alertas: claves por vencer"
AVISO = """Hola, {nombre}:

tu contraseña de {sistema} vence el {fecha}. Para cambiarla entrá a https://claves.example.com
con tu usuario de red. Si no pediste una clave nueva, avisá a sistemas@example.com.
"""
SERVIDOR, PUERTO = "smtp.example.com", 587
REMITENTE = "Avisos <avisos@example.com>"


@task
def mandar(destino: str, nombre: str, sistema: str, fecha: str) -> None:
    """Manda un aviso."""
    mensaje = EmailMessage()
    mensaje["From"], mensaje["To"], mensaje["Subject"] = REMITENTE, destino, ASUNTO
    mensaje["Date"] = formatdate(localtime=True)
    mensaje.set_content(AVISO.format(nombre=nombre, sistema=sistema, fecha=fecha))
    clave = Secret.load("clave-correo").get()
    usuario = Variable.get("usuario_correo", default="avisos@example.com")
    with smtplib.SMTP(SERVIDOR, PUERTO, timeout=30) as servidor:
        servidor.starttls(context=ssl.create_default_context())
        servidor.login(usuario, clave)
        servidor.send_message(mensaje)


@flow
def correo_alertas(destinatarios: list[str] | None = None) -> None:
    """Avisa a cada uno, y a la mesa de ayuda con el bloque del correo."""
    logger = logger_global.obtener_logger_prefect()
    for destino in destinatarios or []:
        mandar(destino, destino.partition("@")[0], "Softland", "31/12")
    credenciales = EmailServerCredentials.load("correo-monitoreo")
    email_send_message(
        email_server_credentials=credenciales,
        subject="Claves por vencer",
        msg="Se avisó a todos.",
        email_to="mesa@example.com",
    )
    logger.info("Listo")
