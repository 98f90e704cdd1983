"""Models that come, change and go while requests are answered.
usage: check_repository.py HINGE"""
import os
import threading
import time
import unittest

import numpy as np
import onnx
from onnx import helper, numpy_helper

import server
from server import Served, floats

ZERO = [floats(rows=[[0, 0, 0]])]


class Repository(Served):
    def model(self, name, version, constant):
        """Beside the folder first, then in it at once, as it is done where it is served."""
        path = self.folder / "r" / name / str(version) / "model.onnx"
        path.parent.mkdir(parents=True, exist_ok=True)
        os.rename(server.add(self.folder / "new.onnx", constant), path)

    def value(self, name, status=200):
        said = self.infer(name, ZERO, status=status)
        return said["outputs"][0]["data"][0] if status == 200 else said

    def wait_for(self, condition):
        for _ in range(200):
            if condition():
                return
            time.sleep(0.05)
        self.fail("it did not come")

    def index(self):
        return {(m["name"], m["version"]): m for m in self.json("POST", "/v2/repository/index", {})}

    def test_load_and_unload(self):
        self.model("a", 1, 1)
        self.serve(self.folder / "r", "--poll", "0.1")
        self.assertEqual(self.value("a"), 1)
        self.call("POST", "/v2/repository/models/a/unload", "{}")
        self.refused(self.value("a", status=404))
        self.assertEqual(self.index()["a", "1"]["state"], "UNAVAILABLE")
        self.assertEqual(self.index()["a", "1"]["reason"], "unloaded")
        self.assertEqual(self.call("GET", "/v2/models/a/ready")[0], 404)
        time.sleep(0.5)  # it is not found again
        self.refused(self.value("a", status=404))
        self.assertEqual(self.call("POST", "/v2/repository/models/a/load")[0], 200)
        self.assertEqual(self.value("a"), 1)
        for action in ("load", "unload"):
            self.refused(self.json("POST", f"/v2/repository/models/z/{action}", "{}", status=404))

    def test_poll(self):
        (self.folder / "r").mkdir()
        self.serve(self.folder / "r", "--poll", "0.1")
        self.assertEqual(self.index(), {})
        self.model("a", 1, 1)
        self.wait_for(lambda: self.index().get(("a", "1"), {}).get("state") == "READY")
        self.assertEqual(self.value("a"), 1)
        self.model("a", 2, 2)
        self.wait_for(lambda: self.value("a") == 2)
        self.model("a", 2, 3)
        self.wait_for(lambda: self.value("a") == 3)
        os.remove(self.folder / "r" / "a" / "2" / "model.onnx")
        self.wait_for(lambda: self.value("a") == 1)
        os.rename(self.folder / "r" / "a", self.folder / "away")
        self.wait_for(lambda: self.index() == {})
        self.refused(self.value("a", status=404))
        os.rename(self.folder / "r", self.folder / "gone")  # the folder itself says nothing
        time.sleep(0.3)
        self.call("GET", "/v2/health/ready")

    def external_model(self, name, location):
        """x + c, with c in a file of its own; returns that file's path."""
        folder = self.folder / "r" / name / "1"
        c = numpy_helper.from_array(np.zeros(1, np.float32), "c")
        onnx.external_data_helper.set_external_data(c, location)
        c.data_location = onnx.TensorProto.EXTERNAL
        c.ClearField("raw_data")
        server.save(folder / "model.onnx", [helper.make_node("Add", ["x", "c"], ["y"])],
                    [server.value("x", ["batch", 3])], [server.value("y", ["batch", 3])], [c])
        (folder / location).parent.mkdir(exist_ok=True)
        return folder / location

    def data(self, path, constant):
        new = self.folder / "new"
        new.write_bytes(np.float32(constant).tobytes())
        os.rename(new, path)

    def test_external_data(self):
        """New weights under an old model.onnx are seen, in its folder and below it."""
        places = {name: self.external_model(name, location)
                  for name, location in (("a", "weights"), ("b", "data/weights"))}
        for path in places.values():
            self.data(path, 1)
        self.serve(self.folder / "r", "--poll", "0.1")
        for constant in (2, 3):
            for name, path in places.items():
                self.data(path, constant)
                self.wait_for(lambda: self.value(name) == constant)
        os.remove(places["a"])
        self.wait_for(lambda: "weights" in self.index()["a", "1"]["reason"])
        self.assertEqual(self.value("a"), 3)
        self.data(places["a"], 4)
        self.wait_for(lambda: self.value("a") == 4)
        # what is beside it and no part of it is no reason to load it
        (places["a"].parent / "notes").write_text("new")
        time.sleep(0.5)
        said = self.call("GET", "/metrics")[2].decode()
        self.assertRegex(said, 'requests_total{model="a",version="1",result="ok"} [1-9]')

    def test_external_data_comes_later(self):
        """A model that could not be loaded is tried again when a file comes, or has been written."""
        path = self.external_model("a", "weights")
        self.serve(self.folder / "r", "--poll", "0.1")
        self.assertEqual(self.index()["a", "1"]["state"], "UNAVAILABLE")
        path.write_bytes(b"\0")
        time.sleep(0.5)
        self.assertEqual(self.index()["a", "1"]["state"], "UNAVAILABLE")
        self.assertLess(self.server.errors.read_text().count("weights"), 4)  # not at each look
        with path.open("ab") as rest:
            rest.write(np.float32(5).tobytes()[1:])
        self.wait_for(lambda: self.index()["a", "1"]["state"] == "READY")
        self.assertEqual(self.value("a"), 5)

    def test_no_poll(self):
        self.model("a", 1, 1)
        self.serve(self.folder / "r", "--poll", "0")
        self.model("a", 1, 2)
        time.sleep(0.5)
        self.assertEqual(self.value("a"), 1)
        self.call("POST", "/v2/repository/models/a/load")
        self.assertEqual(self.value("a"), 2)

    def test_bad_successor(self):
        """The old one goes on answering, and the reason is told."""
        self.model("a", 1, 1)
        self.serve(self.folder / "r", "--poll", "0.1")
        (self.folder / "bad").write_bytes(b"no model")
        os.rename(self.folder / "bad", self.folder / "r" / "a" / "1" / "model.onnx")
        self.wait_for(lambda: self.index()["a", "1"]["reason"])
        self.assertEqual(self.index()["a", "1"]["state"], "READY")
        self.assertEqual(self.value("a"), 1)
        self.refused(self.json("POST", "/v2/repository/models/a/load", status=400), "model.onnx")
        self.assertEqual(self.value("a"), 1)
        self.model("a", 1, 2)
        self.wait_for(lambda: self.value("a") == 2)
        self.assertEqual(self.index()["a", "1"]["reason"], "")

    def test_nothing_lost(self):
        """Under load, a model is exchanged a hundred times: every request is answered by one of
        them, and none sees an older one than before."""
        self.model("a", 1, 0)
        self.serve(self.folder / "r", "--poll", "0.05")
        done, failures, n_calls = threading.Event(), [], [0] * 4

        def ask(i):
            connection, last = self.server.connect(), 0
            try:
                while not done.is_set():
                    said = self.infer("a", ZERO, connection=connection)
                    got = said["outputs"][0]["data"][0]
                    if got < last:
                        failures.append((got, last))
                    last = got
                    n_calls[i] += 1
            except BaseException as failure:
                failures.append(failure)
            connection.close()

        threads = [threading.Thread(target=ask, args=[i]) for i in range(len(n_calls))]
        for thread in threads:
            thread.start()
        for constant in range(1, 101):
            self.model("a", 1, constant)
            if constant % 2:
                self.json("POST", "/v2/repository/models/a/load")
            else:
                time.sleep(0.06)
        self.wait_for(lambda: self.value("a") == 100)
        done.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertTrue(all(n_calls))


if __name__ == "__main__":
    unittest.main(argv=["check_repository"])
