"""Las pruebas que valen para todos los proyectos; vienen con electra-flow."""

from electra_flow.testing.project import *  # noqa: F403 - están en la biblioteca
