"""What hinge serve counts and logs.
usage: check_metrics.py HINGE"""
import re
import unittest

import server
from server import Served, floats, tensor

LINE = re.compile(r'^([a-z_]+)(\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)+\})? ([0-9.e+-]+)$')


class Metrics(Served):
    def metrics(self):
        """By name and labels; every line must be of the format."""
        status, headers, body = self.call("GET", "/metrics")
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"], "text/plain; version=0.0.4")
        values = {}
        for line in body.decode().splitlines():
            if not line.startswith("#"):
                found = LINE.match(line)
                self.assertTrue(found, line)
                values[found[1] + (found[2] or "")] = float(found[3])
        return values

    def test_counts(self):
        server.relu(self.folder / "r" / 'a "b"\\' / "1" / "model.onnx")
        server.endless(self.folder / "r" / "loop" / "2" / "model.onnx")
        self.serve(self.folder / "r", "--max-batch", "4")
        name = "a%20%22b%22%5C"
        for _ in range(3):
            self.infer(name, [floats()])
        self.infer(name, [], status=400)
        self.infer("loop", [tensor("steps", "INT64", [], [2**40]), tensor("x", "FP32", [1], [1])],
                   status=504, headers={"Request-Timeout": "0.1"})
        got, labels = self.metrics(), 'model="a \\"b\\"\\\\",version="1"'
        results = {r: got[f'hinge_requests_total{{{labels},result="{r}"}}']
                   for r in ("ok", "bad_request", "refused", "deadline", "failed")}
        self.assertEqual(results, {"ok": 3, "bad_request": 1, "refused": 0, "deadline": 0,
                                   "failed": 0})
        self.assertEqual(
            got['hinge_requests_total{model="loop",version="2",result="deadline"}'], 1)
        self.assertEqual(got[f"hinge_queued_requests{{{labels}}}"], 0)
        for histogram, total in (("hinge_request_seconds", None), ("hinge_batch_rows", 3)):
            self.assertEqual(got[f"{histogram}_count{{{labels}}}"], 3)
            self.assertEqual(got[f'{histogram}_bucket{{{labels},le="+Inf"}}'], 3)
            buckets = [v for k, v in got.items() if k.startswith(f"{histogram}_bucket{{{labels}")]
            self.assertEqual(buckets, sorted(buckets))
            if total:
                self.assertEqual(got[f"{histogram}_sum{{{labels}}}"], total)
        self.assertGreater(got[f"hinge_request_seconds_sum{{{labels}}}"], 0)
        self.assertGreaterEqual(got["hinge_connections"], 1)

    def test_log(self):
        server.relu(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx", "--log")
        self.infer("m", [floats()])
        self.call("GET", "/v2/x%0Ay%1b[1m")
        self.stop_server()
        lines = self.log.splitlines()
        self.assertRegex(lines[0], r"^hinge: POST /v2/models/m/infer 200 \d+ \d+ \d+\.\d{3}$")
        self.assertRegex(lines[1], r"^hinge: GET /v2/x\?y\?\[1m 404 0 \d+ \d+\.\d{3}$")
        self.assertEqual(len(lines), 2)

    def stop_server(self):
        errors = self.server.errors
        self.stop()
        self.log = errors.read_text()


if __name__ == "__main__":
    unittest.main(argv=["check_metrics"])
