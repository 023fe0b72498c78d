"""What a client of HLS costs, directly and through nginx: `python -m tests.bench.bench_hls_clients`.

The players run in a process of their own (`hls_players`). The station's CPU is measured while all of them play, from
the end of their start on, and without any. Through nginx, each segment must be fetched from the station once.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrovue_tui.cli.edge.nginx import NginxSite, complete
from tests import CHECKOUT
from tests.bench.rig import Figures, Home, Line, Running, bench_home, cpu_s, station
from tests.bench.scenery import scenery

if TYPE_CHECKING:
    from collections.abc import Iterator

MEDIA = "/hls/1/index.m3u8"
RAMP_S = 6.0
A_SECOND = 500
"""The most clients that begin to play in a second."""
BAR_CLIENTS, BAR = 1_000, 15.0
"""So many clients directly may cost so much (% of a core)."""
BAR_NGINX = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--direct", type=int, default=1_000, help="clients that ask the station itself")
    parser.add_argument("--nginx", type=int, default=10_000, help="clients through nginx")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--profile", default="360p")
    parser.add_argument("--kbps", type=int, default=270, help="of the video")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before it was done"))  # the station ends too
    quality = f"{given.profile}, {given.kbps} kbit/s"
    figures = Figures(f"HLS: {given.direct} clients directly, {given.nginx} through nginx, {quality}")
    with bench_home() as folder:
        more = f'[hls]\nfolder = "{folder / "web"}"\n'  # segments of full length, from the start on
        rundown = [Line(file) for file in scenery()]
        home = Home(folder, profile=given.profile, video_kbps=given.kbps, rundowns=[rundown], more=more)
        with station(home) as running:
            running.prepared()
            running.until(lambda: len(list((folder / "web" / "1").glob("*.ts"))) >= 3, "three segments")
            idle = share(running.pid, 6.0)
            figures.add("CPU without clients", f"{idle:.1f} % of a core")
            if given.direct:
                direct(figures, running, given.direct, given.seconds, idle)
            if given.nginx and shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"):
                through_nginx(figures, running, given.nginx, given.seconds)
            elif given.nginx:
                figures.add("through nginx", "NOT MEASURED: there is no nginx here")
    figures.end()


def direct(figures: Figures, running: Running, clients: int, seconds: float, idle: float) -> None:
    found = load(running.url, clients, seconds, running.pid)
    report(figures, "directly", found)
    cost = (found["cpu"][0] - idle) / clients
    figures.add("station, with all clients", f"{found['cpu'][0]:.1f} % of a core")
    figures.add("a client directly", f"{cost:.4f} % of a core")
    figures.most(f"{BAR_CLIENTS} clients directly, extrapolated", cost * BAR_CLIENTS, BAR, "% of a core", 1)


def through_nginx(figures: Figures, running: Running, clients: int, seconds: float) -> None:
    with nginx(running.url.removeprefix("http://")) as (url, pids):
        found = load(url, clients, seconds, running.pid, *pids)
        report(figures, "nginx", found)
        station_cpu, *others = found["cpu"]
        figures.most("nginx: station, with all clients", station_cpu, BAR_NGINX, "% of a core", 1)
        figures.add("nginx: nginx itself", f"{sum(others):.1f} % of a core")
        most = max(found["crowd"]["misses"].values(), default=0)
        figures.most("nginx: fetches of one segment from the station", most, 1, "", 0)


def report(figures: Figures, how: str, found: dict[str, Any]) -> None:
    crowd = found["crowd"]
    figures.add(f"{how}: requests a second", f"{crowd['requests'] / found['took']:.0f}")
    figures.add(f"{how}: rate", f"{crowd['megabytes'] * 8 / found['took']:.0f} Mbit/s")
    figures.add(f"{how}: slowest segment", f"{crowd['slowest_ms']:.0f} ms")
    figures.none(f"{how}: late segments", crowd["late"])
    figures.none(f"{how}: faults {crowd['first_fault']}", crowd["faults"])


def load(url: str, clients: int, seconds: float, *pids: int) -> dict[str, Any]:
    """Let players play; return what they saw, and the CPU of processes meanwhile (% of a core)."""
    began, ramp_s = time.monotonic(), max(RAMP_S, clients / A_SECOND)
    words = ["-m", "tests.bench.hls_players", url + MEDIA, str(clients), str(seconds), "--ramp", str(ramp_s)]
    players = subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True, cwd=CHECKOUT)
    time.sleep(ramp_s + 2)
    before, measured_from = [cpu_s(pid) for pid in pids], time.monotonic()
    time.sleep(max(1.0, seconds - 3))
    took = time.monotonic() - measured_from
    used = [100 * (cpu_s(pid) - was) / took for pid, was in zip(pids, before, strict=True)]
    said, _ = players.communicate(timeout=60)
    return {"crowd": json.loads(said.splitlines()[-1]), "cpu": used, "took": time.monotonic() - began}


def share(pid: int, seconds: float) -> float:
    """The CPU of a process (% of a core)."""
    before = cpu_s(pid)
    time.sleep(seconds)
    return 100 * (cpu_s(pid) - before) / seconds


@contextlib.contextmanager
def nginx(upstream: str) -> Iterator[tuple[str, list[int]]]:
    """nginx with the printed configuration: its address, and its processes."""
    with tempfile.TemporaryDirectory(prefix="retrovue-nginx-") as name, socket.socket() as one:
        folder = Path(name)
        folder.chmod(0o755)
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
        one.close()
        (folder / "logs").mkdir()
        config = folder / "nginx.conf"
        config.write_text(complete(NginxSite(upstream, "127.0.0.1", port, False, folder / "cache", 1, False)))
        words = f"daemon off; pid {folder}/nginx.pid;" + (" user root;" if os.geteuid() == 0 else "")
        binary = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        process = subprocess.Popen([str(binary), "-p", name, "-c", str(config), "-g", words])
        try:
            for _ in range(200):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.05)
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            yield f"http://127.0.0.1:{port}", [int(each) for each in children]
        finally:
            process.terminate()
            process.wait(10)


if __name__ == "__main__":
    main()
