"""The station's active warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.config.station_config import Config, ServerConfig
from retrovue_tui.playout.event_log import EventLog
from retrovue_tui.playout.station_warnings import StationWarnings

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_warning_about_a_setting_goes_when_the_setting_is_mended(tmp_path: Path) -> None:
    weak = Config(tmp_path, server=ServerConfig(token="short", viewer_token="short as well"))
    better = Config(tmp_path, server=ServerConfig(token="x" * 16, viewer_token="short as well"))
    good = Config(tmp_path, server=ServerConfig(token="x" * 16, viewer_token="y" * 16))
    weak.path.write_text("")
    weak.path.chmod(0o600)
    events = EventLog()
    warnings = StationWarnings(events)
    warnings.warn("config", "another warning")
    await warnings.advise(weak)
    assert [_setting(text) for text in warnings.texts()[1:]] == ["token", "viewer_token"]
    await warnings.advise(better)
    assert [_setting(text) for text in warnings.texts()[1:]] == ["viewer_token"]
    await warnings.advise(good)
    assert warnings.texts() == ("another warning",)
    published = [event.message for event in events.after(0) if "fewer than 16" in event.message]
    assert len(published) == 2, "each is published once"


def _setting(text: str) -> str:
    """The setting that a warning is about."""
    return text.partition(": ")[2].split()[0]
