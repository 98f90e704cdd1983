"""The Open Inference Protocol: health, metadata, inference in JSON and binary, errors.
usage: check_protocol.py HINGE"""
import json
import math
import struct
import unittest

import numpy as np
from onnx import TensorProto, helper

import server
from server import TYPES, Served, floats, tensor, value


class Protocol(Served):
    def test_health_and_server(self):
        server.relu(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx")
        self.assertEqual(self.server.host, "127.0.0.1")
        for path in ("/v2/health/live", "/v2/health/ready", "/v2/models/m/ready",
                     "/v2/models/m/versions/1/ready"):
            self.assertEqual(self.call("GET", path)[0], 200, path)
            self.assertEqual(self.call("HEAD", path)[0], 200, path)
        said = self.json("GET", "/v2")
        self.assertEqual(said["name"], "hinge")
        self.assertEqual(said["extensions"], ["binary_tensor_data", "model_repository"])
        self.assertRegex(said["version"], r"^\d+\.\d+\.\d+$")

    def test_model(self):
        server.save(self.folder / "m.onnx",
                    [helper.make_node("Identity", ["a"], ["p"]),
                     helper.make_node("Identity", ["b"], ["q"])],
                    [value("a", ["batch", 3]), value("b", [2], TensorProto.STRING)],
                    [value("p", ["batch", 3]), value("q", [2], TensorProto.STRING)])
        self.serve(self.folder / "m.onnx")
        said = self.json("GET", "/v2/models/m")
        self.assertEqual(said, {
            "name": "m", "versions": ["1"], "platform": "hinge_onnx",
            "inputs": [{"name": "a", "datatype": "FP32", "shape": [-1, 3]},
                       {"name": "b", "datatype": "BYTES", "shape": [2]}],
            "outputs": [{"name": "p", "datatype": "FP32", "shape": [-1, 3]},
                        {"name": "q", "datatype": "BYTES", "shape": [2]}]})
        self.assertEqual(self.json("GET", "/v2/models/m/versions/1"), said)

    def test_infer(self):
        server.relu(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx")
        connection = self.server.connect()
        for data in ([1, -2, 3, 0.5, -1e-3, 1e9], [[1, -2, 3], [0.5, -1e-3, 1e9]]):
            said = self.infer("m", [tensor("x", "FP32", [2, 3], data)], id="a\"ä\n",
                              connection=connection)
            self.assertEqual(said, {"model_name": "m", "model_version": "1", "id": "a\"ä\n",
                                    "outputs": [tensor("y", "FP32", [2, 3], [1, 0, 3, 0.5, 0, 1e9])]})
        connection.close()
        said = self.infer("m", [floats()], outputs=[{"name": "y"}])
        self.assertEqual(said["outputs"][0]["data"], [1, 0, 3])
        said = self.infer("m", [tensor("x", "FP32", [0, 3], [])])
        self.assertEqual(said["outputs"], [tensor("y", "FP32", [0, 3], [])])

    def each_type(self):
        for dtype in TYPES:
            server.identity(self.folder / "r" / TYPES[dtype][0] / "1" / "model.onnx", dtype)
        self.serve(self.folder / "r")

    def test_types_json(self):
        self.each_type()
        inputs = {"BOOL": [True, False, True], "BYTES": ["", "a\u0000ü\"", "𝄞"],
                  "COMPLEX64": [1.5, -2, 0, 3, 1e-3, 4]}
        for name, numpy_type in TYPES.values():
            if name in inputs:
                data = inputs[name]
            elif numpy_type and np.issubdtype(numpy_type, np.integer):
                data = [int(np.iinfo(numpy_type).min), 7, int(np.iinfo(numpy_type).max)]
            else:
                data = [1.5, -0.25, 65280]
            said = self.infer(name, [tensor("x", name, [3], data)])
            self.assertEqual(said["outputs"][0]["datatype"], name)
            got = said["outputs"][0]["data"]
            if name == "COMPLEX64":
                np.testing.assert_array_equal(np.float32(got), np.float32(data))
            else:
                self.assertEqual(got, data, name)

    def test_types_binary(self):
        self.each_type()
        rng = np.random.default_rng(1)
        for name, numpy_type in TYPES.values():
            if name == "BYTES":
                binary = b"".join(struct.pack("<I", len(s)) + s
                                  for s in (b"", b"\xff\x00", b"long" * 99))
            elif name == "BOOL":
                binary = bytes([1, 0, 1])
            else:
                size = 3 * (np.dtype(numpy_type).itemsize if numpy_type else 2)
                binary = rng.bytes(size)
            for padding in ("", " ", "  ", "   "):  # every alignment of what follows
                envelope = {
                    "id": padding,
                    "inputs": [{"name": "x", "datatype": name, "shape": [3],
                                "parameters": {"binary_data_size": len(binary)}}],
                    "parameters": {"binary_data_output": True}}
                said, got = self.infer_binary(name, envelope, binary)
                self.assertEqual(got, binary, name)
                self.assertEqual(said["outputs"][0]["parameters"],
                                 {"binary_data_size": len(binary)})
                self.assertNotIn("data", said["outputs"][0])

    def test_mixed(self):
        """One input in each form, one output in each."""
        server.save(self.folder / "m.onnx",
                    [helper.make_node("Neg", ["a"], ["p"]), helper.make_node("Neg", ["b"], ["q"])],
                    [value("a", [2]), value("b", [2])], [value("p", [2]), value("q", [2])])
        self.serve(self.folder / "m.onnx")
        envelope = {"inputs": [tensor("b", "FP32", [2], [3, 4]),
                               {"name": "a", "datatype": "FP32", "shape": [2],
                                "parameters": {"binary_data_size": 8}}],
                    "outputs": [{"name": "q", "parameters": {"binary_data": True}}, {"name": "p"}]}
        said, got = self.infer_binary("m", envelope, struct.pack("<2f", 1, 2))
        self.assertEqual(got, struct.pack("<2f", -3, -4))
        self.assertEqual([o["name"] for o in said["outputs"]], ["q", "p"])
        self.assertEqual(said["outputs"][1]["data"], [-1, -2])

    def test_floats(self):
        """Shortest and longest numbers are read to the last bit, and written so that they can be."""
        server.identity(self.folder / "f.onnx", TensorProto.DOUBLE)
        self.serve(self.folder / "f.onnx")
        rng = np.random.default_rng(2)
        numbers = list(rng.integers(0, 2**64, 2000, dtype=np.uint64).view(np.float64))
        numbers = [x for x in numbers if math.isfinite(x)]
        numbers += [0.1, -0.0, 5e-324, 1.7976931348623157e308, 123456789012345.6, 9007199254740993,
                    0.3, 1e22, 1e23, 2.5e-8]
        texts = [repr(x) for x in numbers]
        # Any number of digits, with the point anywhere, and powers around those that are exact.
        for n_digits in range(1, 26):
            for _ in range(200):
                digits = "".join(map(str, rng.integers(0, 10, n_digits)))
                point = int(rng.integers(0, n_digits + 1))
                texts.append("%s%s.%s%s" % (rng.choice(["", "-"]), int(digits[:point] or "0"),
                                            digits[point:] or "0",
                                            rng.choice(["", "e%d" % rng.integers(-30, 31)])))
        # Halfway between two doubles, and next to it.
        for i in rng.integers(2**52, 2**53, 300):
            texts += [f"{i}.5", f"{i}.499", f"{i}.501", f"{2 * i + 1}e-3", f"{2 * i + 1}e27"]
        texts += ["0", "-0", "0.0", "00.1"[1:], "0e9", "0.000e-400", "1e400", "-1e400", "1e-400",
                  "0." + 40 * "0" + "123", 30 * "9", "1" + 60 * "0" + "e-60", "1e-100000000000",
                  "123456789" * 90 + "e-800", "1E+2", "1e+02"]
        text = ",".join(texts)
        body = ('{"inputs":[{"name":"x","datatype":"FP64","shape":[%d],"data":[%s]}]}'
                % (len(texts), text))
        got = self.json("POST", "/v2/models/f/infer", body)["outputs"][0]["data"]
        self.assertEqual([(t, struct.pack("<d", float(t))) for t in texts],
                         [(t, struct.pack("<d", float(x))) for t, x in zip(texts, got)])

    def test_not_finite(self):
        server.identity(self.folder / "f.onnx", TensorProto.FLOAT)
        self.serve(self.folder / "f.onnx")
        body = ('{"inputs":[{"name":"x","datatype":"FP32","shape":[6],"data":'
                '[NaN, "NaN", Infinity, "Infinity", -Infinity, "-Infinity"]}]}')
        got = self.json("POST", "/v2/models/f/infer", body)["outputs"][0]["data"]
        self.assertEqual(got, ["NaN", "NaN", "Infinity", "Infinity", "-Infinity", "-Infinity"])

    def test_half(self):
        """Rounded to nearest even, as numpy does, and infinite from where it is."""
        server.identity(self.folder / "h.onnx", TensorProto.FLOAT16)
        self.serve(self.folder / "h.onnx")
        data = [65504, 65519.9, 65520, 1e300, -1e5, 1e-8, 2.98e-8, 6e-8, 0.1, 2049, 2051, 1 / 3]
        got = self.infer("h", [tensor("x", "FP16", [len(data)], data)])["outputs"][0]["data"]
        with np.errstate(over="ignore"):
            want = np.array(data).astype(np.float16)
        np.testing.assert_array_equal(np.array([float(x) for x in got]).astype(np.float16), want)

    def test_errors(self):
        server.relu(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx")
        x = floats()
        cases = [
            ([], ["input \"x\" is missing"]),
            ([x, x], ["given twice"]),
            ([floats("z")], ["no input \"z\""]),
            ([{**x, "datatype": "FP64"}], ["datatype is FP32, not \"FP64\""]),
            ([{**x, "datatype": 3}], ["datatype is FP32"]),
            ([{**x, "shape": [3]}], ["rank 1, the model's has 2"]),
            ([{**x, "shape": [1, 4]}], ["dimension 1 is 4, the model's is 3"]),
            ([{**x, "shape": [-1, 3]}], ["dimension 0 is no number"]),
            ([{**x, "shape": [1.5, 3]}], ["dimension 0 is no number"]),
            ([{**x, "shape": "x"}], ["no shape"]),
            ([{**x, "shape": [2**62, 3]}], ["x"]),
            ([{**x, "shape": [2, 3]}], ["data has"]),
            ([{**x, "data": [1, 2]}], ["data has 2 elements, the shape 3"]),
            ([{**x, "data": [1, 2, 3, 4]}], ["more elements than the shape, 3"]),
            ([{**x, "data": [1, 2, "a"]}], ["element 2 is no float"]),
            ([{**x, "data": [1, None, 3]}], ["element 1 is no float"]),
            ([{**x, "data": [1, {}, 3]}], ["element 1 is no float"]),
            ([{**x, "data": 3}], ["no array data"]),
            ([{k: v for k, v in x.items() if k != "data"}], ["no array data"]),
            ([{**x, "parameters": {"binary_data_size": 12}}], ["both data and a binary_data_size"]),
            ([3], ["inputs[0] has no name"]),
            ("x", ["no list inputs"]),
        ]
        for inputs, words in cases:
            self.refused(self.infer("m", inputs, status=self.status_of(inputs)), *words)
        for more, words in [({"outputs": [{"name": "z"}]}, ["no output \"z\""]),
                            ({"outputs": [{}]}, ["an output has no name"]),
                            ({"outputs": 3}, ["outputs is no list"]),
                            ({"outputs": [{"name": "y"}] * 2}, ["2 outputs of a model that has 1"]),
                            ({"id": 3}, ["id is no string"]),
                            ({"parameters": {"timeout": "x"}}, ["timeout is no number"])]:
            self.refused(self.infer("m", [x], status=400, **more), *words)
        self.infer("m", [x])

    @staticmethod
    def status_of(inputs):
        return 413 if inputs and isinstance(inputs, list) and isinstance(inputs[0], dict) and \
            inputs[0].get("shape") == [2**62, 3] else 400

    def test_bad_json(self):
        server.relu(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx")
        good = json.dumps({"inputs": [floats()]})
        for body in ["", "{", "[]", "3", good[:-1], good + "}", good.replace(":", "=", 1),
                     good.replace("]", "}", 1), good.replace("[[", "[[["), good.replace("-2", "-"),
                     good.replace("-2", "02"), good.replace("-2", "2."), good.replace("-2", "2e"),
                     good.replace("-2", "0x2"), good.replace("-2,", "-2,,"),
                     good.replace("-2,", ",-2,"), good.replace("[[1", "[[,1"),
                     "{\"inputs\":" + "[" * 100000, good.replace("{", "{\"inputs\":[],", 1)]:
            self.refused(self.json("POST", "/v2/models/m/infer", body, status=400))

    def test_bad_binary(self):
        server.identity(self.folder / "s.onnx", TensorProto.STRING)
        self.serve(self.folder / "s.onnx")

        def refused(binary, *words, size=None, shape=(2,)):
            envelope = {"inputs": [{
                "name": "x", "datatype": "BYTES", "shape": shape,
                "parameters": {"binary_data_size": len(binary) if size is None else size}}]}
            self.refused(self.infer_binary("s", envelope, binary, status=400)[0], *words)

        one = struct.pack("<I", 1) + b"a"
        refused(one, "bytes hold no 2")
        refused(one + one + b"b", "1 bytes follow behind the last element")
        refused(one + struct.pack("<I", 9) + b"abc", "end within element 1")
        refused(struct.pack("<I", 2) + b"abcd", "end before element 1")
        refused(one + one, "10 bytes are left", size=11)
        refused(one + one, "follow behind the inputs", size=5, shape=(1,))
        refused(one + one, "no number of bytes", size=-1)
        status, _, body = self.call("POST", "/v2/models/s/infer", b"{}",
                                    {"Inference-Header-Content-Length": "3"})
        self.assertEqual(status, 400, body)

    def test_paths(self):
        server.relu(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx")
        for path in ["/v1", "/v2/x", "/v2/health", "/v2/health/x", "/v2/models", "/v2/models/z",
                     "/v2/models/m/versions/2", "/v2/models/m/x", "/v2/models/m/ready/x",
                     "/v2/models/m/versions/1/x", "/v2/repository/x", "/" + "a/" * 1000,
                     "/v2/models/..%2f..%2fetc"]:
            self.refused(self.json("GET", path, status=404))
        for method, path, allowed in [
                ("POST", "/v2", "GET, HEAD"), ("GET", "/v2/models/m/infer", "POST"),
                ("DELETE", "/v2", "GET, HEAD"), ("POST", "/v2/models/m", "GET, HEAD"),
                ("GET", "/v2/repository/index", "POST"), ("PUT", "/", "GET, HEAD")]:
            status, headers, body = self.call(method, path, "{}")
            self.assertEqual((status, headers.get("Allow")), (405, allowed))
            self.refused(json.loads(body), "takes")

    def test_two_versions(self):
        for version, constant in (("1", 1), ("2", 2), ("10", 10)):
            server.add(self.folder / "r" / "m" / version / "model.onnx", constant)
        server.add(self.folder / "r" / "m" / "010" / "model.onnx", 9)  # no version
        (self.folder / "r" / "README").write_text("no model")
        self.serve(self.folder / "r")
        x = [floats(rows=[[0, 0, 0]])]
        self.assertEqual(self.infer("m", x)["outputs"][0]["data"], [10] * 3)
        for version in (1, 2, 10):
            said = self.infer(f"m/versions/{version}", x)
            self.assertEqual(said["outputs"][0]["data"], [version] * 3)
            self.assertEqual(said["model_version"], str(version))
        self.assertEqual(self.json("GET", "/v2/models/m")["versions"], ["1", "2", "10"])

    def test_containers(self):
        """What is no tensor is left out, and refused where it is asked for."""
        sequence = helper.make_tensor_sequence_value_info("s", TensorProto.FLOAT, None)
        server.save(self.folder / "m.onnx",
                    [helper.make_node("SequenceConstruct", ["x"], ["s"]),
                     helper.make_node("Neg", ["x"], ["y"])], [value("x", [1])],
                    [sequence, value("y", [1])])
        self.serve(self.folder / "m.onnx")
        self.assertEqual([o["name"] for o in self.json("GET", "/v2/models/m")["outputs"]], ["y"])
        x = [tensor("x", "FP32", [1], [2])]
        self.assertEqual(self.infer("m", x)["outputs"], [tensor("y", "FP32", [1], [-2])])
        self.refused(self.infer("m", x, outputs=[{"name": "s"}], status=501), "no tensor")


class Start(Served):
    def test_refused(self):
        (self.folder / "bad.onnx").write_bytes(b"no model")
        for arguments, word in [(["missing"], "missing"), (["bad.onnx"], "bad.onnx"),
                                ([".", "--address", "256.0.0.1"], "256.0.0.1")]:
            with self.assertRaisesRegex(RuntimeError, word):
                self.serve(*[self.folder / a if i == 0 else a for i, a in enumerate(arguments)])

    def test_port_taken(self):
        server.relu(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx")
        with self.assertRaisesRegex(RuntimeError, "in use"):
            server.Server(self.folder, self.folder / "m.onnx", port=str(self.server.port))

    def test_bad_model_beside_good(self):
        server.relu(self.folder / "r" / "good" / "1" / "model.onnx")
        (self.folder / "r" / "bad" / "1").mkdir(parents=True)
        (self.folder / "r" / "bad" / "1" / "model.onnx").write_bytes(b"no model")
        self.serve(self.folder / "r")
        self.infer("good", [floats()])
        index = {m["name"]: m for m in self.json("POST", "/v2/repository/index", {})}
        self.assertEqual(index["good"]["state"], "READY")
        self.assertEqual(index["bad"]["state"], "UNAVAILABLE")
        self.assertIn("model.onnx", index["bad"]["reason"])
        ready = self.json("POST", "/v2/repository/index", {"ready": True})
        self.assertEqual([m["name"] for m in ready], ["good"])


if __name__ == "__main__":
    unittest.main(argv=["check_protocol"])
