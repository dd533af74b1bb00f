"""The API server's refusals become ours here, once; bodies are trimmed and Secrets kept out."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ironclad.domain.stack.commands import command, in_cluster
from ironclad.domain.stack.stack import DEFAULT_STACK
from ironclad.errors import RemoteError

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


NOT_FOUND, CONFLICT, GONE, UNPROCESSABLE, TOO_MANY = 404, 409, 410, 422, 429
UNAUTHORIZED, FORBIDDEN, UNAVAILABLE = 401, 403, 503

_LONGEST = 400

_TERMINATING, _QUOTA = "because it is being terminated", "exceeded quota: "
_REMEDIES = {
    _TERMINATING: "wait until `kubectl get namespaces` no longer lists it, then try again",
    _QUOTA: "raise the ResourceQuota, or ask for less",
    "violates PodSecurity ": "mend the pod, or lower the namespace's Pod Security level",
    "attempting to grant RBAC permissions not currently held": (
        "only a user who holds these permissions may grant them; ask one to apply this role"
    ),
}
"""What a 403 of an admission plug-in needs; none of these is a missing permission of ours."""

_NAMES_ONLY = (_TERMINATING, _QUOTA)
"""Admission's words that quote no value of the object, a Secret's included."""


@dataclass(frozen=True, slots=True)
class FieldCause:
    """One field that a refusal names, with the API server's words about it."""

    field: str
    message: str
    reason: str


class KubeError(RemoteError):
    """The API server answered, but not with a success.

    `status` is the HTTP status, `reason` the API's own word (`Conflict`, `AlreadyExists`, …).
    `retry_after_seconds` is what it asked for, 0 if nothing. `denial` names the missing permission.
    It is None where a 403 has another cause (a quota, Pod Security, a namespace that ends).
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        reason: str = "",
        causes: tuple[FieldCause, ...] = (),
        denial: Denial | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.causes = causes
        self.denial = denial
        self.retry_after_seconds = 0.0

    @property
    def is_missing(self) -> bool:
        return self.status == NOT_FOUND

    @property
    def is_of_a_budget(self) -> bool:
        """A disruption budget stands in an eviction's way; there are not too many requests."""
        return self.status == TOO_MANY and any(map(_is_of_a_budget, self.causes))

    @property
    def budget_words(self) -> str:
        """Give the budget's own sentences, with its numbers; the refusal's if there are none."""
        said = (each.message for each in self.causes if _is_of_a_budget(each))
        return " ".join(filter(None, said)) or str(self)

    @property
    def is_disruption(self) -> bool:
        """The budget forbids the eviction; it comes with no time after which to ask again.

        One that was just made or changed is "still being processed", which is no answer yet.
        Source: kubernetes `pkg/registry/core/pod/storage/eviction.go`.
        """
        return self.is_of_a_budget and not self.retry_after_seconds

    @property
    def is_conflict(self) -> bool:
        return self.status == CONFLICT

    @property
    def is_terminating(self) -> bool:
        """The namespace is being deleted: nothing can be created in it until it is gone."""
        return self.status == FORBIDDEN and any(
            cause.reason == "NamespaceTerminating" for cause in self.causes
        )


def refusal(context: str, what: str, status: int, body: bytes, user: str = "") -> KubeError:
    """Make one sentence of a status object; a body that is none is quoted shortly.

    `user` is who we are, for a 403 whose answer does not name anyone.
    """
    answer = _parsed(body)
    said = str(answer.get("message") or body.decode(errors="replace").strip())
    denial = _denial(what, said, user, is_ours=bool(answer)) if status == FORBIDDEN else None
    words = str(denial or _with_budget(_quotable(what, said, answer), _causes(answer)))
    error = KubeError(
        f"context {context}: {what} was refused with {status}:"
        f" {trimmed(words)}{_remedy(status, said, denial)}",
        status=status,
        reason=str(answer.get("reason", "")),
        causes=_causes(answer),
        denial=denial,
    )
    error.retry_after_seconds = float((answer.get("details") or {}).get("retryAfterSeconds") or 0)
    return error


def names_its_user(body: bytes) -> bool:
    """Tell whether a 403 explains itself; a gateway's or a web socket's does not."""
    return bool(_parsed(body).get("message"))


def _denial(what: str, said: str, user: str, *, is_ours: bool) -> Denial | None:
    if is_ours:
        return denial_in(said)
    return replace(denial_of(what, user), why=trimmed(said, _LONGEST // 2))


def _quotable(what: str, said: str, answer: Mapping[str, Any]) -> str:
    """Keep a Secret's values out: some refusals repeat what was sent."""
    if "/secrets" in what and not any(words in said for words in _NAMES_ONLY):
        return str(answer.get("reason") or "no reason given")
    return said or "no reason given"


def trimmed(text: str, longest: int = _LONGEST) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _with_budget(words: str, causes: tuple[FieldCause, ...]) -> str:
    """Only the cause says how many pods the budget needs."""
    return "; ".join((words, *(each.message for each in causes if _is_of_a_budget(each))))


def _is_of_a_budget(cause: FieldCause) -> bool:
    return cause.reason == "DisruptionBudget"


def _parsed(body: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _causes(answer: Mapping[str, Any]) -> tuple[FieldCause, ...]:
    causes = (answer.get("details") or {}).get("causes") or ()
    return tuple(
        FieldCause(
            str(cause.get("field", "")), str(cause.get("message", "")), str(cause.get("reason", ""))
        )
        for cause in causes
    )


def _remedy(status: int, said: str, denial: Denial | None) -> str:
    if status == UNAUTHORIZED or (denial and denial.user == ANONYMOUS):
        return "; log in again, or mend the user in the kubeconfig"
    if denial:
        check = command("check", in_cluster(denial.namespace or DEFAULT_STACK))
        return f"; {check} lists every permission that is needed"
    found = next((remedy for words, remedy in _REMEDIES.items() if words in said), "")
    return f"; {found}" if found and status == FORBIDDEN else ""
