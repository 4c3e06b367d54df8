"""Baja comprobantes de un portal, con Selenium."""

from __future__ import annotations

from pathlib import Path

from electra_flow import PrefectLogger
from prefect import flow, task
from prefect.blocks.system import Secret
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support import expected_conditions as ec
from selenium.webdriver.support.ui import WebDriverWait

logger_global = PrefectLogger(__file__)

PORTAL = "https://portal.example.gob.ar/login?redirect=/comprobantes"
DESCARGAS = Path.home() / "descargas-portal"
CAMPO_USUARIO = (By.ID, "F1:username")
CAMPO_CLAVE = (By.ID, "F1:password")
BOTON = (By.CSS_SELECTOR, "input[type='submit'][name='login']")
TOKEN_CSRF = (By.NAME, "csrf_token")


def _abrir() -> WebDriver:
    opciones = webdriver.ChromeOptions()
    opciones.add_argument("--headless=new")
    opciones.add_experimental_option(
        "prefs",
        {
            "download.default_directory": str(DESCARGAS),
            "credentials_enable_service": False,
            "profile.password_manager_enabled": False,
        },
    )
    return webdriver.Chrome(options=opciones)


@task(retries=2)
def entrar_y_bajar(cuit: str) -> int:
    """Entra con la clave fiscal y baja lo que haya."""
    logger = logger_global.obtener_logger_prefect()
    driver = _abrir()
    try:
        driver.get(PORTAL)
        espera = WebDriverWait(driver, 20)
        espera.until(ec.presence_of_element_located(CAMPO_USUARIO)).send_keys(cuit)
        driver.find_element(*CAMPO_CLAVE).send_keys(Secret.load("clave-fiscal").get())
        driver.find_element(By.ID, "F1:password").send_keys("\n")
        driver.find_element(*BOTON).click()
        token = driver.find_element(*TOKEN_CSRF).get_attribute("value")
        if token == "expirado":
            raise RuntimeError("La sesión venció")
        enlaces = driver.find_elements(By.XPATH, "//a[contains(@href, 'descargar')]")
        for enlace in enlaces:
            enlace.click()
    finally:
        driver.quit()
    logger.info("%d comprobantes", len(enlaces))
    return len(enlaces)


@flow
def portal_afip(cuit: str = "30-00000000-0") -> int:
    """Baja los comprobantes de un CUIT."""
    return entrar_y_bajar(cuit)
