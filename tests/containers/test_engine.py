"""The image of the tests stands for Prefect's own: what that one has, it has to have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from docker_engine import IMAGE

if TYPE_CHECKING:
    from docker_engine import Engine

pytestmark = pytest.mark.real


def test_the_image_has_what_prefects_own_has(engine: Engine) -> None:
    script = "python -c 'import prefect.cli' && git --version && uv --version"
    said = engine.client.containers.run(
        IMAGE, ["sh", "-c", script], network_mode="host", remove=True
    )
    git, uv = said.decode().splitlines()
    assert git.startswith("git version 2.") and uv.startswith("uv 0.")
