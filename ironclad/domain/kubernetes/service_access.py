"""Which addresses lead to a Service from outside the cluster, best first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ironclad.domain.kubernetes.kube_object import KubeObject, metadata, section, spec, status


@dataclass(frozen=True, slots=True)
class Door:
    """One way in; `url` is empty where only a port-forward leads there."""

    service: str
    how: str
    url: str = ""


def doors_of(
    service: KubeObject, ingresses: Sequence[KubeObject], nodes: Sequence[KubeObject]
) -> tuple[Door, ...]:
    """List a service's doors: load balancer, Ingress, node port; else the offer of a tunnel."""
    name = str(metadata(service)["name"])
    found = (
        *_balancers(name, service),
        *_hosts(name, ingresses),
        *_node_ports(name, service, nodes),
    )
    return found or (Door(name, "port-forward"),)


def _balancers(name: str, service: KubeObject) -> Iterator[Door]:
    port = spec(service)["ports"][0]["port"]
    for each in section(service, "status", "loadBalancer").get("ingress") or ():
        yield Door(name, "LoadBalancer", f"http://{each.get('hostname') or each.get('ip')}:{port}")


def _hosts(name: str, ingresses: Sequence[KubeObject]) -> Iterator[Door]:
    for ingress in ingresses:
        secured = {
            host for each in spec(ingress).get("tls") or () for host in each.get("hosts", ())
        }
        for rule in spec(ingress).get("rules") or ():
            for path in section(rule, "http").get("paths") or ():
                if section(path, "backend", "service").get("name") == name and rule.get("host"):
                    scheme = "https" if rule["host"] in secured else "http"
                    yield Door(name, "Ingress", f"{scheme}://{rule['host']}{path.get('path', '')}")


def _node_ports(name: str, service: KubeObject, nodes: Sequence[KubeObject]) -> Iterator[Door]:
    port = spec(service)["ports"][0].get("nodePort")
    if not port:
        return
    for node in nodes[:1]:
        addresses = {each["type"]: each["address"] for each in status(node).get("addresses") or ()}
        address = addresses.get("ExternalIP") or addresses.get("InternalIP")
        if address:
            yield Door(name, "NodePort", f"http://{address}:{port}")
