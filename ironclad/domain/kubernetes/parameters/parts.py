"""What the parameters are made of, and how each part is judged: ValueError, one sentence."""

import ipaddress
import re
from dataclasses import dataclass

from ironclad.domain.kubernetes.parameters.quantity import Quantity, amount

DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
HOST = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
IMAGE = re.compile(r"[a-z0-9][\w.:/-]*(@sha256:[0-9a-f]{64})?", re.ASCII)


FORM = {"use_attribute_docstrings": True, "extra": "forbid"}
"""Prefect makes a form of the parameters: the text under a field stands beside it there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    __pydantic_config__ = FORM

    cpu: Quantity
    """Cores, such as 500m."""
    memory: Quantity
    """Bytes, such as 512Mi."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """One claim, ReadWriteOnce; without a class the cluster's default serves it."""

    __pydantic_config__ = FORM

    size: Quantity
    """Bytes, such as 8Gi."""
    class_: str | None = None
    """The storage class; the cluster's default if unset."""

    def __post_init__(self) -> None:
        check(self.class_ is None or HOST.fullmatch(self.class_), "storage.class", self.class_)


def amounts_of(cpu: str, memory: str) -> Amounts:
    return Amounts(cpu=Quantity(cpu), memory=Quantity(memory))


def storage_of(size: str) -> Storage:
    return Storage(size=Quantity(size))


def check(is_right: object, key: str, value: object, wanted: str = "a plain name") -> None:
    if not is_right:
        raise ValueError(f"{key} is {value!r}; it must be {wanted}")


def check_url(key: str, url: str | None) -> None:
    if url is not None and not re.match(r"https?://[^\s/@]+", url):
        raise ValueError(f"{key} is {url!r}; it must be a URL such as http://name:4318")


def check_limits(key: str, requests: Amounts, limits: Amounts) -> None:
    for what in ("cpu", "memory"):
        least, most = getattr(requests, what), getattr(limits, what)
        if amount(least) > amount(most):
            raise ValueError(
                f"{key}.requests.{what} is {least}, above {key}.limits.{what} ({most}); raise the "
                "limit too"
            )


def check_cidr(cidr: str) -> None:
    try:
        ipaddress.ip_network(cidr)
    except ValueError as error:
        raise ValueError(
            f"api_server.cidr is {cidr!r}; it must be a network such as 10.0.0.1/32"
        ) from error
