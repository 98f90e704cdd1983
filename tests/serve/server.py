"""A hinge serve of its own for each test, argument 1 of each script, and a client for it."""
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

HINGE = sys.argv[1]
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("HINGE_")}

# ONNX's types, the protocol's names, and numpy's where it has one.
TYPES = {
    TensorProto.FLOAT: ("FP32", np.float32), TensorProto.DOUBLE: ("FP64", np.float64),
    TensorProto.FLOAT16: ("FP16", np.float16), TensorProto.BFLOAT16: ("BF16", None),
    TensorProto.INT8: ("INT8", np.int8), TensorProto.INT16: ("INT16", np.int16),
    TensorProto.INT32: ("INT32", np.int32), TensorProto.INT64: ("INT64", np.int64),
    TensorProto.UINT8: ("UINT8", np.uint8), TensorProto.UINT16: ("UINT16", np.uint16),
    TensorProto.UINT32: ("UINT32", np.uint32), TensorProto.UINT64: ("UINT64", np.uint64),
    TensorProto.BOOL: ("BOOL", np.bool_), TensorProto.STRING: ("BYTES", None),
    TensorProto.COMPLEX64: ("COMPLEX64", np.complex64),
}


def value(name, shape, dtype=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


def save(path, nodes, inputs, outputs, initializers=()):
    graph = helper.make_graph(nodes, "graph", inputs, outputs, list(initializers))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))
    return str(path)


def relu(path):
    """x: float[batch, 3] -> Relu -> y"""
    return save(path, [helper.make_node("Relu", ["x"], ["y"])], [value("x", ["batch", 3])],
                [value("y", ["batch", 3])])


def add(path, constant):
    """x: float[batch, 3] -> x + constant -> y: tells models from each other"""
    return save(path, [helper.make_node("Add", ["x", "c"], ["y"])], [value("x", ["batch", 3])],
                [value("y", ["batch", 3])],
                [helper.make_tensor("c", TensorProto.FLOAT, [1], [constant])])


def identity(path, dtype):
    return save(path, [helper.make_node("Identity", ["x"], ["y"])], [value("x", ["n"], dtype)],
                [value("y", ["n"], dtype)])


def endless(path):
    """A Loop of very many steps: it ends when it is cancelled."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["more"], ["on"]), helper.make_node("Neg", ["s"], ["t"])],
        "body", [value("i", [], TensorProto.INT64), value("more", [], TensorProto.BOOL),
                 value("s", ["n"])], [value("on", [], TensorProto.BOOL), value("t", ["n"])])
    return save(path, [helper.make_node("Loop", ["steps", "", "x"], ["y"], body=body)],
                [value("steps", [], TensorProto.INT64), value("x", ["n"])], [value("y", ["n"])])


def tensor(name, datatype, shape, data):
    return {"name": name, "datatype": datatype, "shape": list(shape), "data": data}


def floats(name="x", rows=((1, -2, 3),)):
    return tensor(name, "FP32", np.shape(rows), rows)


class Server:
    """One process. Its standard error goes to a file, for the test to look at."""

    def __init__(self, folder, *arguments, port="0"):
        self.errors = Path(folder) / "stderr"
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [HINGE, "serve", *map(str, arguments), "--port", port], stdout=subprocess.PIPE,
                stderr=errors, text=True, env=ENVIRONMENT)
        line = self.process.stdout.readline()
        found = re.fullmatch(r"listening on (https?)://(\[?[^]]*\]?):(\d+)\n", line)
        if not found:
            self.process.wait()
            self.process.stdout.close()
            raise RuntimeError(f"{line!r} {self.errors.read_text()}")
        self.scheme, self.host, self.port = found[1], found[2].strip("[]"), int(found[3])

    def connect(self, timeout=60):
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        status = self.process.wait(timeout=60)
        self.process.stdout.close()
        return status


class Served(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.server = None

    def serve(self, *arguments, **options):
        self.server = Server(self.folder, *arguments, **options)
        self.addCleanup(self.stop)
        return self.server

    def stop(self, status=0):
        server, self.server = self.server, None
        if server:
            self.assertEqual(server.end(), status, server.errors.read_text())

    def call(self, method, path, body=None, headers=None, connection=None):
        """(status, headers, body)"""
        own = connection or self.server.connect()
        try:
            own.request(method, path, body, headers or {})
            answer = own.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            if not connection:
                own.close()

    def json(self, method, path, body=None, status=200, **options):
        """The answer, which must have the status, where one is said."""
        sent = json.dumps(body) if isinstance(body, (dict, list)) else body
        got, _, answer = self.call(method, path, sent, **options)
        if status is not None:
            self.assertEqual(got, status, answer)
        return json.loads(answer) if answer else None

    def infer(self, model, inputs, status=200, headers=None, connection=None, **more):
        return self.json("POST", f"/v2/models/{model}/infer", {"inputs": inputs, **more},
                         status=status, headers=headers, connection=connection)

    def infer_binary(self, model, envelope, binary, status=200):
        """The envelope of the answer, and the bytes behind it."""
        text = json.dumps(envelope).encode()
        got, headers, body = self.call(
            "POST", f"/v2/models/{model}/infer", text + binary,
            {"Inference-Header-Content-Length": str(len(text))})
        self.assertEqual(got, status, body)
        size = int(headers.get("Inference-Header-Content-Length", len(body)))
        return json.loads(body[:size]), body[size:]

    def refused(self, answer, *words):
        self.assertEqual(list(answer), ["error"])
        for word in words:
            self.assertIn(word, answer["error"])
