"""The assertions of the edge tests, asked of the cluster that KUBECONFIG names."""

import pytest

from tests.adapters.kubernetes.game_day.test_borrowing import *  # noqa: F403
from tests.adapters.kubernetes.game_day.test_lock import *  # noqa: F403
from tests.adapters.kubernetes.stage.test_applying import *  # noqa: F403
from tests.adapters.kubernetes.stage.test_secrets import *  # noqa: F403

pytestmark = pytest.mark.cluster
