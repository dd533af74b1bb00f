"""How much memory a fault may hold: under 80 % of what there is, wherever the bound lies."""

from pathlib import Path

import pytest

from backend.burn.headroom import NoAccountError, headroom_bytes

MIB = 1 << 20
MEMINFO = "MemTotal:  1000000 kB\nMemFree:  1 kB\nMemAvailable:  900000 kB\n"
HEADROOM = 700_000 * 1024
"""80 % of 1,000,000 kB, less the 100,000 that are in use."""


def machine(root: Path, **files: str) -> Path:
    """A root folder with these files; in a name `__` stands for `/` and `_dot_` for a dot."""
    for name, text in {"proc__meminfo": MEMINFO, **files}.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_without_groups_the_machine_is_the_bound(tmp_path: Path) -> None:
    assert headroom_bytes(machine(tmp_path)) == HEADROOM


def v2(limit: str, used: int, idle: int = 0, folder: str = "") -> dict[str, str]:
    at = f"sys__fs__cgroup__{folder}"
    return {
        f"{at}memory_dot_max": limit,
        f"{at}memory_dot_current": str(used),
        f"{at}memory_dot_stat": f"anon 5\ninactive_file {idle}\n",
    }


def v1(limit: int, used: int, idle: int = 0, folder: str = "") -> dict[str, str]:
    at = f"sys__fs__cgroup__memory__{folder}"
    return {
        f"{at}memory_dot_limit_in_bytes": str(limit),
        f"{at}memory_dot_usage_in_bytes": str(used),
        f"{at}memory_dot_stat": f"cache 5\ntotal_inactive_file {idle}\n",
    }


@pytest.mark.parametrize(
    ("files", "left"),
    [
        pytest.param(
            {"proc__self__cgroup": "0::/\n", **v2("268435456", 100 * MIB, 40 * MIB)},
            int(256 * MIB * 0.8) - 60 * MIB,
            id="a container of the new kind",
        ),
        pytest.param(
            {"proc__self__cgroup": "0::/\n", **v2("max", 100 * MIB)}, HEADROOM, id="without a limit"
        ),
        pytest.param(
            {
                "proc__self__cgroup": "0::/a/b\n",
                **v2("max", 1, folder="a__b__"),
                **v2("104857600", 10 * MIB, folder="a__"),
            },
            70 * MIB,
            id="a limit of the group above",
        ),
        pytest.param(
            {
                "proc__self__cgroup": "5:cpu:/\n4:memory:/docker/abc\n",
                **v1(256 * MIB, 100 * MIB, 40 * MIB),
            },
            int(256 * MIB * 0.8) - 60 * MIB,
            id="a container of the old kind, whose path is the host's",
        ),
        pytest.param(
            {"proc__self__cgroup": "4:memory:/\n", **v1(2**63 - 4096, 100 * MIB)},
            HEADROOM,
            id="the old kind without a limit",
        ),
        pytest.param(
            {"proc__self__cgroup": "0::/\n", **v2("10485760", 100 * MIB)}, 0, id="nothing is left"
        ),
    ],
)
def test_the_tightest_group_is_the_bound(tmp_path: Path, files: dict[str, str], left: int) -> None:
    assert headroom_bytes(machine(tmp_path, **files)) == left


@pytest.mark.parametrize("text", ["", "MemTotal: x kB\n", "MemTotal: 1 kB\n"])
def test_where_the_system_says_nothing_nothing_may_be_held(tmp_path: Path, text: str) -> None:
    with pytest.raises(NoAccountError):
        headroom_bytes(machine(tmp_path, proc__meminfo=text))
