"""A replica that has to leave refuses at once what the balancer still sends to it."""

import sys

from backend.__main__ import main
from trials.mutants.leaving._leaving import refuse_when_leaving

if __name__ == "__main__":
    refuse_when_leaving()
    sys.exit(main())
