# SPDX-License-Identifier: LGPL-3.0-or-later
"""Disks that another process serves: qemu-storage-daemon's vhost-user-blk.

Such a device reaches the machine's RAM by a shared mapping of it, and nothing else: not
what QEMU shows at E0000-FFFFF, which is memory of QEMU's own. Only virtio 1.x can be
spoken to it. No package of Debian's or Fedora's has a server for vhost-user-scsi.
"""
from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness import BUILD, DEADLINE, GUESTS, PASSED, Machine, finish_guest

DAEMON = os.environ.get("QEMU_STORAGE_DAEMON", "qemu-storage-daemon")
MIB = 1 << 20
LAST = b"\xa7" * 512        # what last_block.img writes


def image_of(tmp_path: Path, program: str, kind: str, size: int | None = None) -> Path:
    """A copy of a boot program's disk, which the daemon may write to."""
    raw, image = tmp_path / "raw", tmp_path / f"disk.{kind}"
    shutil.copy(GUESTS / f"{program}.img", raw)
    if size:
        os.truncate(raw, size)
    subprocess.run(["qemu-img", "convert", "-O", kind, raw, image], check=True)
    return image


def contents(image: Path) -> bytes:
    """What a guest would read from the whole of the image."""
    raw = image.with_suffix(".contents")
    subprocess.run(["qemu-img", "convert", "-O", "raw", image, raw], check=True)
    return raw.read_bytes()


class Server:
    """A running daemon that serves one image at a socket."""

    def __init__(self, image: Path, writable: bool, options: dict[str, Any]) -> None:
        # The name of a socket is short.
        self.path = BUILD / f"vhost-{os.getpid()}.sock"
        self.path.unlink(missing_ok=True)
        node = {"driver": image.suffix[1:], "node-name": "disk", "read-only": not writable,
                "file": {"driver": "file", "filename": str(image)}}
        # We listen, so that the machine can connect whether the daemon is up or not.
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.path))
            listener.listen(1)
            export = {"type": "vhost-user-blk", "id": "export", "node-name": "disk",
                      "writable": writable,
                      "addr": {"type": "fd", "str": str(listener.fileno())}, **options}
            self.process = subprocess.Popen(
                [DAEMON, "--blockdev", json.dumps(node), "--export", json.dumps(export)],
                pass_fds=[listener.fileno()])

    def stop(self) -> None:
        """As it wants to: all that it holds back is written."""
        self.process.terminate()
        self.process.wait(DEADLINE)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.path.unlink(missing_ok=True)


@contextmanager
def served(image: Path, writable: bool = True, **options: Any) -> Iterator[Server]:
    server = Server(image, writable, options)
    try:
        yield server
    finally:
        server.kill()


def machine_at(name: str, server: Server, memory: str = "128M", **options: Any) -> Machine:
    """A machine whose only disk is the server's."""
    args = ["-object", f"memory-backend-memfd,id=ram,size={memory},share=on",
            "-chardev", f"socket,id=disk,path={server.path}",
            "-device", "vhost-user-blk,chardev=disk", *options.pop("args", [])]
    machine = {"memory-backend": "ram", **options.pop("machine", {})}
    return Machine(name, machine=machine, memory=memory, modern=True, args=args, **options)


@pytest.mark.parametrize("acpi", ["on", "off"])
@pytest.mark.parametrize("writable", [True, False], ids=["writable", "read-only"])
@pytest.mark.parametrize("kind", ["raw", "qcow2"])
def test_boots(tmp_path: Path, kind: str, writable: bool, acpi: str) -> None:
    image = image_of(tmp_path, "hello_c", kind)
    before = contents(image)
    with served(image, writable) as server:
        with machine_at(f"vhost-{kind}-{writable}-{acpi}", server, machine={"acpi": acpi}
                        ) as machine:
            finish_guest(machine)
        server.stop()
    assert contents(image) == before


@pytest.mark.parametrize("memory", ["16M", "128M", "5G"])
@pytest.mark.parametrize("kind", ["raw", "qcow2"])
def test_int13(tmp_path: Path, kind: str, memory: str) -> None:
    """Reads and writes of every shape; more than 3 GiB are two ranges of memory."""
    with served(image_of(tmp_path, "int13", kind)) as server:
        with machine_at(f"vhost-int13-{kind}-{memory}", server, memory) as machine:
            finish_guest(machine)


@pytest.mark.parametrize("blocks", [512, 4096])
@pytest.mark.parametrize("kind", ["raw", "qcow2"])
def test_last_block_is_written(tmp_path: Path, kind: str, blocks: int) -> None:
    """And it is durable as soon as INT 13h has returned: the daemon is killed then."""
    image = image_of(tmp_path, "last_block", kind, 64 * MIB)
    with served(image, **{"logical-block-size": blocks}) as server:
        with machine_at(f"vhost-last-{kind}-{blocks}", server) as machine:
            machine.expect_result("^ready: written")
            server.kill()
            assert "FAIL" not in machine.results(), machine.results()
    assert contents(image)[-blocks:] == LAST * (blocks // 512)


def test_read_only_disk_is_not_written(tmp_path: Path) -> None:
    """INT 13h says so; it does not leave it to the device."""
    image = image_of(tmp_path, "last_block", "raw", 64 * MIB)
    before = image.read_bytes()
    with served(image, False) as server:
        with machine_at("vhost-read-only", server) as machine:
            machine.expect_result("^FAIL last_block:.* fine")
            assert "write error" not in machine.console()
    assert image.read_bytes() == before


def test_reset(tmp_path: Path) -> None:
    """The device is taken up again, with queues that lie where they did or elsewhere."""
    with served(image_of(tmp_path, "keys", "raw")) as server:
        with machine_at("vhost-reset", server) as machine:
            for _ in range(5):
                machine.expect_result("^ready")
                machine.qmp("system_reset")
            machine.expect_result("^ready")
