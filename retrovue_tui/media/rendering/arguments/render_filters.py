"""The filters that convert a range of an asset to house format, and the place where reading begins.

All times are on one absolute grid, so that ranges rendered in different runs fit together: the filter fps numbers
pictures from the asset's origin, and AAC frame n starts at sample 1024 n of the asset.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.house_format import AAC_SAMPLES, AUDIO_RATE, aac_frame
from retrovue_tui.media.rendering.arguments.source_args import source_words

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat

_LEAD_SECONDS: Final = 4
_LEAD_UNINDEXED: Final = 12
"""Reading begins this many seconds before a range. A decoder needs a key frame, and in a container without an index its
place is known only roughly."""
_MORE_SECONDS: Final = 30
"""Reading ends at most this many seconds after a range, even if a stream has no packets there."""
VIDEO_TAP: Final = "split[shown][seen];[shown]null"
AUDIO_TAP: Final = "asplit[played][heard];[played]anull"
_UNINDEXED: Final = ("mpeg", "mpegts", "mpegvideo", "avi", "asf", "flv", "ogg")


@dataclass(frozen=True)
class Range:
    """A range to render: asset frames [first, end). `first` is the first frame of a piece.

    `careful` selects a slower way of reading, for files in which seeking does not find the right picture, or in which
    the format of the sound changes. `mute` replaces sound that cannot be decoded with silence. `keys` are frames inside
    the range that become IDR pictures, besides the regular ones.
    """

    first: int
    end: int
    gain_db: float = 0.0
    limited: bool = False
    careful: bool = False
    mute: bool = False
    keys: tuple[int, ...] = ()


def timed_input(house: HouseFormat, asset: Asset, wanted: Range, threads: int) -> list[str]:
    """Return the input arguments that read an asset (or a part of one) from shortly before the range to shortly after
    it."""
    seek, words = seek_seconds(house, asset, wanted), []
    if seek:
        words += ["-noaccurate_seek", "-ss", f"{float(seek):.6f}"]
    if not wanted.careful and not asset.untimed:
        words += ["-t", f"{float(house.rate.seconds(wanted.end) - seek) + _MORE_SECONDS:.6f}"]
    return [*words, *whole_input(asset, threads)]


def still_input(house: HouseFormat, still: Path | None) -> list[str]:
    """Return the input arguments for the picture of an asset without video. A filter repeats the picture. With `-loop
    1` FFmpeg would read and decode it for every frame, and sometimes that fails for good."""
    return ["-f", "png_pipe", "-framerate", str(house.rate), "-i", f"file:{still}"]


def silent_input() -> list[str]:
    """Return the input arguments for endless silence."""
    return ["-f", "lavfi", "-i", f"anullsrc=r={AUDIO_RATE}:cl=stereo"]


def without_sound(house: HouseFormat, asset: Asset, wanted: Range) -> Asset:
    """Return the asset, but without its sound if the range is mute or begins after the end of the sound."""
    sound = asset.sound_frames(house.rate)
    return replace(asset, audio=None) if wanted.mute or (sound is not None and sound <= wanted.first) else asset


def whole_input(asset: Asset, threads: int) -> list[str]:
    """Return the input arguments that read all of an asset."""
    return ["-copyts", "-fflags", "+genpts", "-threads", str(threads), *source_words(asset)]


def seek_seconds(house: HouseFormat, asset: Asset, wanted: Range) -> Fraction:
    """Return the time at which reading begins, in seconds from the file's beginning."""
    if wanted.careful or wanted.first == 0 or asset.untimed:
        return Fraction(0)
    unindexed = any(word in asset.container.split(",") for word in _UNINDEXED)
    lead = _LEAD_UNINDEXED if unindexed else _LEAD_SECONDS
    return max(Fraction(0), house.rate.seconds(wanted.first) - lead)


def from_origin(asset: Asset, setpts: str) -> str:
    """Return the filter that makes times count from the asset's origin. `setpts` is the filter's name: `setpts` or
    `asetpts`."""
    return f"{setpts}=round(PTS-({asset.origin.numerator}/{asset.origin.denominator})/TB)"


def video_filters(ffmpeg: FFmpeg, house: HouseFormat, asset: Asset, wanted: Range, *, tapped: bool = False) -> str:
    """Return the filters that make the pictures of a range: one picture per frame, with the frame's number as its time
    stamp. If `tapped`, the pictures of an asset with video also come out of `[seen]`, not scaled."""
    rate, facts = house.rate, asset.video
    if facts is None:  # one picture, scaled once and repeated
        still = [*_picture_filters(ffmpeg, house, asset), "loop=loop=-1:size=1"]
        numbered = [f"settb={rate.den}/{rate.num}", f"setpts=N+{wanted.first}"]
        chain = [*still, *numbered, f"trim=start_pts={wanted.first}:end_pts={wanted.end}"]
    else:
        in_order = f"settb={facts.rate.denominator}/{facts.rate.numerator},setpts=N"
        chain = [in_order if asset.untimed else from_origin(asset, "setpts")]
        if facts.interlaced and (deinterlacer := _deinterlacer(ffmpeg, house, asset)):
            chain.append(deinterlacer)
        late = (facts.start > asset.origin and wanted.first == 0) or wanted.careful
        chain.append(f"fps={rate}" + (":start_time=0" if late else ""))
        chain.append(f"trim=start_pts={wanted.first}:end_pts={wanted.end}")
        chain += [VIDEO_TAP] if tapped else []
        chain += [*_picture_filters(ffmpeg, house, asset), f"settb={rate.den}/{rate.num}"]
    return ",".join(chain)


def _deinterlacer(ffmpeg: FFmpeg, house: HouseFormat, asset: Asset) -> str:
    doubled = asset.video is not None and house.rate.fraction > asset.video.rate * Fraction(3, 2)
    for name in ("bwdif", "yadif"):
        if name in ffmpeg.features:
            return f"{name}=mode={'send_field' if doubled else 'send_frame'}:deint=interlaced"
    return ""


def _picture_filters(ffmpeg: FFmpeg, house: HouseFormat, asset: Asset) -> list[str]:
    """Return the filters that scale with the aspect kept, pad to the house's size, and convert to square pixels and
    BT.709 video range."""
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


def sample_range(house: HouseFormat, wanted: Range) -> tuple[int, int]:
    """Return the range of the asset's samples (48 kHz) that must be encoded for a range. It is two AAC frames longer
    than the sound that is kept: consecutive AAC frames overlap, so the first and the last one would be faded."""
    first, end = (aac_frame(house, frame) * AAC_SAMPLES for frame in (wanted.first, wanted.end))
    return first, end + 2 * AAC_SAMPLES


def audio_filters(
    asset: Asset, wanted: Range, samples: tuple[int, int], shifted: bool = False, *, tapped: bool = False
) -> str:
    """Return the filters that make these samples of an asset's sound. With `shifted`, times already count from the
    asset's origin. If `tapped`, the asset's sound also comes out of `[heard]`, at its own level and not cut."""
    first, end = samples
    # one more second of sound before the range, in which the resampler and the limiter settle
    early = max(0, first - AUDIO_RATE)
    chain = []
    if asset.audio is None:
        chain.append(f"asetpts=PTS+{early}")
    else:
        if not shifted:
            chain.append(from_origin(asset, "asetpts"))
        # The second resampler fills gaps. It counts `first_pts` in samples of its input, whose rate the first one sets.
        chain.append(f"aresample={AUDIO_RATE}")
        chain.append(f"aresample={AUDIO_RATE}:async=1:min_hard_comp=0.03:first_pts={early}")
    chain += ["aformat=sample_fmts=fltp:channel_layouts=stereo", f"asettb=1/{AUDIO_RATE}"]
    chain += [AUDIO_TAP] if tapped else []
    chain += sound_filters(wanted.gain_db, wanted.limited) if asset.audio is not None else []
    chain += ["apad", f"atrim=start_pts={first}:end_pts={end}"]
    return ",".join(chain)


def sound_filters(gain_db: float, limited: bool) -> list[str]:
    """Return the filters that apply the loudness gain, and a limiter at -1 dB if `limited`."""
    if not gain_db:
        return []
    gain = [f"volume={gain_db:.2f}dB"]
    return [*gain, "alimiter=limit=0.89:level=0:attack=5:release=50:latency=1"] if limited else gain
