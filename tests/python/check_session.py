"""Sessions: options, runs that are ended early, many threads, and what is refused.
usage: check_session.py MODELS_FOLDER"""
import gc
import logging
import pickle
import sys
import threading
import time
import unittest
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hinge
import numpy as np
from onnx import helper

from models import FLOAT, INT64, chain, endless, identity, model, tensor

RELU = Path(sys.argv[1]) / "digits_relu" / "model.onnx"
X = np.array([[1, -2, 3]], np.float32)
ENDLESS = {"steps": 2 ** 62, "x": np.ones(4, np.float32)}


class Options(unittest.TestCase):
    def test_model_as_path_or_bytes(self):
        content = RELU.read_bytes()
        changing = bytearray(content)
        image = np.zeros((1, 1, 8, 8), np.float32)
        expected = hinge.Session(str(RELU)).run({"image": image})["probability"]
        for given in (RELU, content, changing, memoryview(content)):
            session = hinge.Session(given)
            changing[:] = bytes(len(changing))
            np.testing.assert_array_equal(session.run({"image": image})["probability"], expected)
            changing[:] = content

    def test_errors_of_opening(self):
        for given, kind, also in ((RELU.with_name("none.onnx"), hinge.FileError, OSError),
                                  (b"nonsense", hinge.BadFormatError, ValueError),
                                  ("a\0b", hinge.BadArgumentError, ValueError)):
            with self.assertRaises(kind) as caught:
                hinge.Session(given)
            self.assertIsInstance(caught.exception, also)
            self.assertEqual(caught.exception.status, kind.status)
        unknown = model([helper.make_node("Relux", ["x"], ["y"], name="here")], [tensor("x", [1])],
                        [tensor("y", [1])])
        with self.assertRaisesRegex(hinge.UnsupportedError, "Relux"):
            hinge.Session(unknown)
        session = hinge.Session(unknown, allow_missing=True)
        self.assertIn("Relux", session.missing[0])
        with self.assertRaises(hinge.UnsupportedError):
            session.run({"x": np.zeros(1, np.float32)})

    def test_errors_travel(self):
        error = hinge.BadShapeError("too large", node="conv")
        copied = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(copied), str(copied), copied.node, copied.status),
                         (hinge.BadShapeError, "too large", "conv", hinge.Status.BAD_SHAPE))

    def test_options_are_passed_on(self):
        told = []
        session = hinge.Session(chain(), threads=1, isa="scalar",
                                log=lambda *line: told.append(line),
                                memory_limit=1 << 20)
        plugins = []
        session.run({"x": X}, on_node=lambda event: plugins.append(event.plugin), trace=True)
        self.assertTrue(plugins and all("scalar" in plugin for plugin in plugins), plugins)
        self.assertTrue(any("negate" in message for _, message in told), told)
        with self.assertRaises(hinge.NoMemoryError) as caught:
            hinge.Session(chain(), memory_limit=100)
        self.assertIsInstance(caught.exception, MemoryError)
        with self.subTest("cache"):
            told.clear()
            hinge.Session(chain(), cache="/no/such/folder", log=lambda *line: told.append(line))
            self.assertIn((logging.WARNING, 'the cache "/no/such/folder" cannot be opened: '
                           "No such file or directory"), told)
        for wrong in ({"isa": "mmx"}, {"disabled_passes": ["none such"]}, {"values": ["none such"]},
                      {"disabled_passes": "text"}, {"plugins": "text"}, {"values": "middle"},
                      {"threads": -1}, {"threads": 2 ** 32}, {"memory_limit": -1},
                      {"isa": "a\0b"}, {"cache": "a\0b"}):
            with self.subTest(wrong), self.assertRaises(hinge.Error):
                hinge.Session(chain(), **wrong)

    def test_default_inputs(self):
        built = model([helper.make_node("Add", ["x", "c"], ["y"])],
                      [tensor("x", [1, 3]), tensor("c", [1])], [tensor("y", [1, 3])],
                      [helper.make_tensor("c", FLOAT, [1], [10])])
        session = hinge.Session(built, overridable_defaults=True)
        self.assertEqual(session.defaults, {"c"})
        np.testing.assert_array_equal(session.run({"x": X})["y"], X + 10)
        np.testing.assert_array_equal(session.run({"x": X, "c": [1]})["y"], X + 1)

    def test_description(self):
        session = hinge.Session(chain())
        self.assertEqual(session.model.metadata, {"author": "tests", "purpose": "to test"})
        self.assertEqual(session.model.opsets[""], 13)
        self.assertEqual(session.inputs, (("x", "tensor(float)", ("n", 3)),))
        unnamed = hinge.Session(identity(FLOAT, shape=[None, 2]))
        self.assertEqual(unnamed.inputs[0].shape, (None, 2))
        self.assertRegex(hinge.__version__, r"^\d+\.\d+\.\d+$")

    def test_shared_threads(self):
        threads = hinge.Threads(2)
        sessions = [hinge.Session(chain(), threads=threads) for _ in range(3)]
        del threads
        gc.collect()
        for session in sessions:
            np.testing.assert_allclose(session.run({"x": X})["y"], np.exp(-X), rtol=1e-6)


class Runs(unittest.TestCase):
    def setUp(self):
        self.session = hinge.Session(chain(), threads=1)
        self.addCleanup(self.session.close)

    def test_values_by_name(self):
        for session in (self.session, hinge.Session(chain(), values=["middle"])):
            for _ in range(2):
                got = session.run({"x": X}, values=["middle"])
                self.assertEqual(list(got)[0], "y")
                np.testing.assert_array_equal(got["middle"], -X)
                np.testing.assert_allclose(got["y"], np.exp(-X), rtol=1e-6)
            middle, = session.run({"x": X}, [], values=["middle"])
            np.testing.assert_array_equal(middle, -X)
        self.assertEqual(list(self.session.run({"x": X})), ["y"])
        for wrong in (["none such"], "middle", ["a\0b"], ["\ud800"]):
            with self.assertRaises(hinge.BadArgumentError):
                self.session.run({"x": X}, values=wrong)
        everything = hinge.Session(chain(), all_values=True)
        self.assertEqual(set(everything.run({"x": X})), {"y", "middle"})

    def test_wrong_inputs(self):
        for inputs, words in (({}, "inputs are missing: x"), ({"x": X, "z": X}, "no input z"),
                              ({3: X}, "no input 3"), ([X], "a dict"), (None, "a dict"),
                              ({"x": X.astype("f8")}, r"not tensor\(double\)"),
                              ({"x": X[0]}, "shape"), ({"x": X[:, :2]}, "shape")):
            with self.subTest(words), self.assertRaisesRegex(hinge.BadArgumentError, words):
                self.session.run(inputs)
        for outputs in (["z"], "y", [0]):
            with self.assertRaises(hinge.BadArgumentError):
                self.session.run({"x": X}, outputs)
        self.assertEqual(self.session.run({"x": X}, []), [])
        np.testing.assert_allclose(self.session.run({"x": X})["y"], np.exp(-X), rtol=1e-6)

    def test_closed(self):
        with self.session as session:
            session.run({"x": X}, values=["middle"])
        for values in ((), ["middle"]):
            with self.assertRaisesRegex(hinge.BadArgumentError, "the session is closed"):
                session.run({"x": X}, values=values)
        session.close()
        self.assertEqual(session.inputs[0].name, "x")

    def test_nobody_has_it(self):
        session = hinge.Session(chain())
        gone = weakref.ref(session._contexts)
        session.run({"x": X})
        del session
        gc.collect()
        self.assertIsNone(gone())

    def test_events(self):
        events = []
        self.session.run({"x": X}, on_node=events.append)
        self.assertTrue(events)
        for event in events:
            self.assertLessEqual(event.start_ns, event.end_ns)
            self.assertEqual(event.graph, 0)

        for number in range(len(events)):
            def fail(event, number=number):
                if event.index == number:
                    raise KeyError("of the caller")
            with self.assertRaisesRegex(KeyError, "of the caller"):
                self.session.run({"x": X}, on_node=fail)
            self.session.run({"x": X})

    def test_a_cancellation_that_comes_late(self):
        """It ends no later run."""
        last = []
        self.session.run({"x": X}, on_node=last.append)
        cancel = hinge.Cancel()
        got = self.session.run({"x": X}, cancel=cancel, on_node=lambda event: (
            cancel.cancel() if event.index == last[-1].index else None))
        np.testing.assert_allclose(got["y"], np.exp(-X), rtol=1e-6)
        self.session.run({"x": X})


class EndedEarly(unittest.TestCase):
    def setUp(self):
        self.session = hinge.Session(endless(), threads=1)
        self.addCleanup(self.session.close)

    def still_works(self):
        np.testing.assert_array_equal(
            self.session.run({"steps": 2, "x": np.ones(4, np.float32)})["y"], np.ones(4))

    def test_timeout(self):
        start = time.monotonic()
        for limit in ({"timeout": 0.05}, {"deadline": time.monotonic() + 0.05}, {"timeout": 0},
                      {"timeout": -1}, {"timeout": 1000, "deadline": 0}):
            with self.assertRaises(hinge.DeadlineError) as caught:
                self.session.run(ENDLESS, **limit)
            self.assertIsInstance(caught.exception, TimeoutError)
        self.assertLess(time.monotonic() - start, 30)
        self.still_works()
        self.session.run({"steps": 2, "x": [1]}, timeout=float("inf"))
        with self.assertRaisesRegex(hinge.BadArgumentError, "not a number"):
            self.session.run({"steps": 2, "x": [1]}, timeout=float("nan"))

    def test_cancel(self):
        cancel = hinge.Cancel()
        timer = threading.Timer(0.05, cancel.cancel)
        timer.start()
        with self.assertRaises(hinge.CancelledError):
            self.session.run(ENDLESS, cancel=cancel)
        timer.join()
        with self.assertRaises(hinge.CancelledError):
            self.session.run({"steps": 2, "x": [1]}, cancel=cancel)
        self.still_works()

    def test_closed_while_it_runs(self):
        """The run ends as it would; the session goes when it has ended."""
        begun, results = threading.Event(), []

        def run():
            try:
                self.session.run(ENDLESS, on_node=lambda _: begun.set(), cancel=cancel)
            except hinge.Error as error:
                results.append(error)
        cancel = hinge.Cancel()
        thread = threading.Thread(target=run)
        thread.start()
        begun.wait(60)
        self.session.close()
        time.sleep(0.05)
        self.assertTrue(thread.is_alive())
        with self.assertRaisesRegex(hinge.BadArgumentError, "closed"):
            self.session.run(ENDLESS)
        cancel.cancel()
        thread.join(60)
        self.assertIsInstance(results[0], hinge.CancelledError)

    def test_others_run_meanwhile(self):
        """Python's lock is free while a model runs."""
        cancel = hinge.Cancel()
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(self.session.run, ENDLESS, cancel=cancel)
            for _ in range(10):
                self.still_works()
            self.assertFalse(running.done())
            cancel.cancel()
            with self.assertRaises(hinge.CancelledError):
                running.result(60)


class ManyThreads(unittest.TestCase):
    def test_one_session(self):
        """Each gets its own results, whatever the shapes and mistakes of the others."""
        session = hinge.Session(chain(), threads=2)

        def work(seed):
            random = np.random.default_rng(seed)
            for i in range(50):
                x = random.standard_normal((1 + (seed + i) % 9, 3)).astype(np.float32)
                np.testing.assert_allclose(session.run({"x": x})["y"], np.exp(-x), rtol=1e-5)
                with self.assertRaises(hinge.BadArgumentError):
                    session.run({"x": x[:, :1]})
                middle, = session.run({"x": x}, [], values=["middle"])
                np.testing.assert_array_equal(middle, -x)
        with ThreadPoolExecutor(8) as pool:
            for done in [pool.submit(work, seed) for seed in range(8)]:
                done.result(120)
        self.assertLessEqual(len(session._contexts._idle), 8)

    def test_closed_by_another(self):
        """Either a whole result or a session that is closed."""
        for _ in range(300):
            session = hinge.Session(chain(), threads=1)

            def work():
                try:
                    while True:
                        y, = session.run({"x": X}, ["y"])
                        np.testing.assert_allclose(y, np.exp(-X), rtol=1e-5)
                except hinge.BadArgumentError as error:
                    self.assertIn("the session is closed", str(error))
            with ThreadPoolExecutor(4) as pool:
                working = [pool.submit(work) for _ in range(4)]
                session.close()
                for done in working:
                    done.result(60)

    def test_arrays_that_change_meanwhile(self):
        """Indices that were in range when an operator looked are so when it uses them; of numbers,
        the result is any mixture."""
        gather = hinge.Session(model(
            [helper.make_node("Gather", ["x", "i"], ["y"])],
            [tensor("x", ["n"]), tensor("i", ["m"], INT64)], [tensor("y", ["m"])]), threads=1)
        x, i = np.zeros(8000, np.float32), np.zeros(20000, np.int64)
        stop = threading.Event()

        def change():
            while not stop.is_set():
                i[:] = 10 ** 12
                x[:] = 1
                i[:] = 0
                x[:] = 0
        thread = threading.Thread(target=change)
        thread.start()
        n_refused = n_done = 0
        end = time.monotonic() + 60
        try:
            while (n_refused < 100 or n_done < 100) and time.monotonic() < end:
                try:
                    result = gather.run({"x": x, "i": i})["y"]
                    self.assertTrue(np.isin(result, [0, 1]).all())
                    n_done += 1
                except hinge.Error:
                    n_refused += 1
        finally:
            stop.set()
            thread.join()
        self.assertGreater(n_refused, 0)
        self.assertGreater(n_done, 0)

    def test_array_of_a_run_keeps_its_memory(self):
        """It cannot be resized, nor can what it lies in."""
        session = hinge.Session(identity(FLOAT), threads=1)
        memory = bytearray(40000)
        array = np.zeros(10000, np.float32)
        refused = []

        def resize(_):
            for change in (lambda: array.resize(10), memory.clear):
                try:
                    change()
                except (ValueError, BufferError) as error:
                    refused.append(error)
        session.run({"x": array}, on_node=resize)
        session.run({"x": np.frombuffer(memory, np.float32)}, on_node=resize)
        self.assertGreaterEqual(len(refused), 2, refused)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
