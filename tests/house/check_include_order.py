"""What include_order says of small trees with one fault each.
usage: check_include_order.py INCLUDE_ORDER"""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = sys.argv[1]


class IncludeOrder(unittest.TestCase):
    def said(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, included in files.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("".join(f'#include "{i}"\n' for i in included))
            result = subprocess.run([sys.executable, SCRIPT, folder], capture_output=True, text=True)
        self.assertEqual(result.stderr, "")
        *faults, last = result.stdout.splitlines()
        self.assertEqual(last, f"{len(faults)} includes out of order")
        self.assertEqual(result.returncode, bool(faults))
        return faults

    def one(self, files, *words):
        faults = self.said(files)
        self.assertEqual(len(faults), 1, faults)
        for word in words:
            self.assertIn(word, faults[0])

    def test_in_order(self):
        self.assertEqual(self.said({
            "runtime/include/hinge/hinge.h": [],
            "runtime/base/status.h": ["hinge/hinge.h"],
            "runtime/base/threads/threads.c": ["base/status.h"],
            "runtime/run/run.h": ["base/status.h"],
            "runtime/load/load.c": ["onnx.pb-c.h", "base/status.h"],
            "runtime/session.c": ["run/run.h", "session.h"], "runtime/session.h": [],
            "operators/op/op.h": ["operators/kernels/simd/simd.h"],
            "operators/kernels/simd/simd.h": [],
            "operators/nn/conv.c": ["operators/op/op.h", "operators/nn/window.h"],
            "operators/nn/window.h": ["runtime/include/hinge/hinge.h"],
            "operators/plugin.c": ["operators/op/op.h"],
            "tools/hinge/run.c": ["commands.h", "base/text.h"], "tools/hinge/commands.h": [],
            "tools/hinge/base/text.h": [], "operators/image/codec/codec.h": [],
            "tools/hinge/media/picture.c": ["operators/image/codec/codec.h"]}), [])

    def test_upward(self):
        self.one({"runtime/base/status.c": ["", "graph/graph.h"], "runtime/graph/graph.h": []},
                 "runtime/base/status.c:2", "graph/graph.h")
        self.one({"runtime/plan/plan.h": ["session.h"], "runtime/session.h": []}, "plan.h:1")
        self.one({"operators/kernels/simd/a.h": ["operators/kernels/b.h"],
                  "operators/kernels/b.h": []}, "simd/a.h:1")
        self.one({"operators/kernels/gemm/a.h": ["operators/op/copy.h"],
                  "operators/op/copy.h": []}, "gemm/a.h:1")

    def test_sideward(self):
        self.one({"operators/nn/a.c": ["operators/math/b.h"], "operators/math/b.h": []}, "nn/a.c:1")
        self.one({"tools/hinge/health/a.c": ["profile/b.h"], "tools/hinge/profile/b.h": []},
                 "health/a.c:1")

    def test_other_houses(self):
        self.one({"operators/nn/a.c": ["runtime/base/b.h"], "runtime/base/b.h": []}, "another house")
        self.one({"runtime/graph/a.c": ["onnx.pb-c.h"]}, "onnx.pb-c.h", "runtime/load")
        self.one({"tools/hinge/run/a.c": ["operators/kernels/simd/simd.h"],
                  "operators/kernels/simd/simd.h": []}, "run/a.c:1", "tools/hinge/profile")

    def test_circle(self):
        self.one({"runtime/base/a.h": ["base/b.h"], "runtime/base/b.h": ["a.h"]}, "circle")

    def test_unknown_room(self):
        self.one({"runtime/attic/a.c": []}, "runtime/attic/a.c", "not in the list")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
