"""Models that load, change and unload under load, for as long as is asked for: no request is lost, and
memory does not grow.
usage: soak.py HINGE SECONDS [PAUSE]  (RSS over time goes to standard output; PAUSE: seconds between two
requests of a client)"""
import os
import re
import sys
import threading
import time
import unittest
from pathlib import Path

import numpy as np
from onnx import helper, numpy_helper

import server
from server import Served

SECONDS = float(sys.argv[2])
PAUSE = float(sys.argv[3]) if len(sys.argv) > 3 else 0.005
N_CLIENTS, WIDTH, N_PARTS = 4, 256, 10
# What the first tenth of the time may not have seen yet: caches of the allocator.
ROOM_MIB = 24


class Soak(Served):
    def model(self, name, constant):
        """x: float[batch, 256] -> x W + constant -> y, with W the unit matrix: large enough that one
        that is not given back is seen."""
        weights = [numpy_helper.from_array(np.eye(WIDTH, dtype=np.float32), "w"),
                   numpy_helper.from_array(np.full(WIDTH, constant, np.float32), "c")]
        path = self.folder / "r" / name / "1" / "model.onnx"
        path.parent.mkdir(parents=True, exist_ok=True)
        new = server.save(self.folder / f"new-{name}", [helper.make_node("Gemm", ["x", "w", "c"], ["y"])],
                          [server.value("x", ["batch", WIDTH])],
                          [server.value("y", ["batch", WIDTH])], weights)
        os.rename(new, path)

    def rss_mib(self):
        status = Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s*(\d+) kB", status)[1]) / 1024

    def ask(self, name):
        """Until the time is over. The model that is unloaded may be gone, and nothing else be wrong."""
        connection, last, rng = self.server.connect(timeout=600), 0, np.random.default_rng()
        try:
            while time.monotonic() < self.end:
                n = int(rng.integers(1, 4))
                said = self.json("POST", f"/v2/models/{name}/infer",
                                 {"inputs": [server.floats(rows=np.zeros((n, WIDTH)).tolist())]},
                                 status=None, connection=connection)
                self.n_calls += 1
                time.sleep(PAUSE)
                if name == "goes" and "there is no model" in said.get("error", ""):
                    continue
                values = set(said["outputs"][0]["data"])
                if len(values) != 1 or min(values) < last:
                    raise AssertionError((values, last))
                last = min(values)
        except BaseException as failure:
            self.failures.append(failure)
        connection.close()

    def change(self):
        constant = 0
        try:
            while time.monotonic() < self.end:
                constant += 1
                self.model("stays", constant)  # seen by the poll
                self.model("goes", constant)
                for action in ("load", "unload"):
                    self.call("POST", f"/v2/repository/models/goes/{action}", "{}")
                    time.sleep(10 * PAUSE)
        except BaseException as failure:
            self.failures.append(failure)
        self.n_changes = constant

    def test_soak(self):
        self.failures, self.n_calls = [], 0
        for name in ("stays", "goes"):
            self.model(name, 0)
        self.serve(self.folder / "r", "--poll", "0.1", "--max-batch", "8", "--max-delay", "1",
                   "--client-timeout", "600")
        start = time.monotonic()
        self.end = start + SECONDS
        threads = [threading.Thread(target=self.ask, args=[("stays", "goes")[i % 2]])
                   for i in range(N_CLIENTS)] + [threading.Thread(target=self.change)]
        for thread in threads:
            thread.start()
        sizes = []
        for part in range(1, N_PARTS + 1):
            time.sleep(max(0, start + SECONDS * part / N_PARTS - time.monotonic()))
            sizes.append(self.rss_mib())
            print(f"{time.monotonic() - start:7.1f} s  {sizes[-1]:6.1f} MiB  {self.n_calls} requests",
                  flush=True)
        for thread in threads:
            thread.join()
        print(f"{self.n_changes} changes of each model")
        self.assertEqual(self.failures, [])
        self.assertGreater(self.n_changes, SECONDS / PAUSE / 100)
        self.assertLess(max(sizes[1:]), sizes[0] + ROOM_MIB, sizes)


if __name__ == "__main__":
    unittest.main(argv=["soak"])
