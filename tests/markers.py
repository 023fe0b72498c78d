"""Which markers each test has: `quick`, or what it needs. The rule of the longest path decides.

A file is `quick` if it starts no FFmpeg and no control room, and ends within about three seconds on one core. Tests of
such a file that take more than a second each have a rule of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

DESCRIPTIONS: Final = {
    "quick": "pure and fast: no FFmpeg, no control room; all together under 30 s on two cores",
    "media": "makes, reads or plays media with FFmpeg",
    "station": "starts `retrovue-tui` as a program of its own",
    "screen": "runs the control room without a terminal",
    "terminal": "runs the control room in a real terminal; needs tmux",
    "slow": "takes long: ten seconds for all tests of the file, or a second for one without media and control room",
}
RULES: Final = {
    "": "quick",
    "test_cli.py": "media station slow",
    "test_cli_analyze.py": "media",
    "test_cli_ctl.py": "media station",
    "test_cli_files.py": "media station",
    "test_cli_homes.py": "station",
    "files/test_file_watch.py": "slow",
    "test_readme.py": "media station slow",
    "test_redaction.py": "station",
    "decoding": "media",
    "media": "media",
    "media/analysis": "quick",
    "media/analysis/test_analyser.py": "media",
    "media/ffmpeg/test_locate.py": "quick",
    "media/ffmpeg/test_stall.py": "media slow",
    "media/rendering": "media slow",
    "media/rendering/test_piece_store.py": "quick",
    "media/test_recipes.py": "media slow",
    "media/test_recipes_shape.py": "media slow",
    "playout": "media station",
    "playout/asrun": "media station slow",
    "playout/asrun/test_database.py": "slow",
    "playout/asrun/test_schema.py": "quick",
    "playout/automation": "media slow",
    "playout/automation/test_edit_session.py": "quick",
    "playout/automation/test_edit_session.py::test_random_edits_leave_what_has_left_alone_and_come_to_the_same_again": "slow",  # noqa: E501
    "playout/automation/test_file_names.py": "quick",
    "playout/channel": "media slow",
    "playout/decks": "media slow",
    "playout/decks/test_deck_queue.py": "quick",
    "playout/decks/test_deck_queue_failures.py": "quick",
    "playout/decks/test_deck_queue_failures.py::test_a_killed_process_is_replaced_where_it_stopped": "media",
    "playout/library": "media",
    "playout/monitoring": "media slow",
    "playout/monitoring/test_alarms.py": "quick",
    "playout/mpegts": "quick",
    "playout/output": "quick",
    "playout/output/test_splicer.py::test_the_audio_error_never_adds_up": "slow",
    "playout/channel/test_air_clock.py": "quick",
    "playout/test_hostile_media.py": "media slow",
    "playout/test_planner.py": "media",
    "playout/test_resume_point.py": "quick",
    "playout/test_station.py": "media station slow",
    "rundown/test_entry_edits.py::test_a_split_loses_and_adds_no_frame": "slow",
    "rundown/test_entry_edits.py::test_a_trim_airs_the_frames_between_its_ends_and_touches_no_other": "slow",
    "rundown/test_entry_edits.py::test_what_is_put_in_airs_once_and_taken_out_again_leaves_the_same_frames": "slow",
    "rundown/test_ffconcat.py::test_a_rundown_reads_back": "slow",
    "rundown/test_ffconcat.py::test_ten_thousand_entries": "slow",
    "rundown/test_ffconcat_in_ffmpeg.py": "media",
    "rundown/test_plan_diff.py::test_frames_are_counted_up_to_the_first_that_differs": "slow",
    "rundown/test_position_mapping.py::test_long_rundowns": "slow",
    "rundown/test_random_edits.py": "slow",
    "rundown/test_undo_history.py::test_a_difference_leads_there_and_back": "slow",
    "server/routes/test_picture_routes.py": "media station",
    "server/test_fuzz.py": "slow",
    "streaming": "media slow",
    "streaming/test_break_points.py": "quick",
    "streaming/test_chunk_queue.py": "quick",
    "streaming/test_examples.py": "media",
    "streaming/test_source_switch.py": "quick",
    "tui": "screen",
    "tui/rooms/asrun/test_export_file.py": "quick",
    "tui/rooms/asrun/test_log_pages.py": "quick",
    "tui/rooms/asrun/test_rows.py": "quick",
    "tui/rooms/asrun/test_screen.py": "screen slow",
    "tui/rooms/bin/test_placement.py": "quick",
    "tui/rooms/bin/test_rows.py": "quick",
    "tui/rooms/bin/test_screen.py": "screen slow",
    "tui/rooms/bin/test_selection.py": "quick",
    "tui/rooms/control_room/monitor/test_monitor_on_air.py": "media screen station",
    "tui/rooms/control_room/test_screen.py": "screen slow",
    "tui/rooms/control_room/test_stall_detector.py": "quick",
    "tui/rooms/timeline/test_drawing.py": "quick",
    "tui/rooms/timeline/test_geometry.py": "quick",
    "tui/rooms/timeline/test_line.py": "quick",
    "tui/rooms/timeline/test_pinning.py": "quick",
    "tui/rooms/timeline/test_timeline_keys.py": "screen slow",
    "tui/rooms/timeline/test_timeline_on_air.py": "media screen station slow",
    "tui/terminal/test_control_filter.py": "quick",
    "tui/terminal/test_external_player.py": "quick",
    "tui/test_break_by_keys.py": "media station terminal slow",
    "tui/test_command_dispatch.py": "screen slow",
    "tui/test_end_to_end.py": "screen terminal",
    "tui/test_few_colours.py": "screen slow",
    "tui/test_keys_at_any_time.py": "screen slow",
    "tui/test_leaving_the_terminal.py": "terminal",
    "tui/test_lines.py": "quick",
    "tui/test_rooms_on_air.py": "media screen station slow",
    "tui/test_snapshots.py": "screen slow",
    "tui/test_textual_names.py": "quick",
    "tui/test_user_paths.py": "quick",
    "tui/test_workers.py": "quick",
    "tui/text": "quick",
}
"""Folders, files and tests below `tests`, and their markers."""


def markers_of(path: Path, test: str = "") -> list[str]:
    """The markers of a test, or of a file without those of single tests; `path` is named from `tests` on."""
    names = [f"{path.as_posix()}::{test}", path.as_posix(), *(parent.as_posix() for parent in path.parents)]
    return RULES[next(name for name in (*names, "") if name in RULES)].split()
