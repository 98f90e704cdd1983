"""Nothing is lost: runs, failed runs and sessions leave memory and reference counts as they were.
usage: check_memory.py MODELS_FOLDER"""
import gc
import sys
import tempfile
import unittest
from pathlib import Path

import hinge
import numpy as np
from onnx import helper

from models import FLOAT, STRING, chain, identity, model

RELU = Path(sys.argv[1]) / "digits_relu" / "model.onnx"
ROUNDS = 10000


def resident():
    """Bytes of the process that are in memory."""
    gc.collect()
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("VmRSS is not in /proc/self/status")


class Memory(unittest.TestCase):
    def flat(self, act, rounds, each):
        """After a tenth to warm up, the rest grows by less than an eighth of `each` bytes a round
        would be."""
        for _ in range(rounds // 10):
            act()
        before = resident()
        for _ in range(rounds):
            act()
        self.assertLess(resident() - before, rounds * each / 8)

    def test_runs(self):
        session = hinge.Session(RELU, threads=1)
        image = np.zeros((1, 1, 8, 8), np.float32)
        counts = sys.getrefcount(image), sys.getrefcount(session)
        self.flat(lambda: session.run({"image": image}), ROUNDS, 500)
        self.assertEqual((sys.getrefcount(image), sys.getrefcount(session)), counts)

    def test_runs_that_fail(self):
        session = hinge.Session(chain(), threads=1)
        cancel = hinge.Cancel()
        cancel.cancel()
        wide = np.zeros((1, 500), np.float32)

        def fail():
            for options in ({}, {"timeout": -1}, {"cancel": cancel}):
                with self.assertRaises(hinge.Error):
                    session.run({"x": wide}, **options)
        count = sys.getrefcount(wide)
        self.flat(fail, ROUNDS // 10, 4000)
        self.assertEqual(sys.getrefcount(wide), count)

    def test_strings_and_sequences(self):
        kind = helper.make_sequence_type_proto(helper.make_tensor_type_proto(FLOAT, None))
        lists = hinge.Session(model([helper.make_node("Identity", ["x"], ["y"])],
                                    [helper.make_value_info("x", kind)],
                                    [helper.make_value_info("y", kind)], opset=16), threads=1)
        texts = hinge.Session(identity(STRING), threads=1)
        numbers = iter(range(10 ** 9))

        def act():
            count = next(numbers) % 50
            lists.run({"x": [np.zeros(100, np.float32)] * count})
            texts.run({"x": ["a text that is longer than a few bytes"] * count})
        self.flat(act, ROUNDS // 5, 10000)

    def test_sessions(self):
        content = chain()
        x = np.zeros((1, 3), np.float32)

        def act():
            session = hinge.Session(content, threads=1, log=lambda *_: None)
            session.run({"x": x}, values=["middle"], on_node=lambda _: None)
        count = sys.getrefcount(content)
        self.flat(act, 300, 40000)
        self.assertEqual(sys.getrefcount(content), count)

    def test_values(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "value.pb")
            hinge.write_value(path, np.zeros(1000, np.float32))
            self.flat(lambda: hinge.read_value(path), ROUNDS // 2, 4000)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
