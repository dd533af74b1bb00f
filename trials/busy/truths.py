"""Every place that tells how a game day ended, and whether they all tell the same."""

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from trials.harness.stand import Stand

_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Truths:
    """What each place says, as verdict (or status) and reason; `stored` is report.json's word."""

    stored: tuple[str, str]
    others: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    note: str = ""

    @property
    def differ(self) -> Iterator[str]:
        for place, claim in self.others.items():
            if claim != self.stored:
                yield f"{place} says {claim[0]}: {claim[1]}"
        if self.note:
            yield self.note


async def truths(stand: Stand, said: Mapping[str, Any]) -> Truths:
    """`said` is what the command printed."""
    folder = Path(said["report"])
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    stored = (_word(report), str(report["reason"]))
    others = {
        "the command": (_word(said), str(said["reason"])),
        "report.md": _found(folder / "report.md", stored),
        "report.html": _found(folder / "report.html", stored),
        "the history": await _history(stand, said["id"]),
        "the index": _found(folder.parent / "index.html", stored),
        **await _prefect(stand),
    }
    return Truths(stored=stored, others=others, note=str(said.get("note") or ""))


def _word(claim: Mapping[str, Any]) -> str:
    return str(claim["verdict"] or claim["status"])


def _found(path: Path, wanted: tuple[str, str]) -> tuple[str, str]:
    """Give what is wanted if the page has both, else what it lacks."""
    text = _plain(path.read_text(encoding="utf-8"))
    missing = [each for each in wanted if _plain(each) not in text]
    return ("another word", f"without {missing[0]!r}") if missing else wanted


def _plain(text: str) -> str:
    """Without markup, whose letters and spaces are its own."""
    bare = html.unescape(_TAG.sub("", text)).replace("\\", "")
    return " ".join(bare.split()).lower()


async def _history(stand: Stand, run: str) -> tuple[str, str]:
    done = await stand.ironclad("game-day", "history", "--json")
    rows = json.loads(done.stdout)["runs"]
    row = next((each for each in rows if each["id"] == run), None)
    return ("nothing", "no row") if row is None else (_word(row), str(row["reason"]))


async def _prefect(stand: Stand) -> dict[str, tuple[str, str]]:
    """Ask for the newest run of the flow: they are held one after the other."""
    api = stand.prefect
    try:
        state, artifacts = await api.newest_game_day()
    except (aiohttp.ClientError, TimeoutError) as error:
        return {"Prefect": ("nothing", repr(error))}
    claim = {"Prefect's state": (str(state["name"]), str(state["message"]))}
    reasons = [str(each["description"]) for each in artifacts if each["type"] == "markdown"]
    if reasons:
        claim["Prefect's artifact"] = (str(state["name"]), reasons[-1])
    return claim
