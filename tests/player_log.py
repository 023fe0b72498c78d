"""Records what the player of a page does in a real Chromium: its waits, its stock of pictures, and its speed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.browser import Tab

_SCRIPT: Final = """
(() => {
  const log = window.playerLog = {hls: null, events: [], samples: []};
  const now = () => (performance.timeOrigin + performance.now()) / 1000;
  const note = (kind, ...facts) => log.events.push([now(), kind, ...facts]);
  let real;
  Object.defineProperty(window, "Hls", {configurable: true, get: () => real, set: (original) => {
    const event = original.Events;
    real = class extends original {
      constructor(config) {
        super(config);
        log.hls = this;
        this.on(event.LEVEL_LOADED, (_, {details}) => note("playlist", details.endSN, details.edge, details.advanced));
        this.on(event.FRAG_LOADED, (_, {frag}) => note("segment", frag.sn, frag.duration, frag.programDateTime / 1000));
        this.on(event.ERROR, (_, error) => note("error", error.details, error.fatal));
      }
    };
  }});
  document.addEventListener("DOMContentLoaded", () => {
    const video = document.getElementById("video");
    if (!video) return;
    const ahead = () => {
      for (let i = 0; i < video.buffered.length; i++) {
        const [start, end] = [video.buffered.start(i), video.buffered.end(i)];
        if (start <= video.currentTime + 0.1 && end > video.currentTime) return end - video.currentTime;
      }
      return 0;
    };
    for (const kind of ["waiting", "playing", "pause", "play", "seeking", "ratechange", "error"])
      video.addEventListener(kind, () => note(kind, video.currentTime, ahead(), video.playbackRate));
    setInterval(() => {
      const quality = video.getVideoPlaybackQuality();
      log.samples.push([now(), video.currentTime, ahead(), log.hls?.latency ?? 0, video.playbackRate,
                        quality.totalVideoFrames, quality.droppedVideoFrames, video.buffered.length]);
    }, 250);
  });
})();
"""


@dataclass(frozen=True)
class Sample:
    """The player at one moment, four times a second. `at`: Unix time (s). `time`: that of the video (s). `ahead`: how
    much more it can play without new data (s). `latency`: how far it is behind live, as hls.js estimates it
    (s). `shown`, `dropped`: pictures. `parts`: of the buffer; more than one if there is a gap."""

    at: float
    time: float
    ahead: float
    latency: float
    rate: float
    shown: int
    dropped: int
    parts: int


@dataclass(frozen=True)
class PlayerLog:
    """What a player did. `events`: tuples of the Unix time (s), the kind, and facts about it."""

    events: Sequence[Sequence[Any]]
    samples: Sequence[Sample]

    @property
    def waits(self) -> list[tuple[float, float]]:
        """When it stopped for lack of data after its first picture (Unix time, s), and for how long (s)."""
        found, since, began = [], 0.0, False
        for at, kind, *_ in self.events:
            if kind == "waiting" and began and not since:
                since = at
            elif kind == "playing":
                if since:
                    found.append((since, at - since))
                since, began = 0.0, True
        if since:
            found.append((since, self.samples[-1].at - since))
        return found


async def record(tab: Tab) -> None:
    """Record the player of each page that this tab opens from now on."""
    await tab.say("Page.addScriptToEvaluateOnNewDocument", source=_SCRIPT)


async def recorded(tab: Tab) -> PlayerLog:
    """Return what the player of the page has done so far."""
    data = await tab.value("({events: playerLog.events, samples: playerLog.samples})")
    return PlayerLog(data["events"], [Sample(*each) for each in data["samples"]])
