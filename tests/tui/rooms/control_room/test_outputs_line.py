"""The line with a channel's outputs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from retrovue_tui.protocol.answers.snapshots import PushedOutput
from retrovue_tui.tui.rooms.control_room.outputs_line import outputs_line

SENDING = PushedOutput("live", "rtmp://a/app/…", "sending", 0.0, 1_000, 3_100.0)
WAITING = PushedOutput("head end", "srt://a:1", "waiting", 0.0, fault="it refuses")


def test_outputs_that_do_not_send_come_first_and_each_state_has_its_glyph_and_word() -> None:
    assert outputs_line((SENDING, WAITING), 80).plain.rstrip() == (
        " OUTPUTS ! waiting head end · ● sending live 3.10 Mb/s"
    )


def test_outputs_that_do_not_fit_are_counted() -> None:
    text = outputs_line((SENDING,) * 12 + (WAITING,), 80).plain
    assert text.startswith(" OUTPUTS ! waiting head end · ● sending live")
    assert text.endswith("and 11 more")


@given(
    st.lists(st.builds(PushedOutput, st.text(min_size=1, max_size=64), st.just("udp://a:1"),
                       st.sampled_from(("sending", "failed", "waiting", "connecting")), st.just(0.0),
                       kbps=st.floats(0, 1e9)), min_size=1, max_size=16),
    st.integers(40, 200),
)  # fmt: skip
def test_the_line_fits(outputs: list[PushedOutput], width: int) -> None:
    assert cell_len(outputs_line(outputs, width).plain) <= width
