"""The assertions of the edge tests, asked of the cluster that KUBECONFIG names."""

import pytest

from tests.edges.test_kubernetes_apply import *  # noqa: F403
from tests.edges.test_kubernetes_borrowing import *  # noqa: F403
from tests.edges.test_kubernetes_lock import *  # noqa: F403
from tests.edges.test_kubernetes_secrets import *  # noqa: F403

pytestmark = pytest.mark.cluster
