"""The two public classes for embedding: `MPEGTSStreamer` and `CommercialStreamer`."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrovue_tui.errors import RetrovueError
from retrovue_tui.files.user_folders import cache_folder
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.house_format import PROFILES, HouseFormat
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.file_format.ffconcat_syntax import seconds_text
from retrovue_tui.streaming.background_loop import BackgroundLoop, RenderEnvironment, RenderSettings, shared_loop
from retrovue_tui.streaming.break_points import arrange, break_frames, shared_out
from retrovue_tui.streaming.live_encode import read_live_source
from retrovue_tui.streaming.segment_files import cut
from retrovue_tui.streaming.session import Session
from retrovue_tui.streaming.sources import absolute, facts, origin_tags, read_source
from retrovue_tui.streaming.temp_scripts import scripts
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.streaming.live_encode import LiveSource
    from retrovue_tui.streaming.sources import AnyPath, Source


def default_cache() -> Path:
    """Return the folder that keeps prepared media between runs: `$XDG_CACHE_HOME/retrovue-tui`, or by default
    `~/.cache/retrovue-tui`. Raises `RetrovueError` if the user has no home folder."""
    return cache_folder()


class MPEGTSStreamer:
    """Plays a media file, or a concat script of several, as one continuous MPEG-TS stream.

    `source_path` is any media file, or a concat script (`.txt`, `.ffconcat`, `.ffcat`). Nothing on the disk is read
    before `start_stream`. `channel_id` names the channel in the stream's service information and in log lines.

    `profile` (240p to 1080p) and `rate` (frames a second, "25" or "30000/1001") are the stream's format,
    `video_kbps` and `audio_kbps` its bitrates in kbit/s (`video_kbps` None: the profile's own), `loudness` its level in
    LUFS (None: levels stay as they are). Media is converted to this format once and kept in `cache` (default: see
    `default_cache`; at most 20 GB). A file that is not in the cache yet is played while it is being prepared.

    `ffmpeg` is the path or the name of the FFmpeg to use. None: `$RETROVUE_FFMPEG`, the bundled FFmpeg, or the
    system's, in that order.

    With `loop` the source repeats for ever, like a channel; with `loop=False` the stream ends with the source. With
    `pace` chunks come in real time; with `pace=False` as fast as the caller takes them. `burst_s` is how many seconds a
    paced stream sends at once at its start (5.5 lets players based on FFmpeg show a picture immediately).

    With `prepare=False` nothing is prepared and no cache is used: one FFmpeg encodes the source while it plays, and the
    stream begins within a second. The source is then a file, or a script of whole files that have one format. The
    differences: the stream keeps the size and the frame rate of the source (`profile` sets the bitrate alone; `rate`,
    `loudness` and `cache` have no effect); joins and loops are as good as FFmpeg makes them; a chunk is any number of
    whole packets; and if FFmpeg dies, a stream with `loop` begins again from the start of the source. Breaks cannot be
    inserted: `segment_episode`, `create_segmented_concat_file`, `CommercialStreamer.update_commercials`, and setting
    `source_path` while streaming raise `RetrovueError`.

    Raises `RetrovueError` for an unknown profile and for a burst with `prepare=False`, and `TimecodeError` (a
    `RetrovueError`) for a `rate` that is not a frame rate. All methods block; all may be called from any thread. Any
    number of streams may run at once.
    """

    def __init__(
        self,
        source_path: AnyPath,
        channel_id: str,
        *,
        profile: str = "720p",
        rate: str | FrameRate = "30000/1001",
        video_kbps: int | None = None,
        audio_kbps: int = 128,
        loudness: float | None = -23.0,
        cache: AnyPath | None = None,
        ffmpeg: AnyPath | None = None,
        loop: bool = True,
        pace: bool = True,
        burst_s: float = 0.0,
        prepare: bool = True,
        _house: HouseFormat | None = None,
    ) -> None:
        if profile not in PROFILES:
            raise RetrovueError(f"there is no profile {profile!r}; choose one of {', '.join(PROFILES)}")
        if burst_s and not prepare:
            raise RetrovueError("a live encode has nothing to send in a burst; leave out burst_s or prepare=False")
        frame_rate = rate if isinstance(rate, FrameRate) else FrameRate.parse(rate)
        self.channel_id = str(channel_id)
        self.loop, self.pace, self.burst_s = loop, pace, burst_s
        self.prepare = prepare
        self._house = _house or HouseFormat.of(profile, frame_rate, video_kbps, audio_kbps, loudness)
        self._cache = absolute(cache) if cache is not None else default_cache()
        self._ffmpeg = None if ffmpeg is None else Path(ffmpeg)
        self._source_path = source_path
        self._sessions: set[Session] = set()
        self._lock = threading.RLock()  # only one thread at a time changes the source
        self._segmented: dict[tuple[str, tuple[int, ...]], list[tuple[Path, int, int]]] = {}
        self._played: set[Path] = set()
        self._plays(source_path)
        weakref.finalize(self, _release, self._played)

    # ── streaming ────────────────────────────────────────────────────────────────────────────────

    @property
    def source_path(self) -> str:
        """The path of the source. Set it to play something else, also while streaming.

        A running stream changes without a jump. If the new source contains the frame on air (another set of breaks in
        the same episode does), the stream goes on at that frame and repeats nothing; a commercial that the new source
        does not have at that place airs to its end first. Any other source begins at its start, as soon as its first
        seconds are prepared; until then the old source goes on.

        While a stream runs, setting a source that cannot be played raises `MediaError` or `RundownError` as
        `start_stream` does, and changes nothing. Otherwise the source is checked by the next `start_stream`.
        """
        return os.fspath(self._source_path)

    @source_path.setter
    def source_path(self, path: AnyPath) -> None:
        with self._lock:
            if self._sessions:
                self._must_prepare("a running stream changes its source")
                source = read_source(path, self._house.rate)
                self._plays(path)
                self._source_path = path
                for session in tuple(self._sessions):
                    session.change(source)
            else:
                self._plays(path)
                self._source_path = path

    def start_stream(self) -> Generator[bytes, None, None]:
        """Return a new stream from the start of the source: chunks of whole packets, beginning with PAT, PMT and a key
        frame.

        Raises at once, before any chunk: `MediaError` for a file that cannot be played (also a `FileNotFoundError` if
        it does not exist), `RundownError` with the line for a script, `FFmpegError` if FFmpeg is missing or unusable.
        The generator raises `MediaError` if no part of the source can be played after all. With `prepare=False` it
        raises `FFmpegError` instead, and also if a stream without `loop` breaks off. FFmpeg starts when the caller
        takes the first chunk, starts again if it dies, and ends when the generator is closed, stopped, or no longer
        referenced.
        """
        path = self._source_path
        return self._stream(path, self._read(path), self._settings())

    def _stream(
        self, path: AnyPath, source: Source | LiveSource, settings: RenderSettings
    ) -> Generator[bytes, None, None]:
        session = Session(self.channel_id, settings, loop=self.loop, pace=self.pace, burst_s=self.burst_s)
        self._sessions.add(session)
        try:
            if self.prepare:
                session.open(source)
                if self._source_path != path:
                    session.change(read_source(self._source_path, self._house.rate))
            else:
                session.open(source if self._source_path == path else self._read(self._source_path))
            yield from session.chunks()
        finally:
            # No lock here: the garbage collector may run this in any thread, at any point.
            self._sessions.discard(session)
            session.close()

    def stop_stream(self) -> None:
        """End every stream of this streamer: their generators yield nothing more. Returns when no process runs."""
        for session in tuple(self._sessions):
            session.close()
            self._sessions.discard(session)

    # ── segments ─────────────────────────────────────────────────────────────────────────────────

    def segment_episode(
        self, episode_path: AnyPath, break_points: Sequence[float], *, folder: AnyPath | None = None
    ) -> list[str]:
        """Cut an episode at break points (seconds, in any order) into segment files, one more than there are points.
        Return their paths in order.

        The files are MPEG-TS in the stream's format, cut at the frame that is nearest to each point; together they have
        every frame of the episode once. They are kept beside the cache, or in `folder` (made if missing), until you
        delete them. The first call takes as long as preparing the episode.

        Raises `MediaError` for an episode that cannot be used, `BreakPointError` (a `ValueError`) for a point that is
        not inside it, `FFmpegError` if FFmpeg is missing, and `OSError` if a file cannot be written.
        """
        self._must_prepare("an episode is cut at exact frames")
        with shared_loop() as background:
            made = self._cut(background, facts(absolute(episode_path)), break_points, folder)
        return [str(path) for path, _, _ in made]

    def create_segmented_concat_file(
        self, episode_path: AnyPath, commercial_paths: Sequence[AnyPath], break_points: Sequence[float]
    ) -> str:
        """Write a concat script and return its path: the episode once, with the commercials at its break points.

        One commercial airs in each break, in order. Commercials left over follow in the last break; if there are fewer
        commercials than breaks, the last breaks are empty. Without break points no commercial airs.

        The script names the original files with in and out points, so nothing is rendered: `start_stream` cuts at the
        exact frames. After `segment_episode` with the same break points the script names the segment files instead, and
        commercials in the same format (which are prepared now), so that any FFmpeg plays it exactly, even with
        `-c copy`.

        The script is temporary: it is removed with the last streamer that has played it, at the latest when the process
        ends.

        Raises `MediaError` for a file that cannot be played (also a `FileNotFoundError` if it does not exist),
        `BreakPointError` for a point that is not inside the episode, and `RundownError` if the script cannot be
        written; after `segment_episode` also `FFmpegError` and `OSError`.
        """
        self._must_prepare("breaks are inserted")
        rate = self._house.rate
        episode = facts(absolute(episode_path))
        commercials = [facts(absolute(path)) for path in commercial_paths]
        frames = break_frames(break_points, episode, rate)
        segmented = self._segmented.get((episode.key, tuple(frames)))
        if segmented is None or not all(path.exists() for path, _, _ in segmented):
            entries = arrange(episode, commercials, frames)
        else:
            entries = self._house_entries(episode, commercials, frames, segmented)
        return str(scripts.write(entries, rate))

    def _house_entries(
        self, episode: Asset, commercials: Sequence[Asset], frames: Sequence[int],
        segmented: Sequence[tuple[Path, int, int]],
    ) -> list[Entry]:  # fmt: skip
        with shared_loop() as background:
            spots = [self._cut(background, spot, (), None)[0] for spot in commercials] if frames else []
        shares = shared_out(len(spots), len(frames))
        entries: list[Entry] = []
        for number, (path, first, end) in enumerate(segmented):
            entries.append(self._segment(f"s{first}", episode, path, first, end))
            for nth in shares[number] if number < len(shares) else ():
                spot, _, length = spots[nth]
                entries.append(self._segment(f"b{end}-{nth}", commercials[nth], spot, 0, length, f"b{end}"))
        return entries

    def _segment(
        self, id: str, asset: Asset, file: Path, first: int, end: int, break_id: str | None = None
    ) -> Entry:  # fmt: skip
        rate = self._house.rate
        duration = seconds_text(round(rate.seconds(end - first) * 1_000_000))
        return Entry(
            id, "programme" if break_id is None else "spot", file, title=asset.title, break_id=break_id,
            tags=origin_tags(asset, first, end, rate), directives=(f"duration {duration}",),
        )  # fmt: skip

    def _cut(
        self, background: BackgroundLoop, asset: Asset, points: Sequence[float], folder: AnyPath | None
    ) -> list[tuple[Path, int, int]]:
        environment = background.run(_environment(background, self._settings()))
        made = cut(background, environment, asset, points, None if folder is None else absolute(folder))
        self._segmented[asset.key, tuple(first for _, first, _ in made[1:])] = made
        return made

    # ── helpers ──────────────────────────────────────────────────────────────────────────────────

    def _settings(self) -> RenderSettings:
        return RenderSettings(find_ffmpeg(self._ffmpeg), self._house, self._cache)

    def _read(self, path: AnyPath) -> Source | LiveSource:
        return (read_source if self.prepare else read_live_source)(path, self._house.rate)

    def _must_prepare(self, what: str) -> None:
        if not self.prepare:
            raise RetrovueError(f"{what} only if media is prepared; leave out prepare=False")

    def _plays(self, path: AnyPath) -> None:
        """Record that this streamer plays a script, so that the script is not removed."""
        file = absolute(path)
        if file not in self._played:
            self._played.add(file)
            scripts.play(file)

    def _leaves(self, path: AnyPath) -> None:
        """Record that this streamer no longer plays a script, so that the script may be removed."""
        file = absolute(path)
        if file in self._played:
            self._played.discard(file)
            scripts.release(file)


async def _environment(background: BackgroundLoop, settings: RenderSettings) -> RenderEnvironment:
    return background.environment(settings)


def _release(played: set[Path]) -> None:
    for path in played:
        scripts.release(path)


class CommercialStreamer:
    """Streams an episode with commercials that may change while it streams.

    `channel_id` and `options` (`profile`, `rate`, `cache`, `ffmpeg`, `loop`, `pace`, `burst_s` and so on) are those of
    `MPEGTSStreamer`, and so are the errors. Until `update_commercials` is called, the episode plays without
    commercials. All methods block.
    """

    def __init__(self, episode_path: AnyPath, channel_id: str, **options: Any) -> None:
        self.episode_path = os.fspath(episode_path)
        self.channel_id = channel_id
        self.streamer = MPEGTSStreamer(episode_path, channel_id, **options)
        self.current_concat_file: str | None = None

    def update_commercials(self, commercial_paths: Sequence[AnyPath], break_points: Sequence[float]) -> None:
        """Play these commercials at these break points (seconds of the episode) from now on.

        `MPEGTSStreamer.create_segmented_concat_file` describes how the commercials are shared out among the breaks. A
        running stream changes seamlessly: the episode goes on at its frame, later breaks air at their new points, a
        break that has passed does not air again (until the episode repeats), and a commercial on air plays to its end.
        The next second or so is already on its way to the caller and does not change.

        Raises the errors of `create_segmented_concat_file` and `start_stream` (`MediaError`, `RundownError`,
        `BreakPointError`); the stream then stays as it is.
        """
        before = self.current_concat_file
        script = self.streamer.create_segmented_concat_file(self.episode_path, commercial_paths, break_points)
        self.streamer.source_path = script
        self.current_concat_file = script
        if before is not None and before != script:
            with contextlib.suppress(OSError):
                self.streamer._leaves(before)

    def start_stream(self) -> Generator[bytes, None, None]:
        """Return a new stream of the episode; see `MPEGTSStreamer.start_stream`."""
        return self.streamer.start_stream()

    def stop_stream(self) -> None:
        """End every stream; see `MPEGTSStreamer.stop_stream`."""
        self.streamer.stop_stream()
