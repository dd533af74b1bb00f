"""Who may not do what, and where: of a refusal's words, or of the request itself."""

import re
from dataclasses import dataclass

ANONYMOUS = "system:anonymous"

_RESOURCE = re.compile(
    r'User "(?P<user>[^"]*)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]*)"'
    r' in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]*)"| at the cluster scope)(?:: (?P<why>.+))?',
    re.DOTALL,
)
_PATH = re.compile(r'User "(?P<user>[^"]*)" cannot (?P<verb>\S+) path "(?P<path>[^"]*)"')
"""Source: kubernetes `apiserver/pkg/endpoints/handlers/responsewriters/errors.go`."""

_NAME = re.compile(r'^\S+ "(?P<name>[^"]+)" is forbidden')

_URL = re.compile(
    r"^/(?:api|apis/(?P<group>[^/]+))/[^/]+"
    r"(?:/namespaces/(?P<namespace>[^/]+)(?=/[^/]+))?"
    r"/(?P<plural>[^/?]+)(?:/(?P<name>[^/?]+)(?:/(?P<part>[^/?]+))?)?"
)
_CHANNELS = frozenset({"attach", "exec", "portforward"})
"""A web socket is opened by GET; from 1.35 on the API server asks for `create` as well."""

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """`resource` as in `pods/eviction` or `deployments.apps`; `namespace` empty: cluster-wide."""

    user: str
    verb: str
    resource: str
    name: str = ""
    namespace: str = ""
    why: str = ""

    def __str__(self) -> str:
        thing = f"{self.resource} {self.name}".rstrip()
        scope = f"in namespace {self.namespace}" if self.namespace else "at the cluster scope"
        why = f" ({self.why})" if self.why else ""
        return f"{self.user or 'this user'} may not {self.verb} {thing} {scope}{why}"


def denial_in(message: str) -> Denial | None:
    """Read the API server's sentence; None where the refusal is not about a permission."""
    if found := _RESOURCE.search(message):
        named = _NAME.search(message)
        return Denial(
            user=found["user"],
            verb=found["verb"],
            resource=_grouped(found["resource"], found["group"]),
            name=named["name"] if named else "",
            namespace=found["namespace"] or "",
            why=" ".join((found["why"] or "").split()),
        )
    if found := _PATH.search(message):
        return Denial(user=found["user"], verb=found["verb"], resource=found["path"])
    return None


def denial_of(request: str, user: str) -> Denial:
    """Tell by the request, such as `GET /api/v1/namespaces/a/pods`: the answer had no words."""
    method, _, path = request.partition(" ")
    found = _URL.match(path)
    if found is None:
        return Denial(user=user, verb=method.lower(), resource=path)
    plural = "/".join(filter(None, (found["plural"], found["part"])))
    return Denial(
        user=user,
        verb=_verb(method, found["name"], found["part"]),
        resource=_grouped(plural, found["group"] or ""),
        name=found["name"] or "",
        namespace=found["namespace"] or "",
    )


def _verb(method: str, name: str | None, part: str | None) -> str:
    if part in _CHANNELS:
        return "get or create"
    return _VERBS.get(method, "get" if name else "list")


def _grouped(resource: str, group: str) -> str:
    return f"{resource}.{group}" if group else resource
