"""El informe, la vigilancia, los avisos y sus despliegues, y todo junto en un servidor."""

from datetime import UTC, datetime, timedelta

import pytest
from electra_flow.alerts import Announced
from electra_flow.report import Outcome, Run
from electra_flow.watchdog import Round
from prefect import flow, get_client
from prefect.client.schemas.filters import ArtifactFilter
from prefect.states import Completed, Failed

import mi_flujo as flujo
from avisar import avisar
from deploy import PROJECT, deployments
from vigilar import vigilar

HASTA = datetime(2026, 11, 25, 2, 55, tzinfo=UTC)
PARA = ["ana@example.com"]
FALLA = Run("ventas", "gran-puma", Outcome.FAILED, HASTA)


@pytest.fixture
def publicados(sin_prefect, monkeypatch):
    """Los informes que el flujo publica, con una falla en el período."""
    publicados = []
    monkeypatch.setattr(flujo, "leer_ejecuciones", lambda periodo: [FALLA])
    monkeypatch.setattr(flujo, "publicar_informe", publicados.append)
    return publicados


def test_sin_destinatarios_el_informe_solo_se_publica(publicados):
    estado = flujo.mi_flujo.fn(hasta=HASTA)
    assert (estado.type, estado.message) == ("COMPLETED", "1 falla en 1 ejecución")
    assert str(publicados[0].period.end.tzinfo) == "America/Argentina/Buenos_Aires"


def test_con_destinatarios_se_manda(publicados, monkeypatch):
    def enviar_correo(informe, destinatarios, bloque, remitente, return_state):
        assert (informe, bloque, remitente) == (publicados[0], "correo-monitoreo", None)
        return Completed(message=f"Enviado a {destinatarios[0]}.")

    monkeypatch.setattr(flujo, "enviar_correo", enviar_correo)
    estado = flujo.mi_flujo.fn("semanal", PARA, hasta=HASTA)
    assert estado.message == "1 falla en 1 ejecución. Enviado a ana@example.com."
    assert publicados[0].period.end - publicados[0].period.start == timedelta(days=7)


def test_si_el_correo_no_sale_la_ejecucion_falla_y_el_informe_queda(publicados, monkeypatch):
    monkeypatch.setattr(flujo, "enviar_correo", lambda *_, **__: Failed(message="No se pudo."))
    estado = flujo.mi_flujo.fn("diario", PARA, hasta=HASTA)
    assert (estado.type, estado.message) == ("FAILED", "No se pudo. El informe está en Artifacts.")
    assert len(publicados) == 1


def test_hay_un_despliegue_por_dia_otro_por_semana_la_vigilancia_y_los_avisos():
    crones = {d.name.rpartition("-")[2]: d.schedules[0].cron for d in deployments()}
    informes = {"diario": "55 23 * * *", "semanal": "55 23 * * 0"}
    assert crones == informes | dict.fromkeys(("vigilancia", "avisos"), "*/15 * * * *")


def test_el_bloque_que_usan_se_revisa_antes_de_desplegar():
    for despliegue in deployments():
        if despliegue.parameters:
            bloque = despliegue.parameters["bloque_correo"]
            assert f"email-server-credentials/{bloque}" in PROJECT.blocks


def test_la_vigilancia_termina_mal_si_no_pudo_terminar_algo(sin_prefect, monkeypatch):
    for problemas, tipo in ((), "COMPLETED"), (["gran-puma no se pudo terminar"], "FAILED"):
        ronda = Round(deployments=1, runs=2, problems=problemas)
        monkeypatch.setattr("vigilar.terminar_lo_vencido", lambda ronda=ronda: ronda)
        estado = vigilar.fn()
        assert (estado.type, estado.message) == (tipo, ronda.headline)


def test_los_avisos_terminan_mal_si_no_pudieron_mandar_alguno(sin_prefect, monkeypatch):
    for problemas, tipo in ([], "COMPLETED"), (["no anda el correo"], "FAILED"):
        avisado = Announced(alerts=1, problems=problemas)
        monkeypatch.setattr("avisar.avisar_lo_pendiente", lambda *_, avisado=avisado: avisado)
        estado = avisar.fn(PARA)
        assert (estado.type, estado.message) == (tipo, avisado.headline)


@flow(name="uno-que-falla")
def uno_que_falla():
    raise ValueError("falta el archivo <b>")


@pytest.mark.integration
def test_el_informe_de_un_servidor_cuenta_lo_que_fallo(servidor):
    uno_que_falla(return_state=True)
    estado = flujo.mi_flujo(return_state=True)
    assert estado.message == "1 falla en 1 ejecución"
    with get_client(sync_client=True) as cliente:
        clave = ArtifactFilter(key={"any_": ["mi-flujo-diario"]})
        (artefacto,) = cliente.read_artifacts(artifact_filter=clave)
    assert "### uno-que-falla (1)" in artefacto.data
    assert r"falta el archivo \<b\>" in artefacto.data
    assert vigilar(return_state=True).message.startswith("Nada que terminar. ")
    assert avisar(return_state=True).message == "Nada que avisar."
