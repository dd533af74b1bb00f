"""Every dashboard that ships, in the order of their links."""

from ironclad.dashboards.budget import BUDGET
from ironclad.dashboards.business import BUSINESS
from ironclad.dashboards.golden import GOLDEN
from ironclad.dashboards.operations import OPERATIONS

BOARDS = (GOLDEN, BUDGET, BUSINESS, OPERATIONS)
