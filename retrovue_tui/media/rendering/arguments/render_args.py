"""The FFmpeg command lines that convert a range of an asset to house format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.media.ffmpeg.args import quiet
from retrovue_tui.media.house_format import AUDIO_RATE, aac_frame
from retrovue_tui.media.rendering.arguments.encoder_args import audio_encoder, extra_key_frames, video_encoder
from retrovue_tui.media.rendering.arguments.joined_args import joined_words
from retrovue_tui.media.rendering.arguments.render_filters import (
    audio_filters,
    from_origin,
    sample_range,
    silent_input,
    still_input,
    timed_input,
    video_filters,
    whole_input,
    without_sound,
)
from retrovue_tui.media.rendering.proxy import proxy_pictures, proxy_sound, proxy_words

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.media.rendering.arguments.render_filters import Range


def render_command(
    ffmpeg: FFmpeg,
    house: HouseFormat,
    asset: Asset,
    wanted: Range,
    folder: Path,
    threads: int,
    progress: str,
    still: Path | None,
    sound: str | None = None,
    *,
    proxy: bool = False,
) -> list[str]:
    """Return the FFmpeg command line that writes pieces `NNNNNN.ts` into `folder`, and prints the name of each finished
    piece on stdout.

    `still` is the picture for an asset without video. `progress` is the URL to which `-progress` writes. `sound` is the
    URL from which a careful range reads the output of `sound_command`. With `proxy`, it also writes the proxy of the
    range; see `proxy.has_proxy`.
    """
    words = quiet(ffmpeg, overwrite=True)
    words += ["-progress", progress]
    if asset.parts:
        words += joined_words(ffmpeg, house, asset, wanted, threads, still)
    else:
        words += _single_words(ffmpeg, house, asset, wanted, threads, still, sound, proxy=proxy)
    words += ["-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"]
    words += ["-fps_mode", "vfr", *video_encoder(house), *extra_key_frames(key - wanted.first for key in wanted.keys)]
    words += ["-threads", str(threads), *audio_encoder(house)]
    first, end = aac_frame(house, wanted.first), aac_frame(house, wanted.end)
    # The first packet is the encoder's priming. The packets after the end exist only so that the last kept frame
    # overlaps real sound.
    words += ["-bsf:a", f"noise=drop=lt(n\\,1)+gt(n\\,{end - first})", "-max_error_rate", "1"]
    count = house.piece_frames
    cuts = ",".join(str(cut - wanted.first) for cut in range(wanted.first + count, wanted.end, count))
    words += ["-f", "segment", "-segment_format", "mpegts", "-segment_format_options", "pes_payload_size=0"]
    words += ["-segment_frames", cuts or str(wanted.end), "-segment_start_number", str(wanted.first // count)]
    words += ["-segment_list", "pipe:1", "-segment_list_type", "csv", "-avoid_negative_ts", "disabled"]
    words += [
        "-muxpreload",
        "0",
        "-muxdelay",
        "0",
        "-max_interleave_delta",
        "0",
        "-max_muxing_queue_size",
        "4096",
        # The segment muxer reads this as a pattern, so a percent sign in the folder's name is doubled.
        "file:" + str(folder).replace("%", "%%") + "/%06d.ts",
    ]
    return [*words, *proxy_words(house, asset, wanted, folder)] if proxy else words


def _single_words(
    ffmpeg: FFmpeg,
    house: HouseFormat,
    asset: Asset,
    wanted: Range,
    threads: int,
    still: Path | None,
    sound: str | None,
    *,
    proxy: bool,
) -> list[str]:
    """Return the inputs, the mapping and the filters for an asset whose clock does not restart."""
    asset = without_sound(house, asset, wanted)
    words = _inputs(house, asset, wanted, threads, still, sound)
    video = f"0:{asset.video.index if asset.video else 0}"
    audio = f"0:{asset.audio.index}" if asset.video and asset.audio and not sound else "1:a:0"
    if asset.video is None and asset.audio is not None and not sound:
        audio = f"1:{asset.audio.index}"
    tapped = proxy and asset.audio is not None
    pictures = video_filters(ffmpeg, house, asset, wanted, tapped=proxy)
    heard = audio_filters(asset, wanted, sample_range(house, wanted), shifted=wanted.careful, tapped=tapped)
    if proxy:
        words += ["-filter_complex", f"[{video}]{pictures}[v];{proxy_pictures()}"]
        words += [
            "-filter_complex",
            f"[{audio}]{heard}[a]" + (f";{proxy_sound(house, asset, wanted)}" if tapped else ""),
        ]
        return [*words, "-map", "[v]", "-map", "[a]"]
    return [*words, "-map", video, "-map", audio, "-vf", pictures, "-af", heard]


def sound_command(ffmpeg: FFmpeg, asset: Asset) -> list[str]:
    """Return the FFmpeg command line that writes an asset's sound to stdout in one format, even if the sound's format
    changes inside the file."""
    words = [*quiet(ffmpeg), *whole_input(asset, 1)]
    chain = [from_origin(asset, "asetpts"), f"aresample={AUDIO_RATE}:async=1", "aformat=s16:channel_layouts=stereo"]
    index = asset.audio.index if asset.audio else 0
    words += ["-map", f"0:{index}", "-vn", "-af", ",".join([*chain, "atrim=start=0"]), "-c:a", "pcm_s16le"]
    return [*words, "-max_error_rate", "1", "-f", "nut", "pipe:1"]


def _inputs(
    house: HouseFormat, asset: Asset, wanted: Range, threads: int, still: Path | None, sound: str | None
) -> list[str]:
    """Return the inputs. Input 0 has the picture. The sound is in input 0 too if it comes from the same file, otherwise
    in input 1."""
    source = timed_input(house, asset, wanted, threads)
    words = source if asset.video is not None else still_input(house, still)
    if asset.audio is None:
        return [*words, *silent_input()]
    if sound is not None:
        return [*words, "-copyts", "-f", "nut", "-i", sound]
    return words if asset.video is not None else [*words, *source]
