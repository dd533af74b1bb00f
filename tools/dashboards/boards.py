"""Every dashboard that ships, in the order of their links."""

from tools.dashboards.budget import BUDGET
from tools.dashboards.business import BUSINESS
from tools.dashboards.golden import GOLDEN
from tools.dashboards.operations import OPERATIONS

BOARDS = (GOLDEN, BUDGET, BUSINESS, OPERATIONS)
