"""The Docker image of an environment: its name and how it is built."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from electra_flow.model import fields

# Docker's grammar of references: [host[:port]/]path, without a tag and a digest.
_PART = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_HOST = re.compile(
    r"(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9.-]+(?=:\d))(?::\d+)?"
)
_LONGEST = 200  # letters; Docker takes 255, of which the tag may be 55

# What `DockerImage` may pass to the engine besides what is ours; tests compare it with docker-py.
BUILD_OPTIONS = {
    "buildargs",
    "cache_from",
    "container_limits",
    "extra_hosts",
    "isolation",
    "network_mode",
    "nocache",
    "platform",
    "pull",
    "shmsize",
    "squash",
    "target",
    "use_config_proxy",
}
_SECRET = re.compile(r"TOKEN|PASSW|SECRET|CLAVE|CREDENTIAL|API_?KEY", re.IGNORECASE)


@dataclass(frozen=True)
class Image:
    """La imagen de Docker que lleva el código del proyecto y sus dependencias.

    La construye el despliegue, con el `Dockerfile` del proyecto o, si no hay, con el de electra-flow, y
    le pone de etiqueta el commit.

    Attributes:
        name: El nombre, sin etiqueta: «ventas», «registro.ejemplo.com/equipo/ventas».
        push: Si cada despliegue la sube al registro que dice su nombre.
            Si no, queda en el Docker de la máquina que despliega.
        base: La imagen sobre la que se construye.
            Si no se dice, la oficial de Python, de la versión que usa el proyecto.
        build_options: Otros argumentos de la construcción, como los toma `DockerImage` de Prefect.
            «network_mode», «platform», «buildargs»… Nunca secretos: quedan en la historia de la imagen.

    Raises:
        TypeError: Si un valor no es del tipo que tiene que ser.
        ValueError: Si Docker no admite el nombre o no conoce la opción.
    """

    name: str
    push: bool = False
    base: str | None = None
    build_options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        fields.text("image", self.name)
        fields.truth("push", self.push)
        fields.optional(fields.text)("base", self.base)
        fields.mapping("build_options", self.build_options)
        if problem := _wrong(self.name):
            raise ValueError(f"image: «{self.name}» {problem}")
        for name in self.build_options:
            if name not in BUILD_OPTIONS:
                raise ValueError(
                    f"build_options no lleva «{name}»; lleva {', '.join(sorted(BUILD_OPTIONS))}"
                )
        arguments = self.build_options.get("buildargs", {})
        fields.mapping("buildargs", arguments)
        for name in arguments:
            if _SECRET.search(name):
                raise ValueError(
                    f"buildargs lleva «{name}», que quedaría en la historia de la imagen: lo que es "
                    "secreto lo carga la tarea, con Secret.load(…)"
                )


def as_image(value: str | Image) -> Image:
    """Return what `Environment(image=…)` takes as an `Image`."""
    return value if isinstance(value, Image) else Image(value)


def _wrong(name: str) -> str:
    """Return what is wrong with a name and what would work; an empty text if nothing is."""
    if "://" in name:
        return f"no lleva «{name.partition('://')[0]}://»: es «{name.partition('://')[2]}»"
    if "@" in name or ":" in name.rpartition("/")[2]:
        bare = re.sub(r"(:[^/]*)?(@.*)?$", "", name)
        return f"lleva una etiqueta, que la pone el despliegue: es «{bare}»"
    host, slash, path = name.partition("/")
    has_host = bool(slash and _HOST.fullmatch(host))
    for part in (path if has_host else name).split("/"):
        if not _PART.fullmatch(part):
            near = re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-")
            return (
                f"no sirve como nombre de imagen, por «{part}»: lleva minúsculas, números y, entre "
                f"ellos, guiones o puntos{f', como «{near}»' if near else ''}"
            )
    if len(name) > _LONGEST:
        return f"tiene {len(name)} letras, y puede tener {_LONGEST}"
    return ""
