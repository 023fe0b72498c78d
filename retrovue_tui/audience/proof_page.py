"""The proof of play as a page to print: HTML with an SVG chart, without scripts and without other files. Pure."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from retrovue_tui.protocol.asrun_export import iso_time
from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.audience import ProofAiring, ProofOfPlay, RetentionCurve

WIDTH: Final = 680
HEIGHT: Final = 180
_STYLE: Final = (
    "body{font:10pt/1.4 sans-serif;color:#111;background:#fff;margin:2em}table{border-collapse:collapse;width:100%}"
    "th,td{border-bottom:1px solid #ccc;padding:.2em .5em;text-align:left;vertical-align:top}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}tr.early td{background:#fdecea}"
    "thead{display:table-header-group}tr{break-inside:avoid}svg{max-width:100%}@page{margin:15mm}"
)
_HEADS: Final = (
    "Began", "Channel", "Spot", "File", "Break", "After", "Frames aired", "Frames", "Ended", "Viewers", "Seconds seen",
)  # fmt: skip


def proof_page(proof: ProofOfPlay) -> str:
    """Return the page: the sums, the curve of the retention, and each airing to the frame. Rows of airings that were
    not complete are marked, and say what cut them short."""
    wanted, total = proof.filter, proof.total
    whom = _text(wanted.advertiser or wanted.spot or "all spots")
    since = "the first airing" if wanted.since is None else _time(wanted.since)
    until = _time(proof.at if wanted.until is None else wanted.until)
    stayed = (
        "" if total.retention is None else f" Of those who saw the start, {100 * total.retention:.1f} % saw the end."
    )
    left_out = (
        f"<p>{proof.left_out} more airings are not listed; choose a shorter period.</p>" if proof.left_out else ""
    )
    heads = "".join(f"<th>{head}</th>" for head in _HEADS)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>Proof of play: {whom}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>Proof of play: {whom}</h1>\n"
        f"<p>{_text(proof.station)}. From {since} to {until}. Made {_time(proof.at)}.</p>\n"
        f"<p>{total.airings} airings, {total.completed} complete. {total.viewer_seconds / 3_600:.2f} hours seen."
        f" {stayed}</p>\n{retention_chart(proof.curve)}\n<table><thead><tr>{heads}</tr></thead><tbody>\n"
        f"{''.join(map(_row, proof.airings))}</tbody></table>\n{left_out}</body></html>\n"
    )


def retention_chart(curve: RetentionCurve) -> str:
    """Return the share of the viewers who stay, second by second, as SVG; empty if there is no curve."""
    if len(curve.stayed) < 2:
        return ""
    last = len(curve.stayed) - 1
    points = " ".join(f"{40 + (WIDTH - 50) * n / last:.1f},{_y(share):.1f}" for n, share in enumerate(curve.stayed))
    lines = "".join(
        f'<path d="M40 {_y(share):.1f}H{WIDTH - 10}" stroke="#ddd"/>'
        f'<text x="34" y="{_y(share) + 4:.1f}" text-anchor="end">{share:.0%}</text>'
        for share in (0.0, 0.5, 1.0)
    )
    seconds = last * curve.step_s
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" font-size="11" font-family="sans-serif">'
        f"<title>Viewers who stay, over {seconds} seconds</title>{lines}"
        f'<polyline points="{points}" fill="none" stroke="#06c" stroke-width="2"/>'
        f'<text x="40" y="{HEIGHT - 4}">0 s</text>'
        f'<text x="{WIDTH - 10}" y="{HEIGHT - 4}" text-anchor="end">{seconds} s</text></svg>'
    )


def _y(share: float) -> float:
    return 10 + (HEIGHT - 40) * (1 - min(1.0, max(0.0, share)))


def _row(airing: ProofAiring) -> str:
    early = "" if airing.ended in ("complete", None) else ' class="early"'
    ended = _text(f"{airing.ended or 'on air'}: {airing.why}" if airing.why else airing.ended or "on air")
    place = f"{airing.break_id or ''} {'' if airing.position is None else f'#{airing.position}'}"
    frames = f"{airing.first_frame}–{airing.end_frame}" if airing.end_frame is not None else f"{airing.first_frame}–"
    cells = (
        ("", _time(airing.started_at)), ("", _text(airing.channel)), ("", _text(airing.title)),
        ("", _text(airing.variant.rpartition("/")[2])), ("", _text(place)), ("", _text(airing.programme)),
        ("n", f"{airing.frames_aired} of {airing.frames_planned}"), ("n", frames), ("", ended),
        ("n", f"{airing.viewers_start} → {airing.viewers_end}"), ("n", f"{airing.viewer_seconds:.1f}"),
    )  # fmt: skip
    row = "".join(f'<td class="{kind}">{text}</td>' if kind else f"<td>{text}</td>" for kind, text in cells)
    return f"<tr{early}>{row}</tr>\n"


def _time(at: float) -> str:
    return iso_time(at).replace("T", " ")


def _text(text: str) -> str:
    return escape(printable(text))
