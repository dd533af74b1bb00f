"""The assertions of the edge tests, asked of the cluster that KUBECONFIG names."""

import pytest

from tests.edges.test_kubernetes_apply import *  # noqa: F403
from tests.edges.test_kubernetes_borrowing import *  # noqa: F403
from tests.edges.test_kubernetes_fixed_fields import (  # noqa: F401
    test_a_diff_shows_everything_with_the_contested_field_marked,
    test_a_diff_shows_what_cannot_be_changed_in_place,
    test_a_diff_that_may_take_fields_over_is_refused_nothing,
    test_it_is_made_anew_where_that_was_asked_for,
    test_it_is_told_which_field_what_can_be_done_and_what_it_costs,
)
from tests.edges.test_kubernetes_lock import *  # noqa: F403
from tests.edges.test_kubernetes_secrets import *  # noqa: F403

pytestmark = pytest.mark.cluster
