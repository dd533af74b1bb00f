"""The desired state of a stack on Kubernetes, from parameters."""

from functools import partial

from ironclad.adapters.manifests.objects import initial_replicas, objects
from ironclad.domain.kubernetes.parameters.keys import show_values
from ironclad.domain.kubernetes.parameters.monitoring import MonitoringSource
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.kubernetes.stack_spec import StackSpec
from ironclad.domain.kubernetes.wanted_secret import STACK_SECRETS


def stack_spec(parameters: StackParameters) -> StackSpec:
    return StackSpec(
        namespace=parameters.namespace,
        objects=partial(objects, parameters=parameters),
        initial_replicas=initial_replicas(parameters),
        secrets=STACK_SECRETS,
        values=show_values(parameters),
        elsewhere=_elsewhere(parameters),
    )


def _elsewhere(parameters: StackParameters) -> dict[str, str]:
    monitoring = parameters.monitoring
    if monitoring.source is MonitoringSource.OWN:
        return {}
    urls = {"prometheus": monitoring.prometheus.url, "alertmanager": monitoring.alertmanager.url}
    return {name: url for name, url in urls.items() if url is not None}
