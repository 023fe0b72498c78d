"""Reports on an audience that came and went on a known plan."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import xml.dom.minidom
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, get_args

import pytest

from retrovue_tui.audience.proof_page import proof_page, retention_chart
from retrovue_tui.audience.tables import figures_csv, figures_text, proof_csv, proof_text
from retrovue_tui.playout.asrun.audience_report import audience_report, proof_of_play
from retrovue_tui.playout.asrun.database import AsRunDatabase
from retrovue_tui.protocol.answers.audience import AudienceFilter, AudienceReport, Dimension
from retrovue_tui.protocol.json_codec import from_json, to_json
from tests.playout.asrun.scripted_audience import PARTS, ScriptedAudience, counted

if TYPE_CHECKING:
    from pathlib import Path


async def at_once(at: float) -> float:
    return at


@pytest.fixture
async def log(tmp_path: Path) -> Path:
    """The log of sixty clients over a programme, a break of three spots, and the programme again."""
    audience = ScriptedAudience(60, 20.0)
    path = tmp_path / "asrun.db"
    base = AsRunDatabase(path)
    await base.start()
    await audience.play(base, at_once)
    await base.close()
    for right, found in zip(audience.expected(), counted(path), strict=True):
        assert found[:5] == right[:5]
        assert found.seconds == pytest.approx(right.seconds, rel=0.005)
    return path


def test_figures_by_each_dimension_add_up(log: Path) -> None:
    for by in get_args(Dimension):
        report = audience_report(log, AudienceFilter(), by, hours=True)
        assert [len(seen) for seen in report.hours] == [24] * len(report.rows)
        assert sum(map(sum, report.hours)) == pytest.approx(report.total.viewer_seconds, rel=1e-3)
        assert sum(row.airings for row in report.rows) == report.total.airings == (2 if by == "programme" else 3)
        assert sum(row.left for row in report.rows) == report.total.left
        assert sum(row.viewer_seconds for row in report.rows) == pytest.approx(report.total.viewer_seconds)
        assert from_json(AudienceReport, json.loads(json.dumps(to_json(report)))) == report
        assert len(list(csv.reader(io.StringIO("".join(figures_csv(report)))))) == 1 + len(report.rows)
        assert "airings" in "".join(figures_text(report))


def test_the_curves_are_those_of_the_viewers(log: Path) -> None:
    audience = ScriptedAudience(60, 20.0)
    report = audience_report(log, AudienceFilter(spot="cola.mp4"), "spot")
    there = [each for each in audience.clients if each.joins_at < 20 <= each.leaves_at]
    curve = report.curve
    assert (curve.viewers_start, len(curve.stayed), curve.stayed[0]) == (len(there), 21, 1.0)
    for second in range(1, 21):
        right = sum(each.leaves_at >= 20 + second for each in there) / len(there)
        assert curve.stayed[second] == pytest.approx(right, abs=1e-3)
    through = report.break_curve
    assert len(through.stayed) == 61
    assert through.stayed[-1] == pytest.approx(sum(each.leaves_at >= 80 for each in there) / len(there), abs=1e-3)
    now = sum(each.joins_at < 50 <= each.leaves_at for each in audience.clients)
    assert through.audience[30] == pytest.approx(now / len(there), abs=1e-3)


def test_a_spot_is_compared_with_the_programme_before_its_break(log: Path) -> None:
    film = ScriptedAudience(60, 20.0).expected()[0]
    for row in audience_report(log, AudienceFilter(), "position").rows:
        assert row.left_per_hour_before == pytest.approx(3_600 * film.left / film.seconds, rel=1e-3)


def test_filters_choose_airings(log: Path) -> None:
    assert audience_report(log, AudienceFilter(advertiser="COLA"), "spot").total.airings == 1
    assert audience_report(log, AudienceFilter(channel="2"), "spot").total.airings == 0
    assert audience_report(log, AudienceFilter(since=1_700_000_030), "spot").total.airings == 2
    assert audience_report(log, AudienceFilter(until=1_700_000_030), "spot").total.airings == 1
    assert audience_report(log, AudienceFilter(), "spot", rows=1).rows_left_out == 2


def test_a_filter_chooses_one_group_of_any_dimension(log: Path) -> None:
    for by in get_args(Dimension):
        for row in audience_report(log, AudienceFilter(), by).rows:
            one = audience_report(log, AudienceFilter(dimension=by, key=row.key), by)
            assert one.rows == (row,)
            hours = audience_report(log, AudienceFilter(dimension=by, key=row.key), "hour")
            assert (hours.total.airings, hours.curve) == (row.airings, one.curve)
        assert audience_report(log, AudienceFilter(dimension=by, key="nothing"), by).total.airings == 0


def test_the_proof_of_play_lists_every_airing_to_the_frame_and_why_one_was_cut(log: Path) -> None:
    with closing(sqlite3.connect(log)) as base:
        base.execute(
            "UPDATE aired SET ended = 'cut', note = 'return <b>', frames_aired = 300, advertiser = 'A & B'"
            " WHERE title = 'Soap'"
        )
        base.commit()
    proof = proof_of_play(log, "RetroVue", AudienceFilter())
    assert [(each.title, each.frames_aired, each.first_frame, each.position) for each in proof.airings] == [
        ("Cola", 500, 500, 1), ("Soap", 300, 1_000, 2), ("Car", 500, 1_500, 3),
    ]  # fmt: skip
    assert [each.programme for each in proof.airings] == ["Film"] * 3
    assert (proof.total.completed, proof.total.reasons[0].why) == (2, "return <b>")
    page = proof_page(proof)
    xml.dom.minidom.parseString(page.replace("<!DOCTYPE html>", "").replace('<meta charset="utf-8">', ""))
    assert "<script" not in page
    assert "cut: return &lt;b&gt;" in page
    assert retention_chart(proof.curve).startswith("<svg")
    rows = list(csv.DictReader(io.StringIO("".join(proof_csv(proof)))))
    assert [row["frames_aired"] for row in rows] == ["500", "300", "500"]
    assert "return <b>" in "".join(proof_text(proof))
    assert [each.title for each in proof_of_play(log, "", AudienceFilter(advertiser="a & b")).airings] == ["Soap"]


async def test_an_audience_that_is_too_old_is_forgotten_and_the_log_stays(log: Path) -> None:
    base = AsRunDatabase(log, keep_audience=timedelta(days=1))
    await base.start()
    assert await base._prune()
    assert not await base._prune()
    assert len(await base.entries()) == len(PARTS)
    await base.close()
    report = audience_report(log, AudienceFilter(), "spot")
    assert (report.total.airings, report.total.viewers_start, report.curve.stayed) == (3, 0, ())


def test_a_log_without_audience_says_what_to_do(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "old.db")) as base:
        base.execute("CREATE TABLE aired (id)")
    with pytest.raises(OSError, match="start the station once"):
        audience_report(tmp_path / "old.db", AudienceFilter(), "spot")
