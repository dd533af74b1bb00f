"""A small API server: real sockets, honest about versions, owners, conflicts, watches and refusals.

No controller works behind it: statuses are what a test sets. Its honesty is kept by the tests in
`tests/cluster`, which ask a real cluster the same questions.
"""

import asyncio
import base64
import contextlib
import copy
import json
import uuid
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from tests.fakes.kube.answers import (
    RefusedError,
    already_exists,
    apply_conflict,
    budget_in_process,
    conflict,
    ending,
    forbidden,
    not_found,
    status_body,
)
from tests.fakes.kube.channels import Channels
from tests.fakes.kube.immutables import refuse_fixed
from tests.fakes.kube.merging import ConflictError, applied, updated
from tests.fakes.kube.store import KIND_OF, Key, Store

T = TypeVar("T")

_TOP_LEVEL = frozenset(
    {"apiVersion", "kind", "metadata", "spec", "status", "data", "stringData", "binaryData"}
    | {"type", "rules", "roleRef", "subjects", "automountServiceAccountToken", "immutable"}
)

OK, FORBIDDEN = 200, 403


@dataclass(frozen=True, slots=True)
class _Target:
    """What a path names."""

    plural: str
    namespace: str
    name: str
    part: str

    @property
    def key(self) -> Key:
        return (self.plural, self.namespace, self.name)


@dataclass(slots=True)
class FakeKube:
    """One cluster. Methods here are for tests and may be called from any thread."""

    store: Store = field(default_factory=Store)
    version: dict[str, str] = field(
        default_factory=lambda: {"major": "1", "minor": "36", "gitVersion": "v1.36.0"}
    )
    metrics: int = OK
    """The status with which the metrics API answers."""
    refused: set[tuple[str, str]] = field(default_factory=set)
    """Pairs of verb and plural, or part as in `pods/log`, that the user may not do."""
    used: set[tuple[str, str]] = field(default_factory=set)
    """Such pairs of every request that was wanted."""
    tokens: set[str] = field(default_factory=lambda: {"good"})
    logs: dict[tuple[str, str, bool], str] = field(default_factory=dict)
    """By pod, container and whether of the previous one."""
    proxied: dict[str, str] = field(default_factory=dict)
    """What a pod answers through its proxy, by name and path such as `backend-1:3000/healthz`."""
    interruptions: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """Statuses with headers with which the next requests end."""
    seen: list[str] = field(default_factory=list)
    """Method and path of every request."""
    holds: set[str] = field(default_factory=set)
    """Names of pods that stay, with a deletion time, when they are deleted."""
    evictions_left: int = 100
    """So many more does the disruption budget let go."""
    deleted: list[tuple[str, str, str]] = field(default_factory=list)
    """Plural, name and propagation policy of every deletion."""
    budgets_in_process: int = 0
    """So many evictions come before the budget's controller has seen it."""
    channels: Channels = field(default_factory=Channels)
    """What commands, standard inputs and ports of pods do."""
    port: int = 0
    loop: asyncio.AbstractEventLoop | None = None

    def __post_init__(self) -> None:
        self.channels.used, self.channels.refused = self.used, self.refused

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kubeconfig(self, **user: Any) -> dict[str, Any]:
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "fake",
            "clusters": [{"name": "fake", "cluster": {"server": self.url}}],
            "users": [{"name": "me", "user": user or {"token": "good"}}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "me"}}],
        }

    def put(self, item: dict[str, Any]) -> dict[str, Any]:
        """Store an object as a controller would, past every check."""
        return self.call(self._put(copy.deepcopy(item)))

    async def _put(self, item: dict[str, Any]) -> dict[str, Any]:
        plural = next(k.plural for k in KIND_OF.values() if k.name == item["kind"])
        meta = item["metadata"]
        saved = self.store.save((plural, meta.get("namespace", ""), meta["name"]), item)
        await self._wake()
        return copy.deepcopy(saved)

    def set_status(self, plural: str, namespace: str, name: str, status: dict[str, Any]) -> None:
        self.call(self._set_status((plural, namespace, name), status))

    async def _set_status(self, key: Key, status: dict[str, Any]) -> None:
        self.store.save(key, {**copy.deepcopy(self.store.items[key]), "status": status})
        await self._wake()

    def get(self, plural: str, namespace: str, name: str) -> dict[str, Any] | None:
        return copy.deepcopy(self.store.items.get((plural, namespace, name)))

    def remove(self, plural: str, namespace: str, name: str) -> None:
        self.call(self._remove((plural, namespace, name)))

    async def _remove(self, key: Key) -> None:
        self.store.remove(key)
        await self._wake()

    def compact(self) -> None:
        """Forget the past and end every watch, so that all of them come back too late."""
        self.call(self._compact())

    async def _compact(self) -> None:
        self.store.compact()
        await self._wake()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        assert self.loop is not None
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    async def _wake(self) -> None:
        async with self.store.changed:
            self.store.changed.notify_all()

    # requests

    async def answer(self, request: Request) -> Response:
        self.loop = asyncio.get_running_loop()
        self.seen.append(f"{request.method} {request.url.path}")
        try:
            self._admit(request)
            return await self._answer(request)
        except RefusedError as error:
            return error.response()

    def _admit(self, request: Request) -> None:
        if self.interruptions:
            code, headers = self.interruptions.pop(0)
            raise RefusedError(code, "TooManyRequests", "slow down", headers=headers)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            raise RefusedError(401, "Unauthorized", "Unauthorized")

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        if path == "/version":
            return JSONResponse(self.version)
        if path.startswith("/apis/metrics.k8s.io"):
            return self._metrics()
        if path.endswith("/selfsubjectaccessreviews"):
            return self._review(await request.json())
        if path.endswith("/selfsubjectreviews"):
            return JSONResponse({"status": {"userInfo": {"username": "me"}}}, 201)
        target = _target(path)
        self._authorize(request, target)
        if target.part:
            return self._part(request, target)
        verbs = {
            "GET": self._get,
            "POST": self._post,
            "PUT": self._replace,
            "PATCH": self._patch,
            "DELETE": self._delete,
        }
        return await verbs[request.method](request, target)

    def _metrics(self) -> Response:
        if self.metrics == FORBIDDEN:
            raise forbidden("list", "nodes", "metrics.k8s.io", "", "")
        if self.metrics != OK:
            raise RefusedError(self.metrics, "", "the server could not find the requested resource")
        return JSONResponse({"items": []})

    def _authorize(self, request: Request, target: _Target) -> None:
        verbs = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
        read = "watch" if request.query_params.get("watch") == "true" else "list"
        verb = verbs.get(request.method, "get" if target.name else read)
        part = target.part.partition("/")[0]
        self.used.add((verb, f"{target.plural}/{part}".rstrip("/")))
        if {(verb, target.plural), (verb, f"{target.plural}/{part}")} & self.refused:
            resource = f"{target.plural}/{part}".rstrip("/")
            group = KIND_OF[target.plural].group
            raise forbidden(verb, resource, group, target.name, target.namespace)

    def _review(self, body: dict[str, Any]) -> Response:
        attributes = body["spec"].get("resourceAttributes") or body["spec"]["nonResourceAttributes"]
        asked = attributes.get("resource") or attributes["path"]
        names = {asked, f"{asked}/{attributes.get('subresource')}"}
        allowed = not {(attributes["verb"], name) for name in names} & self.refused
        return JSONResponse({**body, "status": {"allowed": allowed}}, 201)

    def _part(self, request: Request, target: _Target) -> Response:
        name, _, rest = target.part.partition("/")
        if name == "proxy":
            answer = self.proxied.get(f"{target.name}/{rest}")
            return PlainTextResponse(answer or "no endpoints", 200 if answer is not None else 503)
        if target.key not in self.store.items:
            raise not_found("pods", target.name)
        if name == "eviction":
            self._evict(target)
            return JSONResponse({"kind": "Status", "status": "Success"}, 201)
        query = request.query_params
        is_previous = query.get("previous") == "true"
        text = self.logs.get((target.name, query.get("container", ""), is_previous))
        if text is None and is_previous:
            raise RefusedError(400, "BadRequest", "previous terminated container not found")
        return PlainTextResponse(text or "")

    def _evict(self, target: _Target) -> None:
        if self.budgets_in_process:
            self.budgets_in_process -= 1
            raise budget_in_process("backend-pdb")
        if self.evictions_left < 1:
            words = "Cannot evict pod as it would violate the pod's disruption budget."
            needs = "The disruption budget backend-pdb needs 2 healthy pods and has 2 currently"
            cause = {"reason": "DisruptionBudget", "message": needs}
            raise RefusedError(429, "TooManyRequests", words, [cause])
        self.evictions_left -= 1
        self.store.remove(target.key)

    async def _get(self, request: Request, target: _Target) -> Response:
        if target.name:
            return JSONResponse(self._find(target))
        if request.query_params.get("watch") == "true":
            return StreamingResponse(self._watch(request, target), media_type="application/json")
        items = [i for k, i in sorted(self.store.items.items()) if _selects(request, target, k, i)]
        start = int(request.query_params.get("continue") or 0)
        limit = int(request.query_params.get("limit") or len(items) or 1)
        meta = {"resourceVersion": str(self.store.last)}
        if start + limit < len(items):
            meta["continue"] = str(start + limit)
        return JSONResponse({"metadata": meta, "items": items[start : start + limit]})

    async def _watch(self, request: Request, target: _Target) -> AsyncIterator[str]:
        version = int(request.query_params["resourceVersion"])
        while True:
            if version < self.store.oldest:
                gone = status_body(410, "Expired", "too old resource version")
                yield _line("ERROR", gone)
                return
            for change in [c for c in self.store.log if c.version > version]:
                version = change.version
                if _selects(request, target, change.key, change.item):
                    yield _line(change.kind, change.item)
            yield _line("BOOKMARK", {"metadata": {"resourceVersion": str(version)}})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5), self.store.changed:
                    await self.store.changed.wait()

    async def _post(self, request: Request, target: _Target) -> Response:
        body = await request.json()
        meta = body["metadata"]
        meta.setdefault("name", f"{meta.get('generateName', '')}{uuid.uuid4().hex[:5]}")
        key = (target.plural, target.namespace, meta["name"])
        self._needs_namespace(target.namespace)
        if key in self.store.items:
            raise already_exists(target.plural, meta["name"])
        return await self._save(
            request, key, updated(None, _landed(body, target), _who(request)), 201
        )

    async def _replace(self, request: Request, target: _Target) -> Response:
        body = await request.json()
        live = self._find(target)
        version = body["metadata"].get("resourceVersion")
        if version not in (None, live["metadata"]["resourceVersion"]):
            raise conflict(target.plural, target.name)
        body["metadata"] = {**live["metadata"], **body["metadata"]}
        return await self._save(request, target.key, updated(live, body, _who(request)))

    async def _patch(self, request: Request, target: _Target) -> Response:
        body = await request.json()
        if request.headers["content-type"] == "application/merge-patch+json":
            return await self._save(request, target.key, self._patched(request, target, body))
        return await self._apply(request, target, body)

    def _patched(self, request: Request, target: _Target, body: dict[str, Any]) -> dict[str, Any]:
        """Owners that are sent along stand as they are sent."""
        live, meta = self._find(target), body.get("metadata") or {}
        if meta.get("resourceVersion") not in (None, live["metadata"]["resourceVersion"]):
            raise conflict(target.plural, target.name)
        item = updated(live, _merged(live, body), _who(request))
        if "managedFields" in meta:
            item["metadata"]["managedFields"] = meta["managedFields"]
        return item

    async def _apply(self, request: Request, target: _Target, body: dict[str, Any]) -> Response:
        self._needs_namespace(target.namespace)
        if unknown := sorted(set(body) - _TOP_LEVEL):
            message = f".{unknown[0]}: field not declared in schema"
            raise RefusedError(400, "BadRequest", message)
        query = request.query_params
        live = self.store.items.get(target.key)
        try:
            item = applied(live, body, query["fieldManager"], force=query.get("force") == "true")
        except ConflictError as error:
            raise apply_conflict(error.fields, body["apiVersion"]) from error
        refuse_fixed(live, item)
        return await self._save(request, target.key, _landed(item, target), 200 if live else 201)

    async def _delete(self, request: Request, target: _Target) -> Response:
        live = self._find(target)
        raw = await request.body()
        options = json.loads(raw) if raw else {}
        conditions = options.get("preconditions") or {}
        if any(value != live["metadata"][name] for name, value in conditions.items()):
            raise conflict(target.plural, target.name)
        policy = str(options.get("propagationPolicy", ""))
        self.deleted.append((target.plural, target.name, policy))
        if target.name in self.holds:
            item = copy.deepcopy(live)
            item["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
            return await self._save(request, target.key, item)
        self.store.remove(target.key)
        for key in [
            k for k in self.store.items if target.plural == "namespaces" and k[1] == target.name
        ]:
            self.store.remove(key)
        await self._wake()
        return JSONResponse({"kind": "Status", "status": "Success"})

    def _find(self, target: _Target) -> dict[str, Any]:
        if target.key not in self.store.items:
            raise not_found(target.plural, target.name)
        return self.store.items[target.key]

    def _needs_namespace(self, namespace: str) -> None:
        if not namespace:
            return
        found = self.store.items.get(("namespaces", "", namespace))
        if found is None:
            raise not_found("namespaces", namespace)
        if found["metadata"].get("deletionTimestamp"):
            raise ending(namespace)

    async def _save(
        self, request: Request, key: Key, item: dict[str, Any], code: int = 200
    ) -> Response:
        if request.query_params.get("dryRun") == "All":
            return JSONResponse(item, code)
        saved = self.store.save(key, item)
        await self._wake()
        return JSONResponse(saved, code)


def _line(kind: str, item: dict[str, Any]) -> str:
    return json.dumps({"type": kind, "object": item}) + "\n"


def _landed(item: dict[str, Any], target: _Target) -> dict[str, Any]:
    if target.namespace:
        item["metadata"]["namespace"] = target.namespace
    for value in (item.get("data") or {}).values() if item["kind"] == "Secret" else ():
        _decoded(value)
    if "stringData" in item:
        texts = item.pop("stringData")
        item["data"] = {k: base64.b64encode(v.encode()).decode() for k, v in texts.items()}
    return item


def _decoded(value: str) -> None:
    """Refuse as the API server does: with the value in the message."""
    try:
        base64.b64decode(value, validate=True)
    except ValueError as error:
        words = f"Secret in version v1 cannot be handled: illegal base64 data in {value!r}"
        raise RefusedError(400, "BadRequest", words) from error


def _target(path: str) -> _Target:
    parts = path.strip("/").split("/")
    rest = parts[2:] if parts[0] == "api" else parts[3:]
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    plural, name, part = (*rest, "", "")[:3] if len(rest) < 4 else (*rest[:2], "/".join(rest[2:]))
    if plural not in KIND_OF:
        raise RefusedError(404, "NotFound", "the server could not find the requested resource")
    return _Target(plural, namespace, name, part)


def _who(request: Request) -> str:
    agent = request.headers.get("user-agent", "unknown").split("/")[0]
    return request.query_params.get("fieldManager") or agent


def _selects(request: Request, target: _Target, key: Key, item: dict[str, Any]) -> bool:
    if key[0] != target.plural or (target.namespace and key[1] != target.namespace):
        return False
    query = request.query_params
    labels = item["metadata"].get("labels") or {}
    for term in filter(None, (query.get("labelSelector") or "").split(",")):
        name, equals, value = term.partition("=")
        if name not in labels or (equals and labels[name] != value):
            return False
    path, _, name = (query.get("fieldSelector") or "").partition("=")
    part, _, field_name = path.partition(".")
    return not name or name == (item.get(part) or {}).get(field_name)


def _merged(live: Any, patch: dict[str, Any]) -> dict[str, Any]:
    """RFC 7396."""
    item = copy.deepcopy(live) if isinstance(live, dict) else {}
    for name, value in patch.items():
        if value is None:
            item.pop(name, None)
        elif isinstance(value, dict):
            item[name] = _merged(item.get(name), value)
        else:
            item[name] = value
    return item
