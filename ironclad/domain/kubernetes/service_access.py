"""Which addresses lead to a Service from outside the cluster, best first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ironclad.domain.kubernetes.kube_object import KubeObject, metadata, section, spec, status


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """One address; `url` is empty where only a port-forward leads there."""

    service: str
    how: str
    url: str = ""


def service_addresses(
    service: KubeObject, ingresses: Sequence[KubeObject], nodes: Sequence[KubeObject]
) -> tuple[ServiceAddress, ...]:
    """List a service's addresses: load balancer, Ingress, node port; else a port-forward."""
    name = str(metadata(service)["name"])
    found = (
        *_balancers(name, service),
        *_hosts(name, ingresses),
        *_node_ports(name, service, nodes),
    )
    return found or (ServiceAddress(name, "port-forward"),)


def _balancers(name: str, service: KubeObject) -> Iterator[ServiceAddress]:
    port = spec(service)["ports"][0]["port"]
    for each in section(service, "status", "loadBalancer").get("ingress") or ():
        yield ServiceAddress(
            name, "LoadBalancer", f"http://{each.get('hostname') or each.get('ip')}:{port}"
        )


def _hosts(name: str, ingresses: Sequence[KubeObject]) -> Iterator[ServiceAddress]:
    for ingress in ingresses:
        secured = {
            host for each in spec(ingress).get("tls") or () for host in each.get("hosts", ())
        }
        for rule in spec(ingress).get("rules") or ():
            for path in section(rule, "http").get("paths") or ():
                if section(path, "backend", "service").get("name") == name and rule.get("host"):
                    scheme = "https" if rule["host"] in secured else "http"
                    yield ServiceAddress(
                        name, "Ingress", f"{scheme}://{rule['host']}{path.get('path', '')}"
                    )


def _node_ports(
    name: str, service: KubeObject, nodes: Sequence[KubeObject]
) -> Iterator[ServiceAddress]:
    port = spec(service)["ports"][0].get("nodePort")
    if not port:
        return
    for node in nodes[:1]:
        addresses = {each["type"]: each["address"] for each in status(node).get("addresses") or ()}
        address = addresses.get("ExternalIP") or addresses.get("InternalIP")
        if address:
            yield ServiceAddress(name, "NodePort", f"http://{address}:{port}")
