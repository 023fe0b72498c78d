"""`status` prints addresses that other machines can use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrovue_tui.cli.commands.reports.status import _reachable, _show
from retrovue_tui.protocol.answers.snapshots import StationSnapshot

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "a-long-viewer-token-that-is-not-wrapped-at-the-end-of-a-line-of-eighty-columns"


def snapshot(url: str) -> StationSnapshot:
    return StationSnapshot(
        name="Test", version="1", pid=1, at=0.0, uptime_s=1.0, home="/h", url=url, ffmpeg="9.0", house="720p",
        rate="25", playlist_url=f"{url}/iptv/channels.m3u?token={TOKEN}", tuner_url=f"{url}/hdhr/t/{TOKEN}",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("host", "url", "shown"),
    [
        ("0.0.0.0", "http://127.0.0.1:8480", "http://192.0.2.7:8480"),
        ("127.0.0.1", "http://127.0.0.1:8480", "http://127.0.0.1:8480"),
        ("0.0.0.0", "https://tv.example", "https://tv.example"),  # base_url
    ],
)
def test_the_addresses_to_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str, url: str, shown: str
) -> None:
    near = {"0.0.0.0": ["192.0.2.7", "192.0.2.8"]}
    monkeypatch.setattr("retrovue_tui.server.addresses.lan_addresses", lambda host: near.get(host, []))
    (tmp_path / "retrovue.toml").write_text(f'[server]\nhost = "{host}"\ntoken = "x"\n[[channel]]\nid = "1"\n')
    _show(_reachable(tmp_path, snapshot(url)))
    lines = capsys.readouterr().out.splitlines()
    assert f"playlist {shown}/iptv/channels.m3u?token={TOKEN}" in lines
    assert f"tuner    {shown}/hdhr/t/{TOKEN}" in lines
