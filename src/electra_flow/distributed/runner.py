"""Prefect's runner of tasks on Dask, on a cluster of this machine or on the team's."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import distributed
from prefect.context import FlowRunContext
from prefect.settings import PREFECT_API_URL
from prefect_dask import task_runners

from electra_flow.distributed.address import scheduler_address
from electra_flow.distributed.embedded import begun, cluster_options, ending, keep_quiet
from electra_flow.distributed.late_imports import late_imports
from electra_flow.distributed.own_code import OwnCode
from electra_flow.distributed.real import check_cluster, check_reach, connection_options, not_there
from electra_flow.distributed.settings import travelling_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prefect.client.schemas.objects import RunInput
    from prefect.tasks import Task
    from prefect_dask.client import PrefectDaskClient
    from prefect_dask.task_runners import PrefectDaskFuture


class DaskTaskRunner(task_runners.DaskTaskRunner):
    """Reparte las tareas que el flujo pide con `map` y `submit` entre varios procesos, con Dask.

    Es el `DaskTaskRunner` de Prefect, con los mismos parámetros. Sin decir nada, los procesos son
    de esta máquina, empiezan con la primera tarea y terminan con el flujo. Si hay un cluster de
    Dask, usa ese, sin cambiar el código: su dirección es la de la variable de entorno
    DASK_SCHEDULER_ADDRESS o, si no está, la de la variable de Prefect `dask_scheduler_address`.
    Lo que dice `cluster_kwargs` es de los procesos de esta máquina: `{"n_workers": 8}`.

    Raises:
        RuntimeError: Con la primera tarea, si no se llega al cluster, o si sus workers no tienen
            el mismo Python, sistema y Dask, o les falta Prefect o electra-flow.
    """

    _own_code: OwnCode | None = None  # of this project, for workers that do not have it

    @property
    def client(self) -> PrefectDaskClient:
        """La conexión con el cluster, que empieza cuando se la pide."""
        if self._client or _on_a_worker():
            return super().client
        keep_quiet()
        chosen = self.address or self.cluster_class or self._cluster
        if not chosen:
            self.address = scheduler_address()
        if self.address:
            return self._connected(self.address)
        if not chosen:
            self.cluster_kwargs = cluster_options() | self.cluster_kwargs
        client = super().client
        if isinstance(self._cluster, distributed.LocalCluster) and not self.adapt_kwargs:
            begun(self._cluster, _run_logger())
            self._own_code = OwnCode(found_by_name=True)
        return client

    def _connected(self, address: str) -> PrefectDaskClient:
        self.client_kwargs = connection_options() | self.client_kwargs
        try:
            client = super().client
        except (OSError, ValueError, TypeError) as error:
            raise not_there(address, error) from None
        check_cluster(client, address, _run_logger())
        check_reach(address, _api_url(), _run_logger())
        self._own_code = OwnCode()
        return client

    def submit(  # type: ignore[override] # Prefect's own types of it contradict each other
        self,
        task: Task[Any, Any],
        parameters: dict[str, Any],
        wait_for: Iterable[PrefectDaskFuture[Any]] | None = None,
        dependencies: dict[str, set[RunInput]] | None = None,
    ) -> PrefectDaskFuture[Any]:
        """Manda una tarea al cluster."""
        if self._started and self.client and self._own_code:
            self._send_own_code(self._own_code)
        with travelling_settings(_api_url()):
            return super().submit(task, parameters, wait_for, dependencies)

    def _send_own_code(self, own_code: OwnCode) -> None:
        """Let the project's modules go with the tasks, and tell what does not."""
        new = own_code.register()
        if self.address and (late := list(late_imports(new))):
            _run_logger().warning(
                "En el cluster, los módulos del proyecto van con las tareas si se importan arriba; "
                "dentro de una función, no se encuentran: %s",
                ", ".join(late),
            )

    def __exit__(self, *args: Any) -> None:
        if self._client and isinstance(self._cluster, distributed.LocalCluster):
            ending(self._client, self._cluster)
        try:
            super().__exit__(*args)
        finally:
            if self._own_code:
                self._own_code.forget()


def _on_a_worker() -> bool:
    """Tell whether this is a task on a worker of Dask's, whose cluster is the one it is in."""
    try:
        distributed.get_worker()
    except ValueError:
        return False
    return True


def _run_logger() -> logging.Logger | logging.LoggerAdapter[Any]:
    from prefect.logging import get_logger, get_run_logger

    return get_run_logger() if FlowRunContext.get() else get_logger(__name__)


def _api_url() -> str | None:
    """Return the address of the server of this run, also that of a temporary one."""
    if url := PREFECT_API_URL.value():
        return str(url)
    context = FlowRunContext.get()
    return str(context.client.api_url) if context else None
