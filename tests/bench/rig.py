"""The rig of the benches: a real station in a home of its own, viewers on plain sockets, and a table of figures."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


# ── a home ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Line:
    """One entry of a rundown: asset frames [first, end) of a file; `first_number` is the number in its picture 0."""

    file: Path
    first: int = 0
    end: int | None = None
    spot: bool = False


@dataclass
class Home:
    """A station's folder: config, media (linked in), a rundown for each channel, and the spots of their pool."""

    path: Path
    profile: str = "480p"
    video_kbps: int = 500
    rundowns: list[list[Line]] = field(default_factory=list)
    rate: str = "30000/1001"
    pool: Sequence[Path] = ()
    on_start: str = "top"
    catchup: str = "0"
    scte35: bool = False
    more: str = ""
    """What else stands in `retrovue.toml`."""
    renditions: Sequence[str] = ()

    def write(self) -> None:
        """Write the config and the rundowns; what is prepared in the home already stays."""
        for folder in ("media/ads", "channels"):
            (self.path / folder).mkdir(parents=True, exist_ok=True)
        lines = [
            'name = "Bench"', "[server]", "port = 0", "[house]", f'profile = "{self.profile}"', f'rate = "{self.rate}"',
            f"video_bitrate = {self.video_kbps}", "loudness = false", "[library]", 'programmes = ["media"]',
        ]  # fmt: skip
        lines += ["[pools]", 'ads = "media/ads"'] if self.pool else []
        for spot in self.pool:
            linked(spot, self.path / "media" / "ads")
        for number, rundown in enumerate(self.rundowns, 1):
            lines += ["[[channel]]", f'id = "{number}"', f"number = {number}", f'name = "Bench {number}"',
                      f'on_start = "{self.on_start}"', f'catchup = "{self.catchup}"',
                      f"scte35 = {str(self.scte35).lower()}"]  # fmt: skip
            lines += ['pool = "ads"'] if self.pool else []
            lines += [f"renditions = {json.dumps(self.renditions)}"] if self.renditions else []
            self.write_rundown(number, rundown)
        (self.path / "retrovue.toml").write_text("\n".join(lines) + f"\n{self.more}")

    def write_rundown(self, number: int, rundown: Sequence[Line]) -> None:
        """A channel's rundown as ffconcat, replaced in one step."""
        above, below = (int(part) for part in (*self.rate.split("/"), "1")[:2])
        text = ["ffconcat version 1.0"]
        for index, line in enumerate(rundown):
            linked(line.file, self.path / "media")
            text += [f"#retrovue kind={'spot' if line.spot else 'programme'} id=e{index}",
                     f"file ../media/{line.file.name}"]  # fmt: skip
            if line.first:
                text.append(f"inpoint {line.first * below / above:.6f}")
            if line.end is not None:
                text.append(f"outpoint {line.end * below / above:.6f}")
        made = self.path / "channels" / f".{number}.new"
        made.write_text("\n".join(text) + "\n")
        made.rename(self.rundown(number))

    @property
    def spots(self) -> list[Path]:
        """The pool's files as the station sees them."""
        return [self.path / "media" / "ads" / spot.name for spot in self.pool]

    def rundown(self, number: int = 1) -> Path:
        """A channel's rundown file."""
        return self.path / "channels" / f"{number}.ffconcat"


def linked(file: Path, folder: Path) -> Path:
    """The file as it is seen in another folder."""
    there = folder / file.name
    if not there.exists():
        with contextlib.suppress(FileExistsError):
            os.link(file, there) if same_disk(file, folder) else there.symlink_to(file)
    return there


def same_disk(one: Path, other: Path) -> bool:
    return one.stat().st_dev == other.stat().st_dev


@contextlib.contextmanager
def bench_home(kept: str = "") -> Iterator[Path]:
    """A folder for a station: a fresh one that is thrown away, or one that is `kept` under a name for the next run."""
    if kept:
        folder = Path(tempfile.gettempdir()) / f"retrovue-bench-{os.getuid()}" / kept
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="retrovue-bench-", ignore_cleanup_errors=True) as folder_name:
        yield Path(folder_name)


# ── a station ────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Running:
    """A station in a process of its own."""

    pid: int
    url: str

    def get(self, path: str) -> Any:
        """The JSON at a path of its API."""
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return json.load(answer)

    def channel(self, number: int = 1) -> Any:
        """A channel's snapshot."""
        return self.get(f"/api/channels/{number}")

    def command(self, name: str, channel: int = 1, **arguments: Any) -> Any:
        """Give a command, and return the receipt, be it a refusal."""
        body = json.dumps({"command": name, **arguments}).encode()
        ask = urllib.request.Request(f"{self.url}/api/channels/{channel}/commands", body,
                                     {"Content-Type": "application/json"})  # fmt: skip
        try:
            with urllib.request.urlopen(ask, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            return json.load(refusal)

    def until(self, condition: Callable[[], object], what: str, timeout: float = 60.0, every: float = 0.05) -> None:
        """Wait for a condition. The bench ends if it does not become true."""
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise SystemExit(f"waited {timeout:.0f} s for {what}")
            time.sleep(every)

    def prepared(self, timeout: float = 600.0) -> None:
        """Wait until every channel is on air and nothing is left to render."""
        self.until(lambda: all(_settled(each) for each in self.get("/api/station")["channels"]),
                   "everything to be prepared", timeout, 0.5)  # fmt: skip

    def children(self) -> set[int]:
        """The process ids of its decks and jobs; not of the workers that media is opened in."""
        return self._processes() - self.workers()

    def workers(self) -> set[int]:
        """The process ids of the workers that media is opened in."""
        return {pid for pid in self._processes() if b"retrovue_tui.decoding" in command_line(pid)}

    def _processes(self) -> set[int]:
        found: set[int] = set()
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found |= {int(word) for word in (task / "children").read_text().split()}
        return found


def command_line(pid: int) -> bytes:
    """The words of a process, each with a zero byte behind it; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _settled(channel: Any) -> bool:
    prepare = channel["prepare"]
    return bool(channel["state"] == "on_air" and prepare["pending"] == 0 and prepare["ready_s"] > 0)


@contextlib.contextmanager
def station(home: Home) -> Iterator[Running]:
    """`retrovue-tui serve` on a home, from its first picture to its clean end."""
    home.write()
    process = launch(home)
    assert process.stdout is not None
    try:
        yield Running(process.pid, url_of(process, home))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            print("! the station did not end within 10 s of SIGTERM")
        process.stdout.close()


def launch(home: Home) -> subprocess.Popen[str]:
    """Start `retrovue-tui serve` on a home as it is."""
    with (home.path / "serve.err").open("a") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "retrovue_tui", "serve", "--home", str(home.path)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=CHECKOUT,
        )  # fmt: skip


def url_of(process: subprocess.Popen[str], home: Home) -> str:
    """The address that a launched station prints when its first channel delivers."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], 60)
    said = process.stdout.readline() if ready else ""
    if not said.startswith("on air: "):
        raise SystemExit(f"the station did not come on air: {(home.path / 'serve.err').read_text()}")
    return said.removeprefix("on air: ").strip()


def share_mb(pid: int) -> float:
    """The memory of a process in MB, with its share of what it has in common with others (PSS); 0 when it is gone."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def cpu_s(pid: int, *, waited: bool = False) -> float:
    """Seconds of CPU that a process has used, with `waited` those of its ended children; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(word) for word in fields[13:15] if waited) * TICK_S + (
        0.0 if waited else sum(int(word) for word in fields[11:13]) * TICK_S
    )


def memory_mb(pid: int, what: str = "VmRSS") -> float:
    """A figure of /proc/PID/status in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) / 1024
    raise SystemExit(f"process {pid} tells no {what}")


# ── a viewer ─────────────────────────────────────────────────────────────────────────────────────


def tune_in(
    url: str, channel: int = 1, query: str = "?burst=0", receive_buffer: int = 0, agent: str = ""
) -> tuple[socket.socket, bytes]:
    """A socket that is tuned in, behind the response's head, and the first bytes of the stream that came with it.
    `receive_buffer`: how many bytes the kernel keeps for it; 0: as it likes. `agent`: its program."""
    host, _, port = url.removeprefix("http://").partition(":")
    sock = socket.socket()
    sock.settimeout(30)
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.connect((host, int(port)))
    named = f"User-Agent: {agent}\r\n" if agent else ""
    sock.sendall(f"GET /iptv/channel/{channel}.ts{query} HTTP/1.1\r\nHost: {host}\r\n{named}\r\n".encode())
    got = b""
    while b"\r\n\r\n" not in got:
        data = sock.recv(65_536)
        if not data:
            raise SystemExit(f"channel {channel} answered {got!r} and hung up")
        got += data
    head, _, body = got.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"channel {channel} answered {head.decode(errors='replace').splitlines()[0]}")
    return sock, body


class Recorder:
    """A viewer in a thread: keeps the stream, and when each chunk came; with `keep` False it throws the bytes away."""

    def __init__(self, url: str, channel: int = 1, agent: str = "", *, keep: bool = True) -> None:
        self.disconnected = False
        self.pictures = 0
        self._keep = keep
        self._sock, first = tune_in(url, channel, agent=agent)
        self._chunks = [(time.monotonic(), first)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self._sock.settimeout(0.2)
        while not self._stop.is_set():
            try:
                data = self._sock.recv(1 << 20)
            except TimeoutError:
                continue
            except OSError:
                data = b""
            if not data:
                self.disconnected = True
                return
            self._chunks.append((time.monotonic(), data if self._keep else b""))
            self.pictures += data.count(b"\0\0\1\xe0")

    def stop(self) -> bytes:
        """Leave, and return the whole packets of the recording."""
        self._stop.set()
        self._thread.join()
        self._sock.close()
        data = b"".join(chunk for _, chunk in self._chunks)
        return data[: len(data) // 188 * 188]

    @property
    def arrivals(self) -> list[tuple[int, float]]:
        """For each chunk the byte behind its last, and when it came."""
        ends = accumulate(len(chunk) for _, chunk in self._chunks)
        return [(end, at) for end, (at, _) in zip(ends, self._chunks, strict=True)]

    @property
    def longest_gap_s(self) -> float:
        """The longest time without data."""
        return max((later - earlier for (earlier, _), (later, _) in pairwise(self._chunks)), default=0.0)


# ── figures ──────────────────────────────────────────────────────────────────────────────────────


class Figures:
    """The table of a bench: what was measured, what it should be, and whether it is."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._rows: list[tuple[str, str, str, str]] = []
        self.missed = 0

    def add(self, what: str, value: object, target: str = "", ok: bool | None = None) -> None:
        """A row; `ok` None: no target, said for information."""
        self.missed += ok is False
        self._rows.append((what, str(value), target, "" if ok is None else "ok" if ok else "MISSED"))

    def most(self, what: str, value: float, limit: float, unit: str = "", digits: int = 1) -> None:
        """A row that must not be above its limit."""
        shown = f"{value:.{digits}f}" if isinstance(value, float) else str(value)
        self.add(what, f"{shown} {unit}".rstrip(), f"<= {limit:g} {unit}".rstrip(), value <= limit)

    def none(self, what: str, count: int) -> None:
        """A row that must be 0."""
        self.add(what, count, "0", count == 0)

    def end(self) -> None:
        """Print the table, and leave with 1 when a target was missed."""
        heads = ("figure", "measured", "target", "")
        widths = [max(len(row[column]) for row in (*self._rows, heads)) for column in range(4)]
        print(f"\n{self.title}")
        for row in (heads, tuple("-" * width for width in widths), *self._rows):
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        sys.stdout.flush()
        raise SystemExit(1 if self.missed else 0)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0
