"""The unit: its text, word for word, and what systemd makes of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.cli.systemd.unit_file import UnitOrigin, UnitSettings, difference, origin_of, unit_text

COMMAND: Final = ["/opt/venv/bin/python", "-P", "-m", "retrovue_tui", "serve", "--home"]
EXPECTED: Final = """\
# Written by `retrovue-tui service install`, which replaces this file only while nobody has changed it.
# Put your own settings into a file beside it: systemctl --user edit retrovue-tui.service
# retrovue-tui unit 0000000000000000 of /srv/tv

[Unit]
Description=retrovue-tui, the TV station in /srv/tv
# If it cannot start (no disk, a broken config), it is tried again for about two minutes.
StartLimitIntervalSec=600
StartLimitBurst=20

[Service]
Type=notify
NotifyAccess=main
ExecStart=/opt/venv/bin/python -P -m retrovue_tui serve --home /srv/tv
Environment=RETROVUE_FFMPEG=/usr/bin/ffmpeg
Restart=on-failure
RestartSec=5
# Wrong usage: trying again does not help.
RestartPreventExitStatus=2
TimeoutStartSec=300
# The station sends a sign of life only while its clock ticks and its event loop runs.
WatchdogSec=30
# The station ends its own FFmpeg processes; what is left after the time is killed.
KillMode=mixed
TimeoutStopSec=15
# A render that needs too much memory ends alone.
OOMPolicy=continue
# No Nice= and no IOSchedulingClass=: the station itself gives its renders a lower priority than playout.

UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
# Older versions of systemd ignore what follows, unless a drop-in adds PrivateUsers=yes; so does a system without user
# namespaces.
ProtectSystem=strict
ReadWritePaths=/srv/tv /data/cache
PrivateTmp=yes

[Install]
WantedBy=default.target
"""


def settings(home: Path) -> UnitSettings:
    return UnitSettings("retrovue-tui.service", home, [*COMMAND, str(home)], [home])


def test_the_text() -> None:
    home = Path("/srv/tv")
    text = unit_text(
        UnitSettings(
            "retrovue-tui.service", home, [*COMMAND, str(home)], [home, Path("/data/cache")],
            environment={"RETROVUE_FFMPEG": "/usr/bin/ffmpeg"},
        )
    )  # fmt: skip
    lines = text.splitlines()
    lines[2] = lines[2].replace(lines[2].split()[3], "0" * 16)
    assert "\n".join(lines) + "\n" == EXPECTED
    assert "PrivateTmp" not in unit_text(UnitSettings("x", home, COMMAND, [home], private_tmp=False))


def test_special_characters_are_escaped() -> None:
    text = unit_text(settings(Path("/srv/100% $HOME \"tv\" 'a\\b'")))
    assert r"""serve --home "/srv/100%% $$HOME \"tv\" 'a\\b'"
""" in text  # fmt: skip
    assert r"""ReadWritePaths="/srv/100%% $HOME \"tv\" 'a\\b'"
""" in text  # fmt: skip


@given(st.text(st.characters(min_codepoint=32, exclude_characters="/\x7f", exclude_categories=["Cs"])), st.data())
def test_the_writer_is_recognised_until_somebody_changes_the_text(name: str, data: st.DataObject) -> None:
    home = Path(f"/srv/x{name}")
    text = unit_text(settings(home))
    assert origin_of(text) == UnitOrigin(str(home), changed=False)
    at = data.draw(st.integers(0, len(text)))
    changed = origin_of(f"{text[:at]}#{text[at:]}")
    assert changed.home != str(home) or changed.changed


def test_a_unit_of_somebody_else() -> None:
    assert origin_of("[Service]\nExecStart=/bin/true\n").home is None


def test_the_difference_shows_the_changed_lines() -> None:
    assert difference("a\nb\n", "a\nb\n", Path("/u")) == ""
    assert difference("a\nb\n", "a\nc\n", Path("/u")).splitlines() == [
        "--- /u (now)", "+++ /u (new)", "@@ -1,2 +1,2 @@", " a", "-b", "+c",
    ]  # fmt: skip


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("this machine has no systemd-analyze")
    home = tmp_path / "100% $tv"
    home.mkdir()
    unit = tmp_path / "retrovue-tui-x.service"
    unit.write_text(unit_text(UnitSettings(unit.name, home, ["/bin/sh", "-c", "true", str(home)], [home])))
    (tmp_path / "run").mkdir(mode=0o700)
    folders = {"XDG_RUNTIME_DIR": str(tmp_path / "run"), "XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
    told = subprocess.run(
        ["systemd-analyze", "verify", "--user", str(unit)], capture_output=True, text=True, check=False,
        env=os.environ | folders,
    )  # fmt: skip
    assert (told.returncode, told.stderr) == (0, "")
