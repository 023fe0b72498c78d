"""Finds outputs that cannot work on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.cli.checks.problems import Problem
from retrovue_tui.errors import ConfigError, FFmpegError
from retrovue_tui.files.toml_lines import read_text

if TYPE_CHECKING:
    from retrovue_tui.config.station_config import Config


def output_problems(config: Config) -> list[Problem]:
    """Return a problem for each output whose protocol FFmpeg does not have, or whose bitrate is too low for the
    channel. Blocking: runs FFmpeg if there is an output."""
    if not any(channel.outputs for channel in config.channels):
        return []
    from retrovue_tui.config.form import lines_of_keys
    from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
    from retrovue_tui.media.ffmpeg.protocols import output_protocols
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.playout.push.ffmpeg_args import needed_kbps
    from retrovue_tui.playout.push.push_output import low_bitrate, missing_protocol

    try:
        ffmpeg = find_ffmpeg(config.ffmpeg)
        known = output_protocols(ffmpeg.path)
        lines = lines_of_keys(read_text(config.path, ConfigError))
    except (FFmpegError, ConfigError):
        return []  # another check reports it
    house = config.house
    needed = needed_kbps(HouseFormat.of(house.profile, house.rate, house.video_kbps, house.audio_kbps, house.loudness))
    problems = []
    for at, channel in enumerate(config.channels):
        for index, output in enumerate(channel.outputs):
            where = f"channel.{at}.output.{index}"
            if output.scheme not in known:
                problems.append(Problem(config.path, lines.get((where, "url")), missing_protocol(output, ffmpeg)))
            if output.bitrate_kbps is not None and output.bitrate_kbps < needed:
                message = low_bitrate(output.bitrate_kbps, needed)
                problems.append(Problem(config.path, lines.get((where, "bitrate")), message))
    return problems
