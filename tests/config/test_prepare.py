"""[prepare]: the address of a farm, its files, and where folders are on its machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrovue_tui.config.config_file import read_config
from retrovue_tui.config.prepare import PrepareConfig, TlsFiles

CHANNEL = '[[channel]]\nid = "1"\nnumber = 1\nname = "One"\n'


def read(folder: Path, text: str) -> tuple[PrepareConfig | None, list[str]]:
    (folder / "retrovue.toml").write_text(f"[prepare]\n{text}\n{CHANNEL}")
    config, problems = read_config(folder)
    return (None if config is None else config.prepare), [f"{each.line}: {each.reason}" for each in problems]


def test_a_farm_with_paths(tmp_path: Path) -> None:
    text = 'farm = "tcp://render-1:8786/"\n[prepare.paths]\n"/srv/media" = "/mnt/media/"\n"/a" = "/"\n'
    assert read(tmp_path, text) == (
        PrepareConfig(farm="tcp://render-1:8786", paths=(("/srv/media", "/mnt/media"), ("/a", "/"))), [],
    )  # fmt: skip
    files = 'farm_ca = "ca.pem"\nfarm_cert = "/c.pem"\nfarm_key = "key.pem"'
    config, problems = read(tmp_path, f'farm = "tls://[::1]:1"\n{files}')
    assert not problems
    assert config is not None
    assert config.tls == TlsFiles(tmp_path / "ca.pem", Path("/c.pem"), tmp_path / "key.pem")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('farm = "render-1"', "2: farm: 'render-1' is not the address of a scheduler; write it like"),
        ('farm = "tcp://a:99999"', "2: farm: port 99999 is not between 1 and 65535"),
        ("farm = 8786", '2: farm is a text in quotes, not 8786; write farm = "8786"'),
        ('farm = "tls://a:1"', "2: a farm with tls:// needs farm_ca, the path of a PEM file"),
        ('farm = "tcp://a:1"\nfarm_key = "k"', '3: farm_key is of no use without encryption; write farm = "tls://…"'),
        ("paths = 1", "2: paths is a table, such as"),
        ('[prepare.paths]\n"media" = "/m"', "3: 'media' = '/m': both are absolute paths of folders, such as"),
        ('[prepare.paths]\n"/media" = 2', "3: '/media' = 2: both are absolute paths of folders, such as"),
        ('frm = "x"', "2: unknown key 'frm' in [prepare]; did you mean 'farm'?"),
    ],
)
def test_a_wrong_value_is_reported_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    config, problems = read(tmp_path, text)
    assert config is None
    assert len(problems) == 1
    assert problems[0].startswith(problem)
