"""The load generator: a process of its own, `python -m ironclad.load LEDGER.csv`.

It reads its order as one JSON line from standard input, then needs a line there at least once a
lease. It stops without one, and at the end of the input. It writes its account to standard output,
a JSON line each second, and a ledger row for each attempt. `ironclad.domain.load.wire_format` has
both.
"""
