"""What inspect and profile say of nodes within nodes, of models whose operators are missing, and of
what a model says of itself.
usage: check_bodies.py HINGE PLUGIN  (PLUGIN: the faulty plugin, for --plugin)"""
import json
import subprocess
import sys
import unittest

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import models
from activations import Health

PLUGIN = sys.argv[2]
node, value = helper.make_node, models.value
N_STEPS = 5


def loop(path, body_op="Relu"):
    """An If in a Loop of five steps: s -> relu(s) or exp(s), the first of which reads x from outside."""
    branches = [helper.make_graph([node(op, ["s"], ["r"], name=name)], name, [],
                                  [value("r", [2])])
                for op, name in ((body_op, "taken"), ("Exp", "other"))]
    body = helper.make_graph(
        [node("Identity", ["more"], ["on"], name="keep"),
         node("If", ["more"], ["u"], name="choose", then_branch=branches[0],
              else_branch=branches[1]),
         node("Mul", ["u", "x"], ["t"], name="times")], "body",
        [value("i", [], TensorProto.INT64), value("more", [], TensorProto.BOOL), value("s", [2])],
        [value("on", [], TensorProto.BOOL), value("t", [2])])
    return models.save(
        path, [node("Tanh", ["x"], ["a"], name="before"),
               node("Loop", ["n", "", "a"], ["y"], name="steps", body=body),
               node("Neg", ["y"], ["z"], name="after")],
        [value("x", [2])], [value("z", [2])], [numpy_helper.from_array(np.array(N_STEPS), "n")])


class Bodies(Health):
    def setUp(self):
        super().setUp()
        self.model = loop(self.folder / "m.onnx")

    def test_text(self):
        said = self.hinge("inspect", self.model, "--nodes")
        self.assertIn("operators  3 nodes, 3 in the file; 5 in 3 bodies\n", said)
        for name, indent in [("steps", 0), ("choose", 4), ("times", 4), ("taken", 8), ("other", 8),
                             ("after", 0)]:
            self.assertRegex(said, rf"\n {{{2 + indent}}} +\d+  onnx-\S+ +\w+  {name}\n")
        order = [said.index(w) for w in ("steps\n", "\n      body:\n", "choose\n",
                                         "\n          else_branch:\n", "other\n",
                                         "\n          then_branch:\n", "taken\n", "times\n",
                                         "after\n")]
        self.assertEqual(order, sorted(order))
        self.assertIn("\n              more  bool[", said)

    def test_json(self):
        said = json.loads(self.hinge("inspect", self.model, "--json"))
        graphs, nodes = said["graphs"], said["nodes"]
        self.assertEqual([(g["name"], g["attribute"]) for g in graphs],
                         [("graph", None), ("body", "body"), ("other", "else_branch"),
                          ("taken", "then_branch")])
        self.assertEqual([nodes[g["node"]]["name"] for g in graphs[1:]],
                         ["steps", "choose", "choose"])
        self.assertEqual([n["graph"] for n in nodes], [0, 0, 0, 1, 1, 1, 2, 3])
        values = {v["index"]: v for v in said["values"]}
        self.assertEqual([values[i]["name"] for i in graphs[1]["inputs"]], ["i", "more", "s"])
        times = next(n for n in nodes if n["name"] == "times")
        outer = values[values[times["inputs"][1]]["outer"]]
        self.assertEqual((outer["name"], outer["graph"]), ("x", 0))

    def test_dot(self):
        said = self.hinge("inspect", self.model, "--dot")
        drawn = subprocess.run(["dot", "-Tplain"], input=said, capture_output=True, text=True)
        self.assertEqual((drawn.returncode, drawn.stderr), (0, ""))
        lines = drawn.stdout.splitlines()
        # 8 nodes; x and z; three inputs and two outputs of the body, an output of each branch
        self.assertEqual(sum(line.startswith("node") for line in lines), 8 + 2 + 5 + 2)
        self.assertEqual(said.count("subgraph cluster_"), 3)
        for label in ["body", "then_branch", "else_branch"]:
            self.assertIn(f'label="{label}"', said)

    def test_profile(self):
        """A node's own time is what its bodies' nodes have not."""
        said = json.loads(self.hinge("profile", self.model, "--json", "--runs", "4",
                                     "--trace", "t.json"))
        nodes = {n["node"]: n for n in said["nodes"]}
        self.assertEqual({name: n["calls"] for name, n in nodes.items()},
                         {"before": 1, "steps": 1, "after": 1, "choose": N_STEPS, "times": N_STEPS,
                          "keep": N_STEPS, "taken": N_STEPS})
        self.assertAlmostEqual(sum(n["ms"] for n in nodes.values()), said["total_ms"], places=9)
        self.assertAlmostEqual(sum(n["share"] for n in nodes.values()), 1)
        inner = ["choose", "times", "keep", "taken"]
        self.assertAlmostEqual(nodes["steps"]["ms_with_bodies"],
                               nodes["steps"]["ms"] + sum(nodes[n]["ms"] for n in inner), places=9)
        self.assertAlmostEqual(nodes["choose"]["ms_with_bodies"],
                               nodes["choose"]["ms"] + nodes["taken"]["ms"], places=9)
        self.assertEqual(nodes["times"]["ms_with_bodies"], nodes["times"]["ms"])
        events = json.loads((self.folder / "t.json").read_text())["traceEvents"]
        self.assertEqual(len(events), 3 + 4 * N_STEPS)
        self.assertGreaterEqual(min(e["ts"] for e in events), 0)
        steps = next(e for e in events if e["name"] == "steps")
        for event in events:
            if event["name"] in inner:
                self.assertGreaterEqual(event["ts"], steps["ts"])
                self.assertLessEqual(event["ts"] + event["dur"], steps["ts"] + steps["dur"] + 1e-3)
        self.assertRegex(self.hinge("profile", self.model),
                         r"Loop +onnx-scalar +steps  \(\d+\.\d+ ms with what its bodies do\)\n")

    def test_health(self):
        """Over all steps; where NaN comes first counts by the order in which nodes end."""
        x = np.array([0.5, -2], np.float32)
        np.save(self.folder / "x.npy", x)
        s, want = np.tanh(x.astype(np.float64)), []
        for _ in range(N_STEPS):
            want.append(np.maximum(s, 0).astype(np.float32)[None])
            s = np.maximum(s, 0) * x
        said = self.health(self.model, "--input", "x=x.npy")
        nodes = {n["node"]: n for n in said["activations"]}
        self.assertEqual(set(nodes), {"before", "taken"})
        self.assertEqual((nodes["taken"]["elements"], nodes["taken"]["zeros"]),
                         (2 * N_STEPS, N_STEPS))
        self.assertAlmostEqual(nodes["taken"]["max"], float(np.max(want)), places=6)
        # What "times" makes in the first step is in the second the input of "taken", which is in
        # front of it.
        np.save(self.folder / "x.npy", np.array([np.inf, -np.inf], np.float32))
        said = self.health(self.model, "--input", "x=x.npy")
        self.assertEqual(said["first_inf"]["node"], "taken")
        self.assertEqual(said["first_nan"]["node"], "taken")


class Missing(Health):
    def inspect(self, model, *arguments):
        """What it says although operators are missing; the exit status says so."""
        result = self.call("inspect", model, *arguments)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stderr, r"^hinge: the model cannot be run: no plugin has .+\n$")
        return result.stdout

    def test_marked(self):
        model = models.save(
            self.folder / "m.onnx",
            [node("Relu", ["x"], ["a"], name="first"),
             node("NoSuch", ["a"], ["b"], name="gone"), node("Exp", ["b"], ["c"], name="behind"),
             node("Relu", ["a"], ["d"], name="beside")],
            [value("x", [2])], [value("c", [2]), value("d", [2])])
        said = self.inspect(model, "--nodes")
        self.assertRegex(said, r"\nmissing\n  .*NoSuch.*\n")
        self.assertRegex(said, r"MISSING +NoSuch  gone\n")
        self.assertRegex(said, r"onnx-\S+ +Relu  first\n")
        self.assertRegex(said, r"onnx-\S+ +Relu  beside\n")
        self.assertRegex(said, r"not known +Exp  behind\n")
        said = json.loads(self.inspect(model, "--json"))
        self.assertEqual([n["plugin"] is None for n in said["nodes"]], [False, True, True, False])
        self.assertEqual(len(said["missing"]), 1)
        self.assertIn("NoSuch", said["missing"][0])
        self.assertIsNone(said["plan"])
        said = self.inspect(model, "--dot")
        drawn = subprocess.run(["dot", "-Tplain"], input=said, capture_output=True, text=True)
        self.assertEqual((drawn.returncode, drawn.stderr), (0, ""))
        self.assertEqual(said.count("#f4d0d0"), 2)

    def test_behind_another(self):
        model = models.save(self.folder / "m.onnx",
                            [node("NoSuch", ["x"], ["a"], name="first"),
                             node("NoSuchEither", ["a"], ["b"], name="behind")],
                            [value("x", [2])], [value("b", [2])])
        self.assertRegex(self.inspect(model, "--nodes"), r"MISSING +NoSuchEither  behind\n")

    def test_in_a_body(self):
        said = self.inspect(loop(self.folder / "m.onnx", "NoSuch"), "--nodes")
        self.assertRegex(said, r"MISSING +NoSuch  taken\n")

    def test_kernel(self):
        """The operator is there, but not for these types."""
        model = models.identity(self.folder / "m.onnx", TensorProto.STRING)
        proto = onnx.load(model)
        proto.graph.node[0].op_type = "Exp"
        onnx.save(proto, model)
        said = self.inspect(model)
        self.assertRegex(said, r"MISSING +Exp\n")
        self.assertRegex(said, r"\nmissing\n  .*Exp.*string.*\n")


class Metadata(Health):
    def test_told(self):
        model = models.relu(self.folder / "m.onnx")
        proto = onnx.load(model)
        proto.producer_name, proto.producer_version = "maker", "3.1"
        proto.domain, proto.model_version, proto.doc_string = "com.acme", 7, "What it\nis for."
        proto.graph.doc_string = "How it does that."
        helper.set_model_props(proto, {"author": "A. Author", "licence": "none\033[31m"})
        onnx.save(proto, model)
        said = self.hinge("inspect", model)
        for words in ["maker 3.1", "domain    com.acme\n", "version   7\n",
                      "doc       What it?is for.\n", "graph doc How it does that.\n",
                      "metadata\n  author  A. Author\n  licence  none?[31m\n"]:
            self.assertIn(words, said)
        said = json.loads(self.hinge("inspect", model, "--json"))
        self.assertEqual([said[k] for k in ("producer", "producer_version", "domain", "version",
                                            "doc", "graph_doc")],
                         ["maker", "3.1", "com.acme", 7, "What it\nis for.", "How it does that."])
        self.assertEqual(said["metadata"], [{"key": "author", "value": "A. Author"},
                                            {"key": "licence", "value": "none\033[31m"}])
        said = self.hinge("inspect", models.relu(self.folder / "plain.onnx"))
        for word in ["domain", "version", "doc", "metadata"]:
            self.assertNotIn(f"\n{word}", said)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
