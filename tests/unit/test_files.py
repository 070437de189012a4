import hashlib
import resource
import select
import subprocess
import sys

import pytest

from rote.errors import RoteError
from rote.files import checksum, locked, replacing


def test_a_file_appears_whole_when_the_block_ends(tmp_path):
    with replacing(tmp_path / "new" / "file") as temporary:
        temporary.write_text("content")
        assert not (tmp_path / "new" / "file").exists()
    assert (tmp_path / "new" / "file").read_text() == "content"


def test_after_an_exception_the_old_file_stays_and_nothing_else_is_left(tmp_path):
    (tmp_path / "file").write_text("old")
    with pytest.raises(UnicodeEncodeError), replacing(tmp_path / "file") as temporary:
        temporary.write_text("half" * 10**5 + "\ud800", encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "old"


def test_a_full_disk_gives_one_clear_error_and_leaves_nothing(tmp_path):
    code = f"""
import resource, signal
from rote.files import replacing
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, {resource.RLIM_INFINITY}))
with replacing({str(tmp_path / "file")!r}) as temporary:
    temporary.write_bytes(bytes(2000))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode != 0
    assert f"RoteError: cannot write {tmp_path / 'file'}: File too large" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_fault_of_the_block_itself_is_not_blamed_on_the_file(tmp_path):
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "file"):
        (tmp_path / "absent").read_text()


def test_a_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "folder").write_text("")
    with pytest.raises(RoteError, match="folder/file"), replacing(tmp_path / "folder" / "file"):
        pass


def test_a_lock_is_held_by_one_process_and_goes_with_it(tmp_path):
    code = f"""
import os
from rote.files import locked
with locked({str(tmp_path / "lock")!r}):
    print("held", flush=True)
    os.read(0, 1)
"""
    first, second = (
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)
    )
    heard, _, _ = select.select([first.stdout, second.stdout], [], [])
    holder, waiting = (first, second) if heard == [first.stdout] else (second, first)
    assert not select.select([waiting.stdout], [], [], 1)[0]
    holder.kill()
    assert waiting.stdout.readline() == b"held\n"
    waiting.communicate(b"\n")
    holder.communicate()


def test_a_place_that_cannot_hold_a_lock_is_named(tmp_path):
    (tmp_path / "folder").write_text("")
    with pytest.raises(RoteError, match="folder/lock"), locked(tmp_path / "folder" / "lock"):
        pass


def test_checksum_is_the_digest_of_the_bytes(tmp_path):
    (tmp_path / "file").write_bytes(b"abc" * 10**5)
    assert checksum(tmp_path / "file", "md5") == hashlib.md5(b"abc" * 10**5).hexdigest()
