"""`electra-flow dev`: a server, a worker and the deployments of dev, until Ctrl-C."""

from __future__ import annotations
