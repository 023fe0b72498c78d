"""The command lines that bring a range of an asset into house format.

Everything is on one absolute grid, so that ranges rendered in different runs join: the filter fps numbers pictures
from the asset's origin, and AAC frame n starts at sample 1024 n of the asset.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.encoder import audio_encoder, video_encoder
from retrovue_tui.media.house import AAC_SAMPLES, AUDIO_RATE, aac_frame

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.ffmpeg import FFmpeg
    from retrovue_tui.media.house import House

_LEAD_SECONDS: Final = 4
_LEAD_UNINDEXED: Final = 12
"""How far before a range reading begins: decoders need a key frame, and containers without an index find it roughly."""
_MORE_SECONDS: Final = 30
"""How far behind a range reading ends at the latest, where a stream has nothing more to say."""
_UNINDEXED: Final = ("mpeg", "mpegts", "mpegvideo", "avi", "asf", "flv", "ogg")


@dataclass(frozen=True)
class Range:
    """What to render: asset frames [first, end), `first` on the piece grid.

    `careful` is slower, for files in which seeking does not find the right picture, or in which the sound changes its
    format on the way; `mute` puts silence where the sound cannot be decoded.
    """

    first: int
    end: int
    gain_db: float = 0.0
    limited: bool = False
    careful: bool = False
    mute: bool = False


def render_command(
    ffmpeg: FFmpeg,
    house: House,
    asset: Asset,
    wanted: Range,
    folder: Path,
    threads: int,
    progress: str,
    still: Path | None,
    sound: str | None = None,
) -> list[str]:
    """FFmpeg's command line that writes pieces `NNNNNN.ts` into `folder` and names each on its stdout when it is done.

    `still` is the picture shown where the asset has no video; `progress` is the URL that `-progress` writes to;
    `sound` that of the sound as `sound_command` writes it, which a careful range needs.
    """
    asset = _without_sound(house, asset, wanted)
    words = [str(ffmpeg.path), "-nostdin", "-hide_banner", "-nostats", "-loglevel", "error", "-y"]
    words += ["-progress", progress]
    words += [*_inputs(house, asset, wanted, threads, still, sound)]
    video = f"0:{asset.video.index if asset.video else 0}"
    audio = f"0:{asset.audio.index}" if asset.video and asset.audio and not sound else "1:a:0"
    if asset.video is None and asset.audio is not None and not sound:
        audio = f"1:{asset.audio.index}"
    words += ["-map", video, "-map", audio, "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"]
    words += ["-vf", _video_filters(ffmpeg, house, asset, wanted), "-af", _audio_filters(house, asset, wanted)]
    words += ["-fps_mode", "vfr", *video_encoder(house), "-threads", str(threads), *audio_encoder(house)]
    first, end = aac_frame(house, wanted.first), aac_frame(house, wanted.end)
    # The encoder's first packet is its priming; those behind the end only let the last one overlap true sound.
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
        # The segment muxer reads a pattern: a percent sign in the folder's own name is doubled.
        "file:" + str(folder).replace("%", "%%") + "/%06d.ts",
    ]
    return words


def sound_command(ffmpeg: FFmpeg, asset: Asset) -> list[str]:
    """FFmpeg's command line that writes an asset's sound to its stdout in one format, whatever it changes to inside."""
    words = [str(ffmpeg.path), "-nostdin", "-hide_banner", "-nostats", "-loglevel", "error", *_file(asset, 1)]
    chain = [_from_origin(asset, "asetpts"), f"aresample={AUDIO_RATE}:async=1", "aformat=s16:channel_layouts=stereo"]
    index = asset.audio.index if asset.audio else 0
    words += ["-map", f"0:{index}", "-vn", "-af", ",".join([*chain, "atrim=start=0"]), "-c:a", "pcm_s16le"]
    return [*words, "-max_error_rate", "1", "-f", "nut", "pipe:1"]


def _without_sound(house: House, asset: Asset, wanted: Range) -> Asset:
    """The asset as it is in a range that its sound does not reach."""
    sound = asset.sound_frames(house.rate)
    return replace(asset, audio=None) if wanted.mute or (sound is not None and sound <= wanted.first) else asset


def _inputs(
    house: House, asset: Asset, wanted: Range, threads: int, still: Path | None, sound: str | None
) -> list[str]:
    """Input 0 has the picture; the sound is there too where it comes from the same file, else in input 1."""
    source: list[str] = []
    seek = _seek(house, asset, wanted)
    if seek:
        source += ["-noaccurate_seek", "-ss", f"{float(seek):.6f}"]
    if not wanted.careful:
        source += ["-t", f"{float(house.rate.seconds(wanted.end) - seek) + _MORE_SECONDS:.6f}"]
    source += _file(asset, threads)
    # Not `-loop 1`: FFmpeg would read and decode the still again for each frame, and now and then fails for ever at it.
    words = source if asset.video is not None else [
        "-f", "png_pipe", "-framerate", str(house.rate), "-i", f"file:{still}",
    ]  # fmt: skip
    if asset.audio is None:
        return [*words, "-f", "lavfi", "-i", f"anullsrc=r={AUDIO_RATE}:cl=stereo"]
    if sound is not None:
        return [*words, "-copyts", "-f", "nut", "-i", sound]
    return words if asset.video is not None else [*words, *source]


def _file(asset: Asset, threads: int) -> list[str]:
    # An absolute path behind "file:" is never taken for an option or a protocol.
    return ["-copyts", "-fflags", "+genpts", "-threads", str(threads), "-protocol_whitelist", "file", "-i",
            f"file:{asset.path}"]  # fmt: skip


def _from_origin(asset: Asset, setpts: str) -> str:
    return f"{setpts}=round(PTS-({asset.origin.numerator}/{asset.origin.denominator})/TB)"


def _seek(house: House, asset: Asset, wanted: Range) -> Fraction:
    """Seconds from the beginning of the file at which reading begins."""
    if wanted.careful or wanted.first == 0:
        return Fraction(0)
    unindexed = any(word in asset.container.split(",") for word in _UNINDEXED)
    lead = _LEAD_UNINDEXED if unindexed else _LEAD_SECONDS
    return max(Fraction(0), house.rate.seconds(wanted.first) - lead)


def _video_filters(ffmpeg: FFmpeg, house: House, asset: Asset, wanted: Range) -> str:
    rate, facts = house.rate, asset.video
    if facts is None:  # one picture, scaled once and repeated
        still = [*_picture_filters(ffmpeg, house, asset), "loop=loop=-1:size=1"]
        numbered = [f"settb={rate.den}/{rate.num}", f"setpts=N+{wanted.first}"]
        chain = [*still, *numbered, f"trim=start_pts={wanted.first}:end_pts={wanted.end}"]
    else:
        chain = [_from_origin(asset, "setpts")]
        if facts.interlaced and (deinterlacer := _deinterlacer(ffmpeg, house, asset)):
            chain.append(deinterlacer)
        late = (facts.start > asset.origin and wanted.first == 0) or wanted.careful
        chain.append(f"fps={rate}" + (":start_time=0" if late else ""))
        chain.append(f"trim=start_pts={wanted.first}:end_pts={wanted.end}")
        chain += [*_picture_filters(ffmpeg, house, asset), f"settb={rate.den}/{rate.num}"]
    return ",".join(chain)


def _deinterlacer(ffmpeg: FFmpeg, house: House, asset: Asset) -> str:
    doubled = asset.video is not None and house.rate.fraction > asset.video.rate * Fraction(3, 2)
    for name in ("bwdif", "yadif"):
        if name in ffmpeg.features:
            return f"{name}=mode={'send_field' if doubled else 'send_frame'}:deint=interlaced"
    return ""


def _picture_filters(ffmpeg: FFmpeg, house: House, asset: Asset) -> list[str]:
    """Aspect kept, padded to the house's size, square pixels, BT.709 video range."""
    width, height = house.width, house.height
    fit = (
        f"scale=w=max(2\\,2*round(min({width}\\,{height}*dar)/2)):h=max(2\\,2*round(min({height}\\,{width}/dar)/2))"
        ":flags=bicubic"
    )
    if asset.video is not None and asset.video.hdr and {"zscale", "tonemap"} <= ffmpeg.features:
        chain = [
            fit, "zscale=t=linear:npl=100", "format=gbrpf32le", "zscale=p=bt709", "tonemap=hable:desat=0",
            "zscale=t=bt709:m=bt709:r=tv",
        ]  # fmt: skip
    else:
        chain = [f"{fit}:out_color_matrix=bt709:out_range=tv"]
    marks = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    return [*chain, "format=yuv420p", f"pad={width}:{height}:-1:-1:black", "setsar=1", marks]


def _audio_filters(house: House, asset: Asset, wanted: Range) -> str:
    first, end = (aac_frame(house, frame) * AAC_SAMPLES for frame in (wanted.first, wanted.end))
    # A second of sound before the range settles resampler and limiter.
    early = max(0, first - AUDIO_RATE)
    chain = []
    if asset.audio is None:
        chain.append(f"asetpts=PTS+{early}")
    else:
        if not wanted.careful:
            chain.append(_from_origin(asset, "asetpts"))
        chain.append(f"aresample={AUDIO_RATE}:async=1:min_hard_comp=0.03:first_pts={early}")
    chain += ["aformat=sample_fmts=fltp:channel_layouts=stereo", f"asettb=1/{AUDIO_RATE}"]
    chain += sound_filters(wanted.gain_db, wanted.limited) if asset.audio is not None else []
    # Two AAC frames more than are kept: a frame overlaps the next, and must not fade into nothing.
    chain += ["apad", f"atrim=start_pts={first}:end_pts={end + 2 * AAC_SAMPLES}"]
    return ",".join(chain)


def sound_filters(gain_db: float, limited: bool) -> list[str]:
    """The loudness gain, and a limiter at -1 dB where peaks would not fit."""
    if not gain_db:
        return []
    gain = [f"volume={gain_db:.2f}dB"]
    return [*gain, "alimiter=limit=0.89:level=0:attack=5:release=50:latency=1"] if limited else gain
