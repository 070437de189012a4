"""A real Slurm cluster on one machine: Debian's daemons, nodes that are ports, GPUs that are twins of /dev/null."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

PACKAGES = ("slurm-wlm", "slurm-wlm-basic-plugins", "munge")
SITE = Path("/etc/slurm")  # where Slurm's clients look; jobs of Snakemake are stripped of SLURM_CONF
NAME = "rote_slurm"
FILES = ("slurm.conf", "gres.conf", "cgroup.conf")
CPU_NODES = ("c1", "c2")
GPU_NODES = ("g1", "g2", "g3", "g4", "g5", "g6")
PORT = 17600


class UnavailableError(Exception):
    """Why no cluster can be had here."""


def install() -> None:
    """Install Slurm and munge where they are missing."""
    if os.geteuid() != 0:
        raise UnavailableError("only root can start Slurm's daemons")
    if not shutil.which("slurmctld") or not shutil.which("munged"):
        if not shutil.which("apt-get"):
            raise UnavailableError("Slurm is not installed, and this system has no apt-get")
        for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES]):
            done = subprocess.run(
                ["apt-get", "--quiet", *arguments],
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
                capture_output=True,
                text=True,
            )
            if done.returncode != 0:
                raise UnavailableError(f"apt-get {arguments[0]} failed: {done.stderr.strip()[-300:]}")


class Cluster:
    """Two partitions, `cpu` and `gpu`, as long as a `with` block lasts. The folder's name begins with `NAME`.

    Every node claims 4 cores and 60 GB, whatever the machine has; memory is not enforced. A GPU node has one GPU.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._daemons: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        for path in (SITE / name for name in FILES):
            if path.exists() and not _is_ours(path):
                raise UnavailableError(f"{path} belongs to another cluster")
        if subprocess.run(["scontrol", "ping"], capture_output=True).returncode == 0:
            raise UnavailableError("this machine belongs to another cluster")
        try:
            self._configure()
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._daemons:
            query("scancel", "--user", "root")
            with suppress(TimeoutError):
                wait_until(lambda: not query("squeue", "--noheader"), "every job is gone", 10)
        for daemon in reversed(self._daemons):
            daemon.terminate()
        for daemon in self._daemons:
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
        for path in (SITE / name for name in FILES):
            if _is_ours(path):
                path.unlink()

    def _configure(self) -> None:
        gpu = self.folder / "gpu0"
        try:
            os.mknod(gpu, 0o666 | 0o020000, os.makedev(1, 3))  # a twin of /dev/null: Slurm wants a device
        except OSError as error:
            raise UnavailableError(f"no device can be made here: {error}") from error
        (self.folder / "munge.key").write_bytes(os.urandom(128))
        (self.folder / "munge.key").chmod(0o400)
        prolog = self.folder / "prolog"
        prolog.write_text(f'#!/bin/sh\necho "$SLURM_JOB_ID ${{CUDA_VISIBLE_DEVICES-none}}" >> {self.folder}/devices\n')
        prolog.chmod(0o755)
        host = socket.gethostname().split(".")[0]
        nodes = [
            f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={PORT + 1 + i} CPUs=4 RealMemory=60000"
            + (" Gres=gpu:a100:1" if node in GPU_NODES else "")
            for i, node in enumerate(CPU_NODES + GPU_NODES)
        ]
        files = {
            "slurm.conf": [
                "ClusterName=rote",
                f"SlurmctldHost={host}(127.0.0.1)",
                f"SlurmctldPort={PORT}",
                "SlurmUser=root",
                f"AuthInfo=socket={self.folder}/munge.socket",
                f"StateSaveLocation={self.folder}/state",
                f"SlurmdSpoolDir={self.folder}/spool.%n",
                f"SlurmctldPidFile={self.folder}/slurmctld.pid",
                f"SlurmdPidFile={self.folder}/slurmd.%n.pid",
                f"SlurmctldLogFile={self.folder}/slurmctld.log",
                f"SlurmdLogFile={self.folder}/slurmd.%n.log",
                f"TaskProlog={prolog}",
                "MailProg=/bin/true",
                # neither systemd nor cgroups, which containers lack
                "ProctrackType=proctrack/linuxproc",
                "TaskPlugin=task/none",
                "MpiDefault=none",
                "ReturnToService=0",  # a node set down stays down
                "SlurmdParameters=config_overrides",
                "SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1",
                "SelectType=select/cons_tres",
                "SelectTypeParameters=CR_Core_Memory",
                "GresTypes=gpu",
                "MinJobAge=900",  # so long squeue knows of a job that has ended
                "KillWait=2",
                *nodes,
                f"PartitionName=cpu Nodes={','.join(CPU_NODES)} Default=YES State=UP",
                f"PartitionName=gpu Nodes={','.join(GPU_NODES)} State=UP",
            ],
            "gres.conf": [f"NodeName={','.join(GPU_NODES)} Name=gpu Type=a100 File={gpu}"],
            "cgroup.conf": ["CgroupAutomount=no"],
        }
        SITE.mkdir(exist_ok=True)
        for name, lines in files.items():
            (self.folder / name).write_text("\n".join(lines) + "\n")
            (SITE / name).unlink(missing_ok=True)
            (SITE / name).symlink_to(self.folder / name)

    def _start(self) -> None:
        munge = {"socket": "munge.socket", "key-file": "munge.key", "log-file": "munge.log", "pid-file": "munge.pid"}
        options = [f"--{option}={self.folder / file}" for option, file in munge.items()]
        self._run("munged", "--foreground", "--force", f"--seed-file={self.folder}/munge.seed", *options)
        wait_until((self.folder / "munge.socket").exists, "munged answers")
        self._run("slurmctld", "-D", "-c")
        for node in CPU_NODES + GPU_NODES:
            (self.folder / f"spool.{node}").mkdir()
            self._run("slurmd", "-D", "-N", node)
        n_nodes = len(CPU_NODES + GPU_NODES)
        wait_until(lambda: len(query("sinfo", "-hN", "-t", "idle", "-o", "%N").split()) == n_nodes, "all nodes idle")

    def _run(self, *command: str) -> None:
        """Start a daemon that ends when we do, however that comes about."""
        with (self.folder / "daemons.log").open("ab") as log:
            started = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *command], stdout=log, stderr=log)
        self._daemons.append(started)

    def jobs(self) -> list[dict[str, str]]:
        """Every job, ended ones too, in order of submission: what Slurm says of it, and `devices` that it was given."""
        lines = query("scontrol", "--oneliner", "show", "jobs").splitlines()
        jobs = [dict(re.findall(r"(\w+)=(\S*)", line)) for line in lines if line.startswith("JobId=")]
        given = dict(line.partition(" ")[::2] for line in (self.folder / "devices").read_text().splitlines())
        return sorted(
            (job | {"devices": given.get(job["JobId"], "")} for job in jobs), key=lambda job: int(job["JobId"])
        )


def _is_ours(path: Path) -> bool:
    return path.is_symlink() and NAME in str(path.readlink())


def query(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True).stdout


def wait_until(condition: Callable[[], object], what: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.1)
