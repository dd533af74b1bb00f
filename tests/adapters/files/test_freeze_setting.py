"""IRONCLAD_FREEZE as people write it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ironclad.adapters.files.freezes import read_freezes
from ironclad.domain.stack.freeze import conflict
from ironclad.errors import SettingsError


def is_frozen(setting: str, moment: str) -> bool:
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return conflict(read_freezes(setting), now, now) is not None


WEEKEND = "[{from: Fri 16:00, to: Mon 08:00, timezone: Europe/Berlin, why: weekend}]"


@pytest.mark.parametrize(
    ("setting", "inside", "outside"),
    [
        (WEEKEND, "2026-07-10T14:00", "2026-07-10T13:59"),
        ("[{from: Friday 16:00, to: Mon 08:00, why: x}]", "2026-07-10T16:00", "2026-07-10T15:59"),
        ("[{from: 2026-12-20, to: 2027-01-03, why: x}]", "2027-01-03T23:59", "2027-01-04T00:00"),
        (
            "[{from: 2026-12-20 18:00, to: 2026-12-20 20:00, why: x}]",
            "2026-12-20T18:00",
            "2026-12-20T20:00",
        ),
        ("[{from: 18:00, to: 08:00, why: x}]", "2026-01-01T03:00", "2026-01-01T12:00"),
        ("[{from: 08:00, to: 18:00, why: x}]", "2026-01-01T12:00", "2026-01-01T03:00"),
        ("[{from: Sat 00:00, to: Sun 24:00, why: x}]", "2026-07-12T23:59", "2026-07-13T00:00"),
        ("[{from: Mon 08:00, to: Mon 08:00, why: always}]", "2026-07-12T23:59", ""),
    ],
)
def test_each_way_to_write_a_window(setting: str, inside: str, outside: str) -> None:
    assert is_frozen(setting, inside)
    assert not outside or not is_frozen(setting, outside)


def test_no_setting_is_no_freeze() -> None:
    assert read_freezes("") == ()
    assert read_freezes("[]") == ()


def test_a_path_is_read_as_a_file(tmp_path: Path) -> None:
    file = tmp_path / "freeze.yaml"
    file.write_text("- {from: 2026-12-20, to: 2027-01-03, why: holidays}\n")

    (freeze,) = read_freezes(str(file))

    assert (freeze.why, freeze.length) == ("holidays", timedelta(days=15))


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("[", "is no YAML"),
        ("[{from: Fry 16:00, to: Mon 08:00, why: x}]", "entry 1: 'Fry 16:00' is no moment"),
        ("[{from: Fri 25:00, to: Mon 08:00, why: x}]", "'Fri 25:00' is no moment"),
        ("[{from: 2026-02-30, to: 2026-03-01, why: x}]", "'2026-02-30' is no moment"),
        ("[{from: Fri 16:00, to: 2026-03-01, why: x}]", "mixes two forms"),
        ("[{from: 2026-03-02, to: 2026-03-01, why: x}]", "ends before it begins"),
        ("[{from: 2026-03-01T00:00:00Z, to: 2026-03-02, why: x}]", "has a zone of its own"),
        ("[{from: 08:00, to: 09:00, why: x, timezone: Mars/Dome}]", "no time zone 'Mars/Dome'"),
        ("[{from: 08:00, to: 09:00, why: x, timezone: ../etc}]", "no time zone '../etc'"),
        ("[{from: 08:00, to: 09:00}]", "'why' is missing"),
        ("[{from: 08:00, until: 09:00, why: x}]", "unknown key 'until'; here go from, to"),
        ("[{form: 08:00, to: 09:00, why: x}]", "unknown key 'form'; did you mean 'from'?"),
        ("[weekend]", "'weekend' is no window"),
        ("/nowhere/freeze.yaml", "cannot be read: No such file or directory"),
        ("Fri 16:00", "a list begins with a bracket"),
    ],
)
def test_what_is_wrong_is_reported_in_one_sentence(setting: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_freezes(setting)
    assert said in str(refused.value)
    assert str(refused.value).startswith("IRONCLAD_FREEZE")
    assert "\n" not in str(refused.value)
