"""A missing permission is said with who, verb, resource and namespace; other 403s keep their words.

Source of the sentences: kubernetes `responsewriters/errors.go` and the admission plug-ins' own.
"""

import json

import pytest

from ironclad.adapters.kubernetes.client.failures import KubeError, denial_in, denial_of, refusal

SECRETS = "/api/v1/namespaces/demo/secrets"
ASK_CHECK = (
    "; `ironclad check --platform kubernetes --stack demo` lists every permission that is needed"
)


def refused(message: str, *, what: str = "POST /api/v1/namespaces/demo/pods") -> KubeError:
    body = json.dumps({"message": message, "reason": "Forbidden", "code": 403})
    return refusal("prod", what, 403, body.encode())


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        pytest.param(
            'secrets is forbidden: User "system:serviceaccount:demo:deployer" cannot create'
            ' resource "secrets" in API group "" in the namespace "demo"',
            "system:serviceaccount:demo:deployer may not create secrets in namespace demo",
            id="in a namespace",
        ),
        pytest.param(
            'nodes is forbidden: User "anna" cannot list resource "nodes" in API group'
            ' "metrics.k8s.io" at the cluster scope',
            "anna may not list nodes.metrics.k8s.io at the cluster scope",
            id="cluster-wide, in a group",
        ),
        pytest.param(
            'pods "backend-1" is forbidden: User "anna" cannot create resource "pods/eviction" in'
            ' API group "" in the namespace "demo"',
            "anna may not create pods/eviction backend-1 in namespace demo",
            id="a part of a named object",
        ),
        pytest.param(
            'pods is forbidden: User "anna" cannot list resource "pods" in API group "" in the'
            ' namespace "demo": RBAC: role.rbac.authorization.k8s.io "reader" not found',
            "anna may not list pods in namespace demo"
            ' (RBAC: role.rbac.authorization.k8s.io "reader" not found)',
            id="with the authorizer's reason",
        ),
        pytest.param(
            'forbidden: User "anna" cannot get path "/metrics"',
            "anna may not get /metrics at the cluster scope",
            id="no resource",
        ),
    ],
)
def test_the_api_servers_sentence_is_read(message: str, sentence: str) -> None:
    assert str(denial_in(message)) == sentence
    assert str(refused(message)).endswith(f"403: {sentence}{ASK_CHECK}")


@pytest.mark.parametrize(
    ("request_line", "sentence"),
    [
        ("GET /api/v1/namespaces/demo/pods", "anna may not list pods in namespace demo"),
        ("GET /api/v1/namespaces/demo", "anna may not get namespaces demo at the cluster scope"),
        (
            "DELETE /apis/apps/v1/namespaces/demo/deployments/shop",
            "anna may not delete deployments.apps shop in namespace demo",
        ),
        (
            "GET /api/v1/namespaces/demo/pods/shop-1/exec",
            "anna may not get or create pods/exec shop-1 in namespace demo",
        ),
        (
            "PUT /apis/storage.k8s.io/v1/storageclasses/fast",
            "anna may not update storageclasses.storage.k8s.io fast at the cluster scope",
        ),
        ("GET /version", "anna may not get /version at the cluster scope"),
    ],
)
def test_a_refusal_without_words_is_read_from_its_request(request_line: str, sentence: str) -> None:
    assert str(denial_of(request_line, "anna")) == sentence


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        pytest.param(
            'configmaps "a" is forbidden: unable to create new content in namespace demo because'
            " it is being terminated",
            "; wait until `kubectl get namespaces` no longer lists it, then try again",
            id="a namespace that ends",
        ),
        pytest.param(
            'pods "a" is forbidden: exceeded quota: q, requested: pods=1, used: pods=9, limited:'
            " pods=9",
            "; raise the ResourceQuota, or ask for less",
            id="a quota",
        ),
        pytest.param(
            'pods "a" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true',
            "; mend the pod, or lower the namespace's Pod Security level",
            id="Pod Security",
        ),
        pytest.param(
            'roles.rbac.authorization.k8s.io "a" is forbidden: user "anna" (groups=["x"]) is'
            ' attempting to grant RBAC permissions not currently held:\n{APIGroups:[""]}',
            "; only a user who holds these permissions may grant them; ask one to apply this role",
            id="a role that grants more than its maker has",
        ),
        pytest.param('pods "a" is forbidden: not on Fridays', "not on Fridays", id="any other"),
    ],
)
def test_a_403_that_is_no_missing_permission_does_not_send_to_the_list_of_permissions(
    message: str, remedy: str
) -> None:
    error = refused(message)
    assert str(error).endswith(remedy)
    assert "ironclad check" not in str(error)
    assert error.denial is None


def test_a_user_who_is_not_logged_in_is_sent_to_the_login() -> None:
    anonymous = (
        'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group ""'
        ' in the namespace "demo"'
    )
    assert "; log in again, or mend the user in the kubeconfig" in str(refused(anonymous))


def test_a_quota_on_secrets_is_reported_and_what_a_webhook_says_of_one_is_not() -> None:
    """A webhook may quote what was sent; the quota's sentence holds names and numbers only."""
    quota = 'secrets "a" is forbidden: exceeded quota: q, requested: secrets=1, used: secrets=1'
    assert "exceeded quota: q" in str(refused(quota, what=f"POST {SECRETS}"))
    webhook = 'admission webhook "w" denied the request: token=hidden is weak'
    assert "hidden" not in str(refused(webhook, what=f"POST {SECRETS}"))
