"""Few inputs with every test run, and thousands with `make fuzz`."""

from hypothesis import HealthCheck, settings

from tests.fuzz.tally import PROFILE

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
FEW = settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
MANY = settings(max_examples=1_500, deadline=None, suppress_health_check=SLOW)


def _chosen() -> settings:
    return MANY if settings.get_current_profile_name() == PROFILE else FEW


fuzzed = _chosen()
