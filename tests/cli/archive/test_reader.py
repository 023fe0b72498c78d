"""Archives that anybody may have made: what is wrong is refused with a reason, and nothing is written outside."""

from __future__ import annotations

import contextlib
import gzip
import io
import shutil
import tarfile
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from retrovue_tui.cli.archive import reader
from retrovue_tui.cli.archive.contents import belongs
from retrovue_tui.cli.archive.manifest import decode_manifest
from retrovue_tui.cli.archive.reader import read_archive
from retrovue_tui.errors import StationError
from tests.cli.archive.homes import Mode, header, manifest_of, write_export, write_tar

if TYPE_CHECKING:
    from pathlib import Path

FILES: Final = {"home/retrovue.toml": b"name = 'x'\n", "home/state/a.json": b"{}", "home/channels/1.ffconcat": b"x" * 9}


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_right_archive(mode: Mode, tmp_path: Path) -> None:
    path = write_export(tmp_path / "a.tar", FILES, mode)
    manifest = read_archive(path, tmp_path / "out")
    assert manifest == manifest_of(FILES)
    assert {name: (tmp_path / "out" / name).read_bytes() for name in FILES} == FILES
    assert all((tmp_path / "out" / name).stat().st_mode & 0o777 == 0o600 for name in FILES)
    assert read_archive(path, None) == manifest


def wrong(tmp_path: Path, *members: tuple[tarfile.TarInfo, bytes], mode: Mode = "w") -> str:
    """Return why an archive with these files after a correct manifest is refused. No file may lie outside its
    folder."""
    files = {info.name: data for info, data in members if info.type == tarfile.REGTYPE}
    shutil.rmtree(tmp_path / "out", ignore_errors=True)
    good = manifest_of({name: data for name, data in files.items() if belongs(name)})
    path = write_tar(tmp_path / "a.tar", header("manifest.json", good.encoded()), *members, mode=mode)
    before = {each for each in tmp_path.rglob("*") if "out" not in each.parts}
    with pytest.raises(StationError) as refused:
        read_archive(path, tmp_path / "out")
    assert {each for each in tmp_path.rglob("*") if "out" not in each.parts} == before
    assert not any(each.is_symlink() for each in tmp_path.rglob("*"))
    assert refused.value.message.startswith(f"{path}: ")
    return refused.value.message.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    "name",
    ["../evil", "/tmp/evil", "home/../../evil", "home/.bashrc", "home/state/station.lock", "operator/../x", "evil",
     "home/channels/a\x1bb", "home/channels/a\udcffb/../../../x"],
)  # fmt: skip
def test_unsafe_names(name: str, tmp_path: Path) -> None:
    assert "does not belong into an archive" in wrong(tmp_path, header(name, b"evil"))


@pytest.mark.parametrize(
    ("kind", "link"),
    [(tarfile.SYMTYPE, "/etc/passwd"), (tarfile.LNKTYPE, "home/channels/a"), (tarfile.CHRTYPE, ""),
     (tarfile.BLKTYPE, ""), (tarfile.FIFOTYPE, ""), (tarfile.DIRTYPE, ""), (tarfile.CONTTYPE, ""),
     (tarfile.GNUTYPE_SPARSE, ""), (b"Z", "")],
)  # fmt: skip
def test_only_plain_files(kind: bytes, link: str, tmp_path: Path) -> None:
    reason = wrong(tmp_path, header("home/channels/x", b"", kind, link))
    assert "is not a plain file" in reason or "damaged" in reason


def test_a_link_and_a_file_behind_it(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    link = header("home/channels", b"", tarfile.SYMTYPE, str(tmp_path / "target"))
    assert "is not a plain file" in wrong(tmp_path, link, header("home/channels/x", b"evil"))
    assert list((tmp_path / "target").iterdir()) == []


def test_names_that_exclude_each_other(tmp_path: Path) -> None:
    twice = header("home/channels/x", b"1")
    assert "twice" in wrong(tmp_path, twice, twice)
    path = write_export(tmp_path / "b.tar", {"home/channels/x": b"1", "home/channels/x/y": b"2"})
    with pytest.raises(StationError, match="two of its files exclude each other"):
        read_archive(path, tmp_path / "out2")


def test_files_and_manifest_must_agree(tmp_path: Path) -> None:
    manifest = header("manifest.json", manifest_of(FILES).encoded())
    members = {name: header(name, data) for name, data in FILES.items()}
    changed = {**members, "home/state/a.json": header("home/state/a.json", b"[]")}
    more = {**members, "home/state/b.json": header("home/state/b.json", b"[]")}
    fewer = {name: member for name, member in members.items() if name != "home/state/a.json"}
    for some, reason in ((changed, "other contents"), (more, "not in its manifest"), (fewer, "is missing")):
        path = write_tar(tmp_path / "a.tar", manifest, *some.values())
        with pytest.raises(StationError, match=reason):
            read_archive(path, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{}", "manifest cannot be read"), ("[" * 100_000, "manifest cannot be read"), ("nonsense", "cannot be read"),
        ('{"format": 2, "version": "9.9"}', "format 2, and this retrovue-tui reads format 1; use .* 9.9"),
        ('{"format": 1, "version": "1", "made": "", "station": "", "home": "", "tokens": 1, "files": []}', "cannot be"),
    ],
)  # fmt: skip
def test_wrong_manifests(text: str, reason: str) -> None:
    with pytest.raises(StationError, match=reason):
        decode_manifest(text.encode())


def test_a_manifest_with_unsafe_names_or_a_name_twice() -> None:
    good = manifest_of(FILES).encoded()
    with pytest.raises(StationError):
        decode_manifest(good.replace(b"home/state/a.json", b"home/../a.json"))
    with pytest.raises(StationError, match="twice"):
        decode_manifest(good.replace(b"home/state/a.json", b"home/retrovue.toml"))


@pytest.mark.parametrize(
    "data", [b"", b"not a tar file", b"\x1f\x8b", b"\x1f\x8b\x08garbage", bytes(10_240), b"PK\x03\x04"]
)
def test_other_files_are_no_archive(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(data)
    with pytest.raises(StationError, match=r"damaged, or not a tar file|not an archive of"):
        read_archive(tmp_path / "a.tar", None)


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    members = [header(f"home/channels/{number}", b"12345") for number in range(4)]
    for limit, value in (("MOST_FILES", 3), ("MOST_BYTES", 19), ("MOST_FILE_BYTES", 4)):
        with monkeypatch.context() as patched:
            patched.setattr(reader, limit, value)
            assert "too large" in wrong(tmp_path, *members)
    monkeypatch.setattr(reader, "MOST_MANIFEST_BYTES", 100)
    assert "manifest is larger" in wrong(tmp_path, *members)


def test_a_header_that_claims_to_be_huge_needs_no_memory(tmp_path: Path) -> None:
    """An extended header of 3 GB of zeros packs to 3 MB, and `tarfile` would read it as a whole."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 3_000_000_000
    path = tmp_path / "a.tar"
    path.write_bytes(gzip.compress(info.tobuf() + bytes(2_000_000)))
    with pytest.raises(StationError, match="header of more than"):
        read_archive(path, None)


def test_an_archive_that_ends_in_the_middle(tmp_path: Path) -> None:
    whole = write_export(tmp_path / "a.tar", FILES).read_bytes()
    for end in (100, 600, 1_500, 2_100):
        (tmp_path / "a.tar").write_bytes(whole[:end])
        with pytest.raises(StationError):
            read_archive(tmp_path / "a.tar", None)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_export(tmp_path_factory.mktemp("export") / "a.tar", FILES).read_bytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(
    st.lists(st.tuples(st.integers(0, 5_000), st.binary(min_size=1, max_size=12)), min_size=1, max_size=4),
    st.booleans(),
)
@example([(124, b"-0000000001")], False)
@example([(124, b"\xff" * 12)], False)
@example([(156, b"x")], False)
def test_damaged_bytes(whole: bytes, tmp_path: Path, spots: list[tuple[int, bytes]], packed: bool) -> None:
    """Either the archive is the same as before in all that counts, or it is refused with a reason."""
    data = bytearray(whole)
    for at, some in spots:
        data[at : at + len(some)] = some
        _repair_sums(data)
    path = tmp_path / "a.tar"
    path.write_bytes(gzip.compress(bytes(data), 1) if packed else bytes(data))
    with contextlib.suppress(StationError):
        manifest = read_archive(path, None)
        assert {each.name: each.sha256 for each in manifest.files} == {
            each.name: each.sha256 for each in manifest_of(FILES).files
        }


def _repair_sums(data: bytearray) -> None:
    """Give all headers the right checksum, so that `tarfile` believes them."""
    at = 0
    with contextlib.suppress(tarfile.TarError, ValueError, OverflowError):
        while at + 512 <= len(data) and any(data[at : at + 512]):
            block = bytes(data[at : at + 148]) + b" " * 8 + bytes(data[at + 156 : at + 512])
            data[at + 148 : at + 156] = f"{sum(block):06o}\0 ".encode()
            info = tarfile.TarInfo.frombuf(bytes(data[at : at + 512]), "utf-8", "surrogateescape")
            at += 512 + max(0, -(-info.size // 512) * 512)


def test_the_helper_makes_headers_that_tarfile_reads(whole: bytes) -> None:
    data = bytearray(whole)
    _repair_sums(data)
    with tarfile.open(fileobj=io.BytesIO(bytes(data))) as tar:
        assert tar.getnames() == ["manifest.json", *FILES]
