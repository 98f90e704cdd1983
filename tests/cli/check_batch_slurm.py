"""hinge batch as a job array of Slurm: a cluster of one node, which this test starts and ends.
usage: check_batch_slurm.py HINGE"""
import os
import shutil
import socket
import subprocess
import sys
import time
import unittest

import numpy as np

from command import ENVIRONMENT, HINGE, Command
import models

DAEMONS = ["munged", "slurmctld", "slurmd"]
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
SKIPPED = 77

CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
CredType=cred/munge
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def tree(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*"))
            if p.is_file()}


class JobArray(Command):
    def start(self, *command):
        log = open(self.folder / f"{command[0]}.log", "wb")
        self.addCleanup(log.close)
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder,
                                   env=self.environment)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)

    def setUp(self):
        super().setUp()
        (self.folder / "key").write_bytes(os.urandom(64))
        (self.folder / "key").chmod(0o600)
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        host = socket.gethostname().split(".")[0]
        (self.folder / "slurm.conf").write_text(CONFIGURATION.format(
            folder=self.folder, host=host, ports=free_ports(2), cpus=os.cpu_count()))
        self.environment = {**ENVIRONMENT, "PATH": PATH,
                            "SLURM_CONF": str(self.folder / "slurm.conf")}
        self.start("munged", "--force", "--foreground", f"--socket={self.folder}/munge.sock",
                   f"--key-file={self.folder}/key", f"--pid-file={self.folder}/munged.pid",
                   f"--log-file={self.folder}/munged.txt", f"--seed-file={self.folder}/seed")
        self.wait_for("munge's socket", (self.folder / "munge.sock").exists)
        self.start("slurmctld", "-D", "-f", str(self.folder / "slurm.conf"))
        self.start("slurmd", "-D", "-f", str(self.folder / "slurm.conf"), "-N", host)
        self.wait_for("an idle node", lambda: "idle" in subprocess.run(
            ["sinfo", "-h", "-o", "%T"], env=self.environment, capture_output=True,
            text=True).stdout)

    def wait_for(self, what, is_there):
        for _ in range(600):
            if is_there():
                return
            time.sleep(0.1)
        logs = "\n".join(p.read_text(errors="replace")[-2000:] for p in self.folder.glob("*.log"))
        self.fail(f"{what} did not come\n{logs}")

    def test_parts(self):
        """The line of hinge batch --help."""
        model = models.relu(self.folder / "relu.onnx")
        np.save(self.folder / "x.npy",
                np.random.default_rng(1).standard_normal((100, 3)).astype(np.float32))
        batch = ["batch", model, "-i", "x=x.npy", "--shard", "3", "-o"]
        self.hinge(*batch, "reference")
        line = " ".join([HINGE, *batch, "results", "--part", "$SLURM_ARRAY_TASK_ID/8"])
        result = subprocess.run(["sbatch", "--wait", "--array=1-8", "--wrap", line],
                                cwd=self.folder, env=self.environment, capture_output=True,
                                text=True, timeout=600)
        said = "\n".join(p.read_text() for p in sorted(self.folder.glob("slurm-*.out")))
        self.assertEqual(result.returncode, 0, result.stderr + said)
        self.assertEqual(said.count("0 failed"), 8, said)
        self.assertEqual(tree(self.folder / "results"), tree(self.folder / "reference"))


if __name__ == "__main__":
    missing = [name for name in [*DAEMONS, "sbatch"] if not shutil.which(name, path=PATH)]
    if missing or os.geteuid() != 0:
        print("needs root for a node of Slurm" if not missing else f"needs {', '.join(missing)}")
        sys.exit(SKIPPED)
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
