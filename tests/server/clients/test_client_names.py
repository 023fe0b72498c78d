"""The names of clients, from what they say of themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.server.clients.client_names import LONGEST, UNKNOWN, client_name


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("VLC/3.0.20 LibVLC/3.0.20", "VLC"),
        ("mpv 0.37.0", "mpv"),
        ("libmpv", "mpv"),
        ("Kodi/20.2 (X11; Linux x86_64) App_Bitness/64 Version/20.2-(20.2.0)", "Kodi"),
        ("KodifromDebian/20.1 (X11; Linux x86_64) KodifromDebian/12 App_Bitness/64 Version/20.1-Debian", "Kodi"),
        ("Jellyfin-Server/10.9.11", "Jellyfin"),
        ("Emby/4.8.0.80", "Emby"),
        ("Mozilla/5.0 (X11; Linux) AppleWebKit/537.36 Emby Theater/3.0.20 Chrome/100.0 Safari/537.36", "Emby"),
        ("PlexMediaServer/1.40.0", "Plex"),
        ("Plex/1.0", "Plex"),
        ("TiviMate/4.7.0 (Linux;Android 11) ExoPlayerLib/2.18.1", "TiviMate"),
        ("ChannelsDVR/2024.01.01", "Channels DVR"),
        ("Channels DVR Server", "Channels DVR"),
        ("TVHeadend/4.3-2180", "TVHeadend"),
        ("HDHomeRun/20231214", "HDHomeRun"),
        ("Lavf/60.16.100", "FFmpeg"),
        ("Lavf58.20.100", "FFmpeg"),
        ("curl/8.5.0", "curl"),
        ("Wget/1.21.3", "Wget"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:102.0) Gecko/20100101 Firefox/102.0", "Firefox"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36", "Chrome"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0", "Edge"),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17 Safari/605.1.15", "Safari"),
        ("Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 Version/6.0 TV Safari/537.36", "TV browser"),
        ("Mozilla/5.0 (X11)", "browser"),
        ("AppleCoreMedia/1.0.0.20E241 (Apple TV; U; CPU OS 16_0 like Mac OS X; de_de)", "Apple player"),
        ("stagefright/1.2 (Linux;Android 12)", "Android player"),
        ("retrovue-tui/0.1.0", "retrovue-tui"),
        ("Roku/DVP-9.10", "Roku"),
        ("OTT Navigator/1.7.1.4 (Linux; Android 11)", "OTT Navigator"),
        ("GStreamer souphttpsrc 1.22.0 libsoup/3.2", "GStreamer souphttpsrc"),
        ("3proxy", "3proxy"),
        ("", UNKNOWN),
        ("/1.0", UNKNOWN),
        ("  \t ", UNKNOWN),
    ],
)
def test_a_client_is_named_by_its_program(agent: str, name: str) -> None:
    assert client_name(agent) == name


@given(st.text(max_size=2_000))
def test_any_text_gives_a_short_name_on_one_line(agent: str) -> None:
    name = client_name(agent)
    assert 0 < len(name) <= LONGEST
    assert name == name.strip()
    assert not any(char in name for char in "\r\n\t\x00\x1b\x85\u2028")
