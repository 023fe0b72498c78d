"""The metrics as text: both formats, read by Prometheus's own parsers, and by `promtool` where there is one."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from retrovue_tui.playout.event_loop.loop_lag import BOUNDS_S, DelayHistogram
from retrovue_tui.playout.station_figures import ChannelFigures, PoolFigures, StationFigures
from retrovue_tui.protocol.answers.alerts import Alert, AlertReceiver, AlertsSnapshot, DiskSpace
from retrovue_tui.protocol.answers.pictures import Monitor
from retrovue_tui.protocol.answers.snapshots import (
    ChannelSnapshot,
    DeckFigures,
    PrepareJob,
    PushedOutput,
    StationSnapshot,
    UpcomingProblem,
)
from retrovue_tui.server.metrics.exposition import Scrape, exposition
from retrovue_tui.server.metrics.part_families import ServerFigures

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client import Metric

OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
DOCUMENTED = [
    "station_info",
    "station_uptime_seconds",
    "station_cache_bytes",
    "station_warnings",
    "station_prepare_jobs",
    "station_loop_lag_seconds",
    "channel_info",
    "channel_state",
    "channel_viewers",
    "channel_generation",
    "channel_takes_total",
    "channel_restarts_total",
    "channel_seams_total",
    "channel_seam_video_jumps_total",
    "channel_seam_cc_errors_total",
    "channel_seam_audio_error_max_seconds",
    "channel_prepare_ready_seconds",
    "channel_prepare_pending",
    "channel_prepare_progress_ratio",
    "channel_deck_speed_ratio",
    "channel_deck_bitrate_bits_per_second",
    "channel_warnings",
    "output_state",
    "output_bytes_total",
    "output_bitrate_bits_per_second",
    "output_restarts_total",
]
"""The names of the first version: people have dashboards with them."""

CHANNEL = ChannelSnapshot(
    "1", 1, 'The "Noir"\\', "on_air", "", deck=DeckFigures(7, 300, 29.97, 1.0, 3_000.0, 0, 0, 10.0), viewers=3, takes=5,
    revision=4, restarts=1, late_s=-2.5, monitor=Monitor(1.0, 9, (-20.0, -18.5), silent_since=1_795_000_000.0),
    upcoming=(UpcomingProblem("pool_small", 1.0, "text", "ads"), UpcomingProblem("pool_small", 2.0, "text", "b")),
    outputs=(PushedOutput("head end", "srt://a:1", "waiting", 0.0, 1_234, 4_000.5, 3, "it refuses"),),
)  # fmt: skip
STATION = StationSnapshot(
    "Test", "0.1.0", 1, 1.0, 2.0, "/secret/home", "http://h", "9.0", "720p", "30000/1001", (CHANNEL,),
    jobs=(PrepareJob("/secret/film.mkv", "running", 0.5, 60.0, 2.5, 3.0),),
)  # fmt: skip
FIGURES = StationFigures(
    delay_counts=tuple(range(len(BOUNDS_S) + 1)), delay_sum_s=1.5, ticks=66, guide_age_s=3.0, files=9, faulty_files=2,
    pools={"file": PoolFigures(2, 1, 4, 100, 3)},
    channels={"1": ChannelFigures(2, 30, 7, 0.25, 1_795_100_000.0, 5, 9_000)},
    alerts=AlertsSnapshot(
        1.0, (Alert("slate 1", "slate", "text", 1.0, "1"),), (),
        (AlertReceiver("webhook", "srt://x", sent=3, failed=1), AlertReceiver("webhook", "srt://y", sent=2)),
        (DiskSpace("home", 10, 100),),
    ),
)  # fmt: skip
SERVER = ServerFigures(
    {("1", "ts", ""): 3, ("1", "hls", ""): 2, ("1", "hls", "480p"): 7},
    {"": (1, 6), "kids": (0, 2)},
    4,
    {("1", "skip", "accepted"): 8},
)
SCRAPE = Scrape(STATION, 0.004, FIGURES, SERVER)


def text_of(scrape: Scrape = SCRAPE, accept: str = "") -> str:
    return exposition(scrape, accept)[0].decode()


def samples(families: Iterable[Metric]) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (each.name, tuple(sorted(each.labels.items()))): each.value for family in families for each in family.samples
    }


def test_the_figures_of_every_part() -> None:
    found = samples(read_text(text_of()))

    def value(name: str, /, **labels: str) -> float:
        return found[f"retrovue_{name}", tuple(sorted(labels.items()))]

    assert value("channel_state", channel="1", state="on_air") == 1
    assert value("channel_state", channel="1", state="slate") == 0
    assert value("channel_info", channel="1", number="1", name='The "Noir"\\') == 1
    assert value("channel_edits_total", channel="1") == 4
    assert value("channel_late_seconds", channel="1") == -2.5
    assert value("channel_audio_peak_dbfs", channel="1") == -18.5
    assert value("channel_upcoming_problems", channel="1", kind="pool_small") == 2
    assert value("channel_upcoming_problems", channel="1", kind="file_gone") == 0
    assert value("channel_clients", channel="1", mode="ts", rendition="720p") == 3
    assert value("channel_clients", channel="1", mode="hls", rendition="720p") == 2
    assert value("channel_clients", channel="1", mode="hls", rendition="480p") == 7
    assert value("channel_decks", channel="1") == 2
    assert value("channel_planning_seconds_sum", channel="1") == 0.25
    assert value("channel_planning_seconds_count", channel="1") == 7
    assert value("channel_commands_total", channel="1", command="skip", result="accepted") == 8
    assert value("alerts_active", rule="slate") == 1
    assert value("alerts_active", rule="disk") == 0
    assert value("alert_messages_total", receiver="webhook", result="sent") == 5
    assert value("disk_free_bytes", folder="home") == 10
    assert value("workers_killed_total", pool="file") == 3
    assert value("tuner_tuners", device="kids") == 2
    assert value("station_loop_lag_seconds") == 0.004
    assert value("station_prepare_speed_ratio") == 2.5
    assert value("output_bitrate_bits_per_second", channel="1", output="head end") == 4_000_500
    assert value("output_state", channel="1", output="head end", state="waiting") == 1
    assert ("retrovue_channel_black_since_timestamp_seconds", (("channel", "1"),)) not in found
    assert found["process_resident_memory_bytes", ()] > 1_000_000


def test_the_histogram_of_the_loop() -> None:
    found = samples(read_text(text_of()))
    name = "retrovue_station_loop_delay_seconds"
    bounds = [str(bound) for bound in BOUNDS_S] + ["+Inf"]
    counts = [found[f"{name}_bucket", (("le", bound),)] for bound in bounds]
    assert counts == [sum(range(number + 1)) for number in range(len(bounds))]
    assert found[f"{name}_count", ()] == counts[-1]
    assert found[f"{name}_sum", ()] == 1.5
    delays = DelayHistogram()
    for each in (0.0, 0.001, 0.0011, 9.0):
        delays.add(each)
    assert (delays.counts[0], delays.counts[1], delays.counts[-1]) == (2, 1, 1)


def test_the_names_of_the_first_version_still_exist() -> None:
    found = {name for name, _ in samples(read_text(text_of()))}
    assert [name for name in DOCUMENTED if f"retrovue_{name}" not in found] == []


def test_openmetrics_if_it_is_asked_for() -> None:
    body, content_type = exposition(SCRAPE, OPENMETRICS)
    assert content_type.startswith("application/openmetrics-text; version=1.0.0; charset=utf-8")
    assert body.endswith(b"# EOF\n")
    in_text = samples(read_text(text_of()))
    in_openmetrics = samples(read_openmetrics(body.decode()))  # type: ignore[no-untyped-call]
    changing = {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_virtual_memory_bytes"}
    assert {key for key in in_text if key[0] not in changing} <= in_openmetrics.keys()
    assert all(in_openmetrics[key] == value for key, value in in_text.items() if key[0].startswith("retrovue_"))


@pytest.mark.parametrize(
    "accept", ["", "*/*", "text/plain", "application/json", "application/openmetrics-text;q", "\0"]
)
def test_any_accept_header_gets_an_answer(accept: str) -> None:
    body, content_type = exposition(SCRAPE, accept)
    assert body
    assert content_type.partition(";")[0] in ("text/plain", "application/openmetrics-text")


def test_each_name_has_a_unit_and_each_text_is_a_sentence() -> None:
    for family in read_text(text_of()):
        if family.name.startswith("retrovue_"):
            assert re.fullmatch(r"[A-Z0-9].*\.", family.documentation), family
            assert not re.search(r"_(ms|millis|kbps|kb|mb|percent|minutes)(_|$)", family.name), family
            assert (family.type == "counter") == any(each.name.endswith("_total") for each in family.samples)


def test_no_file_no_address_and_no_secret_is_in_it() -> None:
    text = text_of() + text_of(accept=OPENMETRICS)
    for part in ("/secret", "srt://", "http://h", "it refuses"):
        assert part not in text


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_name_can_be_read_again(name: str, output: str) -> None:
    channel = dataclasses.replace(CHANNEL, name=name, outputs=(dataclasses.replace(CHANNEL.outputs[0], name=output),))
    scrape = dataclasses.replace(SCRAPE, station=dataclasses.replace(STATION, channels=(channel,)))
    text = exposition(scrape)[0].decode("utf-8", "surrogatepass")
    if not {"\r", "\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e"} & {*name, *output}:
        found = samples(read_text(text))
        labels = {dict(labels)["name"] for metric, labels in found if metric == "retrovue_channel_info"}
        assert labels == {name}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_finds_only_two_old_names() -> None:
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=exposition(SCRAPE)[0], capture_output=True, check=False, timeout=30
    )
    wrong = [line.partition(" ")[0] for line in (done.stdout + done.stderr).decode().splitlines()]
    assert wrong == [  # they are from the first version, and bit rates are stated in bits everywhere else
        "retrovue_channel_deck_bitrate_bits_per_second",
        "retrovue_output_bitrate_bits_per_second",
    ]
