"""`audience`: prints how many watched what, or every airing of an advertiser's spots, whether the station runs or
not."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from retrovue_tui.config.config_file import read_config
from retrovue_tui.config.station_config import Config
from retrovue_tui.errors import StationError
from retrovue_tui.protocol.answers.audience import MOST_ROWS, AudienceFilter
from retrovue_tui.protocol.json_codec import to_json
from retrovue_tui.text.printable import json_safe

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable


def audience(arguments: argparse.Namespace) -> int:
    """`audience [--by DIMENSION] [--variant FILE] [--proof] [--csv|--json|--html]`. Raises `StationError` if the log
    cannot be read."""
    from retrovue_tui.playout.asrun.database import FILE_NAME

    is_proof = arguments.proof or arguments.html
    if is_proof and arguments.variant:
        print("retrovue-tui: a proof of play lists whole airings: --variant goes without --proof and --html",
              file=sys.stderr)  # fmt: skip
        return 2
    found, _ = read_config(arguments.home)
    config = found or Config(arguments.home)
    path = config.state_dir / FILE_NAME
    if not path.exists():
        print(f"retrovue-tui: nothing has aired yet: there is no {path}", file=sys.stderr)
        return 1
    wanted = AudienceFilter(arguments.channel, arguments.since, arguments.until, arguments.spot, arguments.advertiser)
    if arguments.variant:
        wanted = replace(wanted, dimension="variant", key=_file(arguments.variant))
    try:
        text = _proof(path, config, wanted, arguments) if is_proof else _figures(path, config, wanted, arguments)
    except OSError as error:
        raise StationError(f"the audience cannot be shown: {error}") from error
    sys.stdout.writelines(text)
    return 0


def _file(named: str) -> str:
    """Return what selects a file in the log: its absolute path, or its name alone if it is not in this folder."""
    is_name = Path(named).name == named and not Path(named).exists()
    return named if is_name else str(Path(named).absolute())


def _figures(path: Path, config: Config, wanted: AudienceFilter, arguments: argparse.Namespace) -> Iterable[str]:
    from retrovue_tui.audience.tables import figures_csv, figures_text
    from retrovue_tui.playout.asrun.audience_report import audience_report

    kept = config.audience.keep.total_seconds()
    report = audience_report(path, wanted, arguments.by, rows=MOST_ROWS, kept_s=kept)
    if arguments.json:
        return [_json(report)]
    return figures_csv(report) if arguments.csv else figures_text(report)


def _proof(path: Path, config: Config, wanted: AudienceFilter, arguments: argparse.Namespace) -> Iterable[str]:
    from retrovue_tui.audience.proof_page import proof_page
    from retrovue_tui.audience.tables import proof_csv, proof_text
    from retrovue_tui.playout.asrun.audience_report import proof_of_play

    proof = proof_of_play(path, config.name, wanted)
    if arguments.html:
        return [proof_page(proof)]
    if arguments.json:
        return [_json(proof)]
    return proof_csv(proof) if arguments.csv else proof_text(proof)


def _json(answer: object) -> str:
    return f"{json_safe(json.dumps(to_json(answer), ensure_ascii=False, indent=1))}\n"
