"""Status objects, as the API server words them."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import JSONResponse


class RefusedError(Exception):
    """Ends a request with a status object."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        causes: Sequence[dict[str, str]] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.body = status_body(code, reason, message, causes)
        self.headers = headers or {}

    def response(self) -> JSONResponse:
        return JSONResponse(self.body, self.code, headers=self.headers)


def status_body(
    code: int, reason: str, message: str, causes: Sequence[dict[str, str]] = ()
) -> dict[str, Any]:
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "details": {"causes": list(causes)},
        "code": code,
    }


def not_found(resource: str, name: str) -> RefusedError:
    return RefusedError(404, "NotFound", f'{resource} "{name}" not found')


def forbidden(verb: str, resource: str, group: str, name: str, namespace: str) -> RefusedError:
    """Word it as `forbiddenMessage` in the API server's `responsewriters/errors.go`."""
    plural, thing = resource.partition("/")[0], f' "{name}"' if name else ""
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    message = (
        f'{plural}{f".{group}" if group else ""}{thing} is forbidden: User "me" cannot {verb}'
        f' resource "{resource}" in API group "{group}" {where}'
    )
    return RefusedError(403, "Forbidden", message)


def ending(namespace: str) -> RefusedError:
    """Word it as the admission plug-in `NamespaceLifecycle` does."""
    message = (
        f'configmaps "new" is forbidden: unable to create new content in namespace {namespace}'
        " because it is being terminated"
    )
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {namespace} is being terminated",
    }
    return RefusedError(403, "Forbidden", message, [cause])


def budget_in_process(name: str) -> RefusedError:
    """Word it as `createTooManyRequestsError` in the API server's `eviction.go`."""
    words = "Cannot evict pod as it would violate the pod's disruption budget."
    said = f"The disruption budget {name} is still being processed by the server."
    cause = {"reason": "DisruptionBudget", "message": said}
    return RefusedError(429, "TooManyRequests", words, [cause], {"Retry-After": "1"})


def conflict(resource: str, name: str) -> RefusedError:
    words = "the object has been modified; please apply your changes to the latest version"
    message = f'Operation cannot be fulfilled on {resource} "{name}": {words} and try again'
    return RefusedError(409, "Conflict", message)


def already_exists(resource: str, name: str) -> RefusedError:
    return RefusedError(409, "AlreadyExists", f'{resource} "{name}" already exists')


def apply_conflict(fields: Sequence[tuple[str, str]], api_version: str) -> RefusedError:
    causes = [
        {
            "reason": "FieldManagerConflict",
            "message": f'conflict with "{manager}" using {api_version}',
            "field": path,
        }
        for path, manager in fields
    ]
    words = f"Apply failed with {len(fields)} conflict" + ("s" if len(fields) > 1 else "")
    return RefusedError(409, "Conflict", words, causes)
