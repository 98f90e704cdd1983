"""hinge profile --activations against numpy's own computation of the same networks.
usage: check_health.py HINGE MODELS  (MODELS: the folder models/ of the tree)"""
import sys
import unittest
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import models
from activations import ACTIVATIONS, Health, Page, convolve
from command import random_floats

MODELS = Path(sys.argv[2])
UNFUSED = ["--disable-pass", "fuse-activation"]


class Network(Health):
    """Small whole numbers throughout, so that float32 sums are exact and the zeros certain."""

    def setUp(self):
        super().setUp()
        rng = np.random.default_rng(5)
        self.w = {"w1": rng.integers(-2, 3, (8, 3, 3, 3)), "b1": rng.integers(-2, 3, 8),
                  "w2": rng.integers(-3, 4, (6, 8 * 30)) / 2, "b2": rng.integers(-3, 4, 6) / 2}
        self.w["b1"][[2, 5]] = -1000
        self.w = {k: v.astype(np.float32) for k, v in self.w.items()}
        self.batches = [rng.integers(-3, 4, (n, 3, 6, 5)).astype(np.float32) for n in (2, 5, 1)]
        # Negative where channel 7 is looked at last: alive in one sample alone.
        self.w["w1"][7] = 0
        self.w["w1"][7, 0, 1, 1] = 1
        self.w["b1"][7] = -3.5
        self.batches[0][:, 0] = -1
        self.batches[1][:, 0] = -1
        self.batches[2][0, 0, 3, 3] = 4
        for name, batch in zip(["b2", "b10", "c"], self.batches):
            (self.folder / "samples").mkdir(exist_ok=True)
            np.save(self.folder / "samples" / f"{name}.npy", batch)

    def model(self, batch="batch"):
        """Conv → Relu → Flatten → Gemm → every activation, over a scale that reaches flat parts;
        and a quotient that is infinite, and no number where the Relu is zero."""
        node = helper.make_node
        nodes = [node("Conv", ["x", "w1", "b1"], ["c"], name="conv", pads=[1] * 4),
                 node("Relu", ["c"], ["r"], name="relu"),
                 node("Flatten", ["r"], ["f"], name="flatten"),
                 node("Gemm", ["f", "w2", "b2"], ["g"], name="gemm", transB=1)]
        for op, (attributes, _, _) in ACTIVATIONS.items():
            nodes += [node("Mul", ["g", "scale"], ["in" + op], name="scale" + op),
                      node(op, ["in" + op], ["out" + op], name="n" + op, **attributes)]
        nodes += [node("Clip", ["g", "low", "high"], ["outClip"], name="nClip"),
                  node("Gemm", ["f", "w2", "b2"], ["h"], name="gemm2", transB=1),
                  node("Elu", ["h"], ["outFused"], name="nFused", alpha=0.5),
                  node("Log", ["r"], ["log"], name="log"),
                  node("Sub", ["log", "log"], ["nan"], name="sub"),
                  node("Relu", ["nan"], ["outNaN"], name="nNaN")]
        constants = {**self.w, "scale": np.float32(1 / 8), "low": np.float32(0),
                     "high": np.float32(6)}
        outputs = ["out" + op for op in [*ACTIVATIONS, "Clip", "Fused", "NaN"]]
        graph = helper.make_graph(
            nodes, "net", [models.value("x", [batch, 3, 6, 5])],
            [helper.make_tensor_value_info(o, TensorProto.FLOAT, None) for o in outputs],
            [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)])
        model.ir_version = 8
        path = self.folder / f"net_{batch}.onnx"
        onnx.save(model, str(path))
        return path

    def reference(self, x):
        """Value and slope of every activation for a batch, by the name of its output."""
        w = {k: v.astype(np.float64) for k, v in self.w.items()}
        c = convolve(x.astype(np.float64), w["w1"], w["b1"])
        g = np.maximum(c, 0).reshape(len(x), -1) @ w["w2"].T + w["b2"]
        with np.errstate(all="ignore"):
            result = {"out" + op: (value(g / 8), slope(g / 8) * 1.0 if slope else None)
                      for op, (_, value, slope) in ACTIVATIONS.items()}
            log = np.log(np.maximum(c, 0))
            nan = np.where(np.isinf(log), np.nan, 0.0)
        result["r"] = (np.maximum(c, 0), (c > 0) * 1.0)
        result["outClip"] = (np.clip(g, 0, 6), ((g > 0) & (g < 6)) * 1.0)
        result["outFused"] = tuple(f(g) for f in ACTIVATIONS["Elu"][1:])
        result["log"] = (log, np.where(np.isfinite(log), np.exp(-log), 1))
        result["outNaN"] = (nan, np.where(np.isnan(nan), 1, 0.0))
        return result

    def check(self, said, batches):
        parts = [self.reference(x) for x in batches]
        nodes = {n["output"]: n for n in said["activations"]}
        self.assertEqual(set(nodes), set(parts[0]))
        for name, node in nodes.items():
            values = [p[name][0].astype(np.float32) for p in parts]
            slopes = None if parts[0][name][1] is None else [p[name][1] for p in parts]
            exact = name in ["r", "outRelu", "outLeakyRelu", "outClip", "outThresholdedRelu"]
            self.check_numbers(node, values, 1, slopes, exact)
            if slopes is None:
                self.assertIsNone(node["saturated"])
        self.assertEqual(nodes["r"]["dead_channels"], [2, 5])
        self.assertEqual((nodes["r"]["channels"], nodes["r"]["channel_axis"]), (8, 1))
        for name in ["outSigmoid", "outTanh", "outElu", "outHardSigmoid", "outSoftplus"]:
            self.assertGreater(nodes[name]["saturated"], 0)
            self.assertLess(nodes[name]["saturated"], nodes[name]["elements"])

    def test_samples(self):
        model = self.model()
        said = self.health(model, "--samples", "samples")
        self.assertEqual((said["runs"], said["inputs"]), (3, 8))
        self.check(said, self.batches)
        for word in ['2 of 8 channels of node "conv" (Conv+Relu) were zero for all 8 inputs: 2, 5']:
            self.assertTrue(any(word in w for w in said["warnings"]), said["warnings"])
        first = {"sample": "b2.npy", "shape": [2, 8, 6, 5]}
        log = np.log(np.maximum(self.reference(self.batches[0])["r"][0], 1e-300)).reshape(-1)
        self.assertEqual(said["first_nonfinite"], said["first_inf"])
        for key, want in {**first, "node": "log", "op": "Log", "output": "log",
                          "element": int(np.flatnonzero(log < -600)[0])}.items():
            self.assertEqual(said["first_inf"][key], want)
        for key, want in {**first, "node": "sub", "output": "nan"}.items():
            self.assertEqual(said["first_nan"][key], want)
        self.assertIsNone(said["nonfinite_input"])

    def test_unfused(self):
        model = self.model()
        fused = self.health(model, "--samples", "samples")
        unfused = self.health(model, "--samples", "samples", *UNFUSED)
        self.check(unfused, self.batches)
        changed = {"node", "op", "fused"}
        rows = [{n["output"]: {k: v for k, v in n.items() if k not in changed}
                 for n in said["activations"]} for said in (fused, unfused)]
        self.assertEqual(rows[0], rows[1])
        is_fused = {n["output"]: n["fused"] for n in fused["activations"]}
        self.assertTrue(is_fused["outFused"] and not is_fused["outNaN"])
        self.assertFalse(any(n["fused"] for n in unfused["activations"]))
        for said in (fused, unfused):
            self.assertEqual(said["first_nonfinite"]["output"], "log")

    def test_later_sample(self):
        """A channel that lives in the last sample alone is dead in the others."""
        model = self.model()
        np.save(self.folder / "x.npy", np.concatenate(self.batches[:2]))
        said = self.health(model, "--input", "x=x.npy")
        self.assertEqual((said["runs"], said["inputs"]), (1, 7))
        dead = {n["output"]: n["dead_channels"] for n in said["activations"]}
        self.assertEqual(dead["r"], [2, 5, 7])

    def test_fixed_batch(self):
        """Files with more rows than the model takes are run row by row: the same numbers."""
        said = self.health(self.model(1), "--samples", "samples")
        self.assertEqual((said["runs"], said["inputs"]), (8, 8))
        self.check(said, [row[None] for batch in self.batches for row in batch])
        self.assertEqual(said["first_inf"]["sample"], "b2.npy, row 0")

    def test_data_sets(self):
        model = self.model()
        for i, batch in enumerate(self.batches):
            models.folder(self.folder / "sets", None, [batch], [], i)
        self.check(self.health(model, "--samples", "sets"), self.batches)

    def test_folders(self):
        model = self.model()
        for i, batch in enumerate(self.batches):
            (self.folder / "named" / f"s{i}").mkdir(parents=True)
            np.save(self.folder / "named" / f"s{i}" / "x.npy", batch)
        self.check(self.health(model, "--samples", "named"), self.batches)

    def test_table_and_page(self):
        model = self.model()
        said = self.hinge("profile", model, "--activations", "--samples", "samples",
                          "--html", "page.html")
        for word in ["17 activations, 8 inputs in 3 runs", "2/8", "Conv+Relu", "[1,8,6,5]", "Gemm+Elu",
                     'Inf first appears at node "log" (Log), output "log" [2,8,6,5] at [0,',
                     "for b2.npy", "2 of 8 channels of node", "█"]:
            self.assertIn(word, said)
        page = Page()
        page.feed((self.folder / "page.html").read_text())
        page.close()
        self.assertEqual(page.open, [])
        self.assertEqual(page.count["tr"], 17 + 1)
        self.assertEqual(page.count["svg"], 17 + said.count(" channels of node "))
        self.assertFalse({"script", "link", "img", "iframe"} & set(page.count))
        self.assertTrue(all(a.startswith("#") for a in page.links), page.links)


class Small(Health):
    def test_random(self):
        """N random inputs have consecutive seeds."""
        model = models.two(self.folder / "two.onnx")
        said = self.health(model, "--random-samples", "3", "--random=5")
        self.assertEqual((said["runs"], said["inputs"]), (3, 3))
        for i, (node, size) in enumerate(zip(said["activations"], (2, 3))):
            x = [random_floats(i, (size,), seed) for seed in (5, 6, 7)]
            self.check_numbers(node, [np.maximum(v, 0) for v in x], None, [v > 0 for v in x])
        self.assertIsNone(said["first_nonfinite"])
        self.assertEqual(said["warnings"], [])

    def test_earliest_node(self):
        """The first node in order of execution, even where a later one was seen before."""
        nodes = [helper.make_node("Exp", ["x"], ["e"], name="first"),
                 helper.make_node("Exp", ["e"], ["y"], name="second")]
        model = models.save(self.folder / "e.onnx", nodes, [models.value("x", ["n", 2])],
                            [models.value("y", ["n", 2])])
        (self.folder / "s").mkdir()
        for name, x in [("a", 0), ("b", 5), ("c", 100), ("d", 200)]:
            np.save(self.folder / "s" / f"{name}.npy", np.array([[0, x]], np.float32))
        said = self.health(model, "--samples", "s")
        found = said["first_inf"]
        self.assertEqual((found["node"], found["index"], found["sample"], found["element"]),
                         ("first", 0, "c.npy", 1))
        self.assertIsNone(said["first_nan"])
        self.assertEqual([n["inf"] for n in said["activations"]], [2, 3])

    def test_types(self):
        """Halves and doubles; -0 is a zero, what underflows is one too."""
        numbers = {"float16": TensorProto.FLOAT16, "bfloat16": TensorProto.BFLOAT16,
                   "double": TensorProto.DOUBLE}
        x = np.array([[-3, -0.0, 1e-9, 1, 2.5], [np.inf, np.nan, -1e-9, 0.5, 6.5],
                      [-np.inf, 65504, 3, -1, 9.5]], dtype=np.float32)
        np.save(self.folder / "x.npy", x)
        for name, number in numbers.items():
            nodes = [helper.make_node("Cast", ["x"], ["c"], to=number, name="cast"),
                     helper.make_node("Relu", ["c"], ["r"], name="relu"),
                     helper.make_node("Tanh", ["c"], ["t"], name="tanh")]
            model = models.save(self.folder / f"{name}.onnx", nodes, [models.value("x", ["n", 5])],
                                [models.value("r", ["n", 5], number),
                                 models.value("t", ["n", 5], number)])
            said = self.health(model, "--input", "x=x.npy")
            if name == "bfloat16":  # rounded to nearest even in integers
                bits = x.view(np.uint32)
                rounded = ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).view(np.float32)
                cast = np.where(np.isnan(x), x, rounded)
            else:
                cast = x.astype(name)
            relu, tanh = said["activations"]
            self.assertEqual((relu["type"], relu["shape"]), (name, [3, 5]))
            want = np.where(np.isnan(cast), cast, np.maximum(cast, 0))
            self.check_numbers(relu, [want], 1,
                               [np.where(np.isnan(cast), 1, (cast > 0) * 1.0)])
            for key, count in [("elements", 15), ("nan", 1), ("inf", 0)]:
                self.assertEqual(tanh[key], count)
            wide = np.abs(np.nan_to_num(cast.astype(np.float64))) > 4.2
            self.assertEqual(np.count_nonzero(wide), 5)
            self.assertEqual(tanh["saturated"], np.count_nonzero(wide), name)
            self.assertEqual(said["nonfinite_input"]["input"], "x")
            self.assertEqual(said["first_nan"]["node"], "cast")
            self.assertEqual(said["first_nan"]["element"], 6)
            self.assertEqual(said["first_inf"]["element"], 5)

    def test_features_last(self):
        """[batch, sequence, features]: behind MatMul and what is elementwise after it."""
        rng = np.random.default_rng(1)
        w = rng.integers(-2, 3, (4, 6)).astype(np.float32)
        bias = np.array([0, -99, 0, 0, 0, -99], np.float32)
        nodes = [helper.make_node("MatMul", ["x", "w"], ["m"], name="m"),
                 helper.make_node("Abs", ["m"], ["abs"], name="abs"),
                 helper.make_node("Add", ["bias", "abs"], ["a"], name="a"),
                 helper.make_node("Relu", ["a"], ["r"], name="r"),
                 helper.make_node("Relu", ["x"], ["s"], name="s")]
        model = models.save(self.folder / "m.onnx", nodes, [models.value("x", ["n", 3, 4])],
                            [models.value("r", ["n", 3, 6]), models.value("s", ["n", 3, 4])],
                            [numpy_helper.from_array(w, "w"), numpy_helper.from_array(bias, "bias")])
        x = rng.integers(-3, 4, (2, 3, 4)).astype(np.float32)
        x[:, 1] = -1
        np.save(self.folder / "x.npy", x)
        r, s = self.health(model, "--input", "x=x.npy")["activations"]
        self.assertEqual((r["channel_axis"], s["channel_axis"]), (2, 1))
        y = np.abs(x @ w) + bias
        self.check_numbers(r, [np.maximum(y, 0)], 2, [y > 0])
        self.check_numbers(s, [np.maximum(x, 0)], 1, [x > 0])
        self.assertEqual(s["dead_channels"], [1])

    def test_moved_channels(self):
        """Channels of a Conv behind a Transpose, of a Gemm behind a Reshape; flattened ones are
        not found again, and axis 1 counts."""
        rng = np.random.default_rng(2)
        w = rng.integers(-2, 3, (4, 3, 3, 3)).astype(np.float32)
        bias = np.array([0, -999, 0, 0], np.float32)
        v = rng.integers(-2, 3, (120, 7)).astype(np.float32)
        node = helper.make_node
        nodes = [node("Conv", ["x", "w", "bias"], ["c"], name="conv", pads=[1] * 4),
                 node("Transpose", ["c"], ["t"], name="t", perm=[0, 2, 3, 1]),
                 node("Add", ["t", "one"], ["u"], name="u"),
                 node("Relu", ["u"], ["moved"], name="moved"),
                 node("Flatten", ["c"], ["f"], name="f"),
                 node("Relu", ["f"], ["flat"], name="flat"),
                 node("Gemm", ["f", "v"], ["g"], name="g"),
                 node("Reshape", ["g", "shape"], ["h"], name="h"),
                 node("Relu", ["h"], ["shaped"], name="shaped")]
        model = models.save(
            self.folder / "m.onnx", nodes, [models.value("x", ["n", 3, 6, 5])],
            [helper.make_tensor_value_info(o, TensorProto.FLOAT, None)
             for o in ("moved", "flat", "shaped")],
            [numpy_helper.from_array(a, k) for k, a in
             {"w": w, "bias": bias, "v": v, "one": np.float32([0, 0, 0, 1]),
              "shape": np.int64([-1, 2, 7])}.items()])
        x = rng.integers(-3, 4, (4, 3, 6, 5)).astype(np.float32)
        np.save(self.folder / "x.npy", x)
        c = convolve(x, w, bias)
        want = {"moved": (np.moveaxis(c, 1, 3) + [0, 0, 0, 1], 3), "flat": (c.reshape(4, -1), 1),
                "shaped": ((c.reshape(4, -1) @ v).reshape(2, 2, 7), 2)}
        for said in (self.health(model, "-i", "x=x.npy"),
                     self.health(model, "-i", "x=x.npy", *UNFUSED)):
            nodes = {n["output"]: n for n in said["activations"]}
            for name, (z, axis) in want.items():
                self.assertEqual(nodes[name]["channel_axis"], axis, name)
                self.check_numbers(nodes[name], [np.maximum(z, 0).astype(np.float32)], axis,
                                   [z > 0])
            self.assertEqual(nodes["moved"]["dead_channels"], [1])

    def test_several_inputs(self):
        """A folder for each sample; what a sample lacks comes from --input, or is an error."""
        model = models.two(self.folder / "two.onnx")
        for name, sign in [("1", 1), ("2", -1)]:
            (self.folder / "all" / name).mkdir(parents=True)
            np.save(self.folder / "all" / name / "x0.npy", np.array([1, -sign], np.float32))
        np.save(self.folder / "x1.npy", np.array([-1, 0, 2], np.float32))
        said = self.health(model, "--samples", "all", "--input", "x1=x1.npy")
        self.assertEqual([(n["elements"], n["zeros"]) for n in said["activations"]],
                         [(4, 1), (6, 4)])
        refused = self.hinge("profile", model, "--activations", "--samples", "all", status=1)
        for word in ['sample "1"', '"x1"', "--input x1"]:
            self.assertIn(word, refused)
        said = self.health(model, "--samples", "all", "--random")
        self.assertEqual(said["activations"][1]["elements"], 6)
        np.save(self.folder / "all" / "loose.npy", np.zeros(2, np.float32))
        self.assertIn("2 inputs have no --input", self.hinge(
            "profile", model, "--activations", "--samples", "all", status=1))

    def test_empty(self):
        model = models.relu(self.folder / "relu.onnx")
        said = self.health(model, "--dim", "batch=0")
        for node in said["activations"]:
            self.assertEqual((node["elements"], node["zeros"], node["zero_share"]), (0, 0, 0))
            for key in ["min", "mean", "std", "histogram"]:
                self.assertIsNone(node[key])
        self.hinge("profile", model, "--activations", "--dim", "batch=0", "--html", "p.html")

    def test_other_channels(self):
        """Samples with other numbers of channels: all else is counted."""
        nodes = [helper.make_node("Relu", ["x"], ["y"], name="relu")]
        model = models.save(self.folder / "r.onnx", nodes, [models.value("x", ["n", "c"])],
                            [models.value("y", ["n", "c"])])
        (self.folder / "s").mkdir()
        for size in (2, 3):
            np.save(self.folder / "s" / f"{size}.npy", np.zeros((1, size), np.float32))
        said = self.health(model, "--samples", "s")
        node = said["activations"][0]
        self.assertEqual((node["elements"], node["dead"], node["channels"]), (5, None, None))
        self.assertIn("differs between inputs", said["warnings"][0])

    def test_foreign_names(self):
        """Names are text in the page and do not steer the terminal."""
        name = '<script>alert("&1")</script>\033[31m'
        nodes = [helper.make_node("Relu", ["x"], ["y"], name=name)]
        model = models.save(self.folder / "r.onnx", nodes, [models.value("x", [1, 2])],
                            [models.value("y", [1, 2])])
        said = self.hinge("profile", model, "--activations", "--html", "p.html")
        self.assertNotIn("\033", said)
        text = (self.folder / "p.html").read_text()
        self.assertNotIn("<script", text)
        self.assertNotIn("\033", text)
        page = Page()
        page.feed(text)
        self.assertIn('<script>alert("&1")</script>?[31m', page.text)

    def test_refused(self):
        model = models.relu(self.folder / "relu.onnx")
        cases = [(["--samples", "none"], 2, "--activations"),
                 (["--html", "x"], 2, "--activations"),
                 (["--random-samples", "2"], 2, "--activations"),
                 (["-a", "--random-samples", "0"], 2, "--random-samples"),
                 (["-a", "--samples", ".", "--random-samples", "2"], 2, "exclude each other"),
                 (["-a", "--trace", "t"], 2, "--trace"), (["-a", "--runs", "3"], 2, "--runs"),
                 (["-a", "--samples", "none"], 1, "No such file"),
                 (["-a", "--samples", "empty"], 1, "no .npy or .pb file"),
                 (["-a", "--samples", "junk"], 1, 'sample "a.npy"'),
                 (["-a"], 1, "--dim batch=1"),
                 (["-a", "--dim", "batch=1", "--html", "none/p.html"], 1, "none/p.html")]
        (self.folder / "empty").mkdir()
        (self.folder / "junk").mkdir()
        (self.folder / "junk" / "a.npy").write_bytes(b"junk")
        for arguments, status, word in cases:
            self.assertIn(word, self.hinge("profile", model, *arguments, status=status))


class Digits(Health):
    """The networks of models/, from tensors that hinge run writes."""

    def test_digits(self):
        images = np.load(MODELS / "digits" / "held_out_images.npy").astype(np.float32) / 16
        np.save(self.folder / "x.npy", images)
        for path in sorted(MODELS.glob("digits_*")):
            model = onnx.load(str(path / "model.onnx"))
            op = ACTIVATIONS[model.graph.node[1].op_type]
            inner = ["conv1", "conv2", "dense1"]
            for name in inner + [n + ".act" for n in inner]:
                model.graph.output.append(
                    helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
            onnx.save(model, str(self.folder / "m.onnx"))
            self.hinge("run", self.folder / "m.onnx", "-i", "image=x.npy", "-O", ".")
            said = self.health(path / "model.onnx", "-i", "image=x.npy")
            self.assertEqual(said["inputs"], len(images))
            self.assertEqual([n["node"] for n in said["activations"]], inner)
            for node in said["activations"]:
                y = np.load(self.folder / f"{node['output']}.npy")
                z = np.load(self.folder / f"{node['node']}.npy").astype(np.float64)
                slope = op[2](z) if node["activation"] not in ("LeakyRelu", "Elu") else \
                    np.where(z < 0, 0.1 if node["activation"] == "LeakyRelu" else np.exp(z), 1)
                self.check_numbers(node, [y], 1, [slope * 1.0])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
