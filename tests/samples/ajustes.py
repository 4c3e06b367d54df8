"""Los ajustes, del entorno y de los bloques."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, ClassVar

from prefect.blocks.system import Secret
from prefect.variables import Variable
from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Entorno(StrEnum):
    """Dónde corre."""

    DEV = "dev"
    PROD = "prod"


class Ajustes(BaseSettings):
    """Lo que viene por variables de entorno."""

    model_config = SettingsConfigDict(env_prefix="VENTAS_", secrets_dir=None, extra="ignore")

    entorno: Entorno = Entorno.DEV
    servidor: str = "softland"
    usuario: str = Field(default="", description="El usuario de SQL Server")
    clave: SecretStr = Field(
        default=SecretStr(""), validation_alias=AliasChoices("clave", "password")
    )
    token_url: Annotated[str, Field(description="Dónde se pide el token")] = (
        "https://x.example/token"
    )
    password_min_length: int = 12
    secret_name: str = "clave-sql"


@dataclass(frozen=True)
class Conexion:
    """Los datos de una conexión; la clave sale de su bloque."""

    OCULTOS: ClassVar[tuple[str, ...]] = ("clave", "token", "password")

    servidor: str
    base: str = "ventas"
    bloque_clave: str = "clave-sql"
    usuario: str | None = None
    clave: str = field(default="", repr=False)

    def con_clave(self) -> Conexion:
        """Devuelve la conexión con su clave, dentro de una tarea."""
        clave = Secret.load(self.bloque_clave).get()
        return Conexion(self.servidor, self.base, self.bloque_clave, self.usuario, clave=clave)

    def __repr__(self) -> str:
        return f"Conexion(servidor={self.servidor!r}, usuario={self.usuario!r}, clave='***')"


@lru_cache
def servidor_de(entorno: Entorno) -> str:
    """El servidor de un entorno; se llama desde tareas."""
    return Variable.get(f"servidor_{entorno.value}", default="softland")
