"""Builds the FFmpeg command lines of pushed outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.media.ffmpeg.args import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.config.output import OutputConfig
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat

DATAGRAM: Final = 1_316
"""The payload of a datagram (bytes): seven packets, the most that fit into an Ethernet frame."""
PROBE_US: Final = 500_000
"""How much of the stream FFmpeg reads before it sends (µs): enough for some frames of audio and a picture. FFmpeg's own
default of 5 s would be a delay, and then a burst of 5 s."""
OVERHEAD: Final = 1.08
"""The largest rate of a transport stream with the house's video and audio, as a multiple of their sum."""
BURST_FACTOR: Final = 3
"""UDP datagrams are sent at this multiple of the channel's rate at most, because a receiver's buffer is 208 KiB by
default on Linux and would overflow at the start, which is half a second of stream at once."""

CATCH_UP: Final = 1_015
"""With a constant bitrate, datagrams are sent this much faster (per mille), so that a delay gets shorter."""


def needed_kbps(house: HouseFormat) -> int:
    """Return the lowest constant bitrate that holds a channel (kbit/s)."""
    return int((house.video_kbps + house.audio_kbps) * OVERHEAD) + 60


def push_command(
    ffmpeg: FFmpeg, output: OutputConfig, house: HouseFormat, channel_name: str, *, splices: bool = False
) -> list[str]:  # fmt: skip
    """Return the command line of a pushed output, which reads the channel's stream from standard input and reports its
    progress on standard output. No picture and no sound is encoded. `splices`: send the splice
    messages too; see `keeps_splices`."""
    if splices:
        return [
            *quiet(ffmpeg, level="warning"), "-progress", "pipe:1", "-stats_period", "1",
            "-f", "data", "-i", "pipe:0", "-map", "0", "-c", "copy", "-flush_packets", "0", "-f", "data",
            _with(output.url, pkt_size=DATAGRAM, **(_pace(None, house) if output.scheme == "udp" else {})),
        ]  # fmt: skip
    return [
        *quiet(ffmpeg, level="warning"), "-progress", "pipe:1", "-stats_period", "1",
        "-analyzeduration", str(PROBE_US), "-f", "mpegts", "-i", "pipe:0",
        "-map", "0:v:0", "-map", "0:a:0", "-c", "copy",
        "-metadata", f"service_name={channel_name}", "-metadata", "service_provider=RetroVue",
        *_target(output, house),
    ]  # fmt: skip


def keeps_splices(output: OutputConfig) -> bool:
    """Return whether the splice messages of a channel reach the receiver of an output.

    FFmpeg's muxer for MPEG-TS cannot write them: it makes empty PES packets of another stream type, and its time stamps
    are not those that the messages name. So FFmpeg sends the bytes of the stream as they are. It cannot pad them to a
    constant bitrate then, nor send them as RTP; RTMP has no place for them.
    """
    return output.bitrate_kbps is None and output.scheme not in ("rtmp", "rtmps", "rtp")


def _target(output: OutputConfig, house: HouseFormat) -> Sequence[str]:
    rate = output.bitrate_kbps
    match output.scheme:
        case "rtmp" | "rtmps":
            return ("-bsf:a", "aac_adtstoasc", "-f", "flv", "-flvflags", "no_duration_filesize", output.url)
        case "rtp":
            options = ":".join(f"{name}={value}" for name, value in _muxer(rate).items())
            return ("-mpegts_muxer_options", options, "-f", "rtp_mpegts", _with(output.url, pkt_size=DATAGRAM))
        case "udp":
            return (*_words(_muxer(rate)), "-f", "mpegts", _with(output.url, pkt_size=DATAGRAM, **_pace(rate, house)))
        case _:
            return (*_words(_muxer(rate)), "-f", "mpegts", _with(output.url, pkt_size=DATAGRAM))


def _pace(kbps: int | None, house: HouseFormat) -> dict[str, int]:
    """Return the limits of FFmpeg's sender for UDP: the rate (bit/s), and how much it may send at once after a delay
    (bit)."""
    if kbps is not None:
        return {"bitrate": kbps * CATCH_UP, "burst_bits": kbps * 250}
    channel = (house.video_kbps + house.audio_kbps) * 1_000
    return {"bitrate": channel * BURST_FACTOR, "burst_bits": channel // 8}


def _muxer(kbps: int | None) -> dict[str, str]:
    """Return the options of the muxer: a PCR every 20 ms, and one PES packet for each frame of audio, as on the bus."""
    return {**({} if kbps is None else {"muxrate": f"{kbps}k"}), "pcr_period": "20", "pes_payload_size": "0"}


def _words(options: dict[str, str]) -> Sequence[str]:
    return [word for name, value in options.items() for word in (f"-{name}", value)]


def _with(url: str, **parameters: int) -> str:
    """Return an address with these parameters; those that it already has stay."""
    _, _, query = url.partition("?")
    there = {pair.partition("=")[0] for pair in query.split("&")}
    added = "&".join(f"{key}={value}" for key, value in parameters.items() if key not in there)
    return f"{url}{'&' if query else '?'}{added}" if added else url
