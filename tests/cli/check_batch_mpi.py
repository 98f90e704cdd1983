"""hinge batch among the ranks of an MPI job.
usage: check_batch_mpi.py HINGE MPIRUN"""
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

import numpy as np

from command import ENVIRONMENT, HINGE, Command
import models

MPIRUN = sys.argv[2]
# More ranks than cores, by root in a container, and no network to look for.
MPI_ENVIRONMENT = {**ENVIRONMENT, "OMPI_ALLOW_RUN_AS_ROOT": "1",
                   "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def tree(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*"))
            if p.is_file()}


def ranks_of(mpirun):
    """The processes of the job by rank."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
            names = (process / "environ").read_bytes().split(b"\0")
        except (OSError, IndexError):
            continue
        for name in names:
            if parent == mpirun and name.startswith(b"OMPI_COMM_WORLD_RANK="):
                found[int(name.split(b"=")[1])] = int(process.name)
    return found


class Ranks(Command):
    def setUp(self):
        super().setUp()
        self.model = models.relu(self.folder / "relu.onnx")
        self.x = np.random.default_rng(1).standard_normal((400, 3)).astype(np.float32)
        np.save(self.folder / "x.npy", self.x)
        self.hinge(*self.arguments("reference"))
        self.reference = tree(self.folder / "reference")

    def arguments(self, output, *more):
        return ["batch", self.model, "-i", "x=x.npy", "-o", output, "--shard", "4",
                "--threads", "1", *more]

    def start(self, n, *arguments, mpi=(), hinge=HINGE):
        return subprocess.Popen([MPIRUN, "--oversubscribe", *mpi, "-n", str(n), hinge,
                                 *map(str, arguments)], cwd=self.folder, env=MPI_ENVIRONMENT,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run_ranks(self, n, output, *more, status=0, **options):
        process = self.start(n, *self.arguments(output, *more), **options)
        out, err = process.communicate()
        self.assertEqual(process.returncode, status, out + err)
        return out, err

    def wait_for(self, output, n_shards):
        while len(list((self.folder / output).glob("shard-*"))) < n_shards:
            time.sleep(0.002)

    def test_same_bytes(self):
        for n in (1, 2, 4):
            out, _ = self.run_ranks(n, f"out{n}", "--json")
            self.assertEqual(tree(self.folder / f"out{n}"), self.reference)
            summary = json.loads(out)
            self.assertEqual((summary["records"], summary["shards"]), (400, 100))
            self.assertEqual((len(summary["shards_by_rank"]), sum(summary["shards_by_rank"])),
                             (n, 100))

    def test_without_shared_memory(self):
        """As between machines: the counter is reached by messages."""
        self.run_ranks(3, "out", mpi=["--mca", "osc", "^sm", "--mca", "btl", "tcp,self"])
        self.assertEqual(tree(self.folder / "out"), self.reference)

    def test_lost_rank(self):
        """Open MPI ends the others then; the next start takes up what is left."""
        for lost in (0, 2):
            output = f"lost{lost}"
            process = self.start(3, *self.arguments(output))
            self.wait_for(output, 20)
            os.kill(ranks_of(process.pid)[lost], signal.SIGKILL)
            process.communicate()
            self.assertNotEqual(process.returncode, 0)
            done = {p.name: p.stat().st_ino
                    for p in (self.folder / output).glob("shard-*")}
            self.assertLess(len(done), 100)
            out, _ = self.run_ranks(2, output)
            self.assertIn(f"before: {4 * len(done)} records", out)
            self.assertEqual(tree(self.folder / output), self.reference)
            for name, inode in done.items():
                self.assertEqual((self.folder / output / name).stat().st_ino, inode)

    def test_slow_rank_takes_fewer(self):
        process = self.start(3, *self.arguments("out", "--json"))
        self.wait_for("out", 1)
        slow = ranks_of(process.pid)[1]
        os.kill(slow, signal.SIGSTOP)
        before = len(list((self.folder / "out").glob("shard-*")))
        try:
            for _ in range(3000):
                if len(list((self.folder / "out").glob("shard-*"))) >= 97:
                    break
                time.sleep(0.01)
        finally:
            os.kill(slow, signal.SIGCONT)
        out, err = process.communicate()
        self.assertEqual(process.returncode, 0, err)
        shards = json.loads(out)["shards_by_rank"]
        self.assertLessEqual(shards[1], before + 3)  # what it had in hand, and the last ones
        self.assertEqual(sum(shards), 100)
        self.assertEqual(tree(self.folder / "out"), self.reference)

    def test_failures(self):
        (self.folder / "pile").mkdir()
        for i in range(40):
            np.save(self.folder / f"pile/{i}.npy", self.x[i][None] if i % 10 else self.x[:2])
        pile = ["batch", self.model, "-i", "x=pile", "-o"]
        reference = self.call(*pile, "one", "--shard", 2, "--separate", "--max-errors", 4)
        self.assertEqual(reference.returncode, 0, reference.stderr)  # two rows are a record too
        for i in range(0, 40, 10):
            np.save(self.folder / f"pile/{i}.npy", np.zeros((1, 4), np.float32))
        process = self.start(3, *pile, "few", "--shard", 2, "--max-errors", 4)
        out, err = process.communicate()
        self.assertEqual(process.returncode, 1)
        self.assertIn("40 records in 20 shards, 4 failed", out)
        self.assertEqual(sum(line.startswith("hinge: record ") for line in err.splitlines()), 4)
        process = self.start(3, *pile, "many", "--shard", 2, "--max-errors", 3)
        out, err = process.communicate()
        self.assertEqual(process.returncode, 1)
        self.assertIn("more than 3 records failed", err)

    def test_rank_0_refuses_for_all(self):
        self.run_ranks(2, "out")
        _, err = self.run_ranks(2, "out", "--batch", "2", status=1)
        self.assertEqual(err.count("another --batch"), 1)

    def test_ranks_that_do_not_know_each_other(self):
        self.refused(*self.arguments("out"), environment={"PMI_SIZE": "4"},
                     words=["4 ranks were started, and MPI knows of 1", "--part"])

    def test_module_is_missing(self):
        """Rather an error than every rank doing everything."""
        (self.folder / "bin").mkdir()
        alone = self.folder / "bin/hinge"
        shutil.copy(HINGE, alone)
        built = Path(HINGE).parent.parent
        for library in built.glob("lib*/**/libhinge.so.*"):  # it finds these beside itself
            path = self.folder / library.relative_to(built)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(library)
        _, err = self.run_ranks(2, "out", status=1, hinge=str(alone))
        self.assertIn("-DHINGE_MPI=ON", err)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
