"""What one process of the load generator can do, against a server that does nothing."""

from statistics import median

from trials.bench.load import GAME_RATES, SECONDS, alone
from trials.verdict.page import Table

MOST_ROUNDS = 3


def generator_table(games: int) -> Table:
    rounds = min(MOST_ROUNDS, games)
    found, at_game_rates = alone(rounds)
    rates = [one.rate for one in found]
    achieved = f"{min(rates):,.0f}–{max(rates):,.0f} requests/s"
    late = median(one.lateness_p99_ms for one in found)
    return Table(
        name="generator",
        columns=("offered", "p99 lateness", "goal"),
        rows=[
            (f"the most of which 99.9 % were achieved: {achieved}", f"{late:.1f} ms", "4,000/s"),
            *(
                (f"{rate:g} requests/s", f"{late:.1f} ms", "2 ms")
                for rate, late in zip(GAME_RATES, at_game_rates, strict=True)
            ),
        ],
        remark=f"Caddy answers, on the same cores; {SECONDS} s a trial, {rounds} rounds.",
    )
