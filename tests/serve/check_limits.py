"""What hinge serve refuses, and how: sizes, queue, deadlines, slow and many clients; and its end.
usage: check_limits.py HINGE"""
import json
import os
import resource
import signal
import socket
import threading
import time
import unittest

from onnx import TensorProto

import server
from server import Served, floats, tensor

FOREVER = 2**40


def steps(n):
    return [tensor("steps", "INT64", [], [n]), tensor("x", "FP32", [1], [1])]


class Limits(Served):
    def raw(self, timeout=30):
        made = socket.create_connection((self.server.host, self.server.port), timeout=timeout)
        self.addCleanup(made.close)
        return made

    @staticmethod
    def read_all(connection):
        got = b""
        while data := connection.recv(65536):
            got += data
        return got

    def test_body(self):
        server.relu(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx", "--max-body", "1K")
        head = b"POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\n"
        for length in (b"1025", b"99999999999999999999", b"18446744073709551617"):
            connection = self.raw()
            connection.sendall(head + b"Content-Length: " + length + b"\r\n\r\n")
            self.assertRegex(connection.recv(4096), rb"^HTTP/1.1 4(13|00) ")
        body = json.dumps({"inputs": [floats()]})
        body += " " * (1024 - len(body))
        self.json("POST", "/v2/models/m/infer", body)
        chunks = iter([body.encode(), b" "] * 50)
        self.refused(self.json("POST", "/v2/models/m/infer", chunks, status=413), "1024 bytes")
        self.json("POST", "/v2/models/m/infer", iter([body[:500].encode(), body[500:].encode()]))
        self.refused(self.json("POST", "/v2/models/m/infer", body, status=415,
                               headers={"Content-Encoding": "gzip"}), "gzip")

    def test_tensors(self):
        server.identity(self.folder / "m.onnx", TensorProto.DOUBLE)
        self.serve(self.folder / "m.onnx", "--max-tensors", "800")
        self.infer("m", [tensor("x", "FP64", [100], [0] * 100)])
        self.refused(self.infer("m", [tensor("x", "FP64", [101], [0] * 101)], status=413),
                     "808 bytes, more than 800")

    def test_envelope(self):
        """What is not data is parsed into a tree, and may not be large."""
        server.relu(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx")
        self.infer("m", [floats()], parameters={"many": [1] * 300000})
        self.refused(self.infer("m", [floats()], status=413, parameters={"many": [1] * 600000}),
                     "1 MiB")

    def test_deadline(self):
        server.endless(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx")
        self.infer("m", steps(3))
        start = time.monotonic()
        self.refused(self.infer("m", steps(FOREVER), status=504,
                                headers={"Request-Timeout": "0.2"}), "deadline")
        self.refused(self.infer("m", steps(FOREVER), status=504, parameters={"timeout": 2e5}),
                     "deadline")
        self.assertLess(time.monotonic() - start, 20)
        self.infer("m", steps(3), parameters={"timeout": 60000000})
        for bad in ("x", "-1", "0", "nan", "1s"):
            self.refused(self.infer("m", steps(3), status=400, headers={"Request-Timeout": bad}))

    def test_time_limit(self):
        server.endless(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx", "--time-limit", "0.2")
        for headers in ({}, {"Request-Timeout": "60"}):
            self.infer("m", steps(FOREVER), status=504, headers=headers)

    def test_queue(self):
        server.endless(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx", "--contexts", "1", "--queue", "1")
        answers = []

        def ask(timeout):
            answers.append(self.infer("m", steps(FOREVER), status=504,
                                      headers={"Request-Timeout": timeout}))

        threads = [threading.Thread(target=ask, args=[t]) for t in ("3", "4")]
        for thread in threads:
            thread.start()
            time.sleep(1)
        status, headers, body = self.call("POST", "/v2/models/m/infer",
                                          json.dumps({"inputs": steps(1)}))
        self.assertEqual((status, headers["Retry-After"]), (503, "1"), body)
        self.refused(json.loads(body), "1 requests wait")
        for thread in threads:
            thread.join()
        self.assertEqual(len(answers), 2)
        self.infer("m", steps(1))

    def test_connections(self):
        server.relu(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx", "--connections", "2")
        kept = [self.server.connect() for _ in range(2)]
        for connection in kept:
            self.infer("m", [floats()], connection=connection)
        status, headers, body = self.call("GET", "/v2/health/live")
        self.assertEqual((status, headers["Connection"].lower()), (503, "close"), body)
        self.assertEqual(headers["Retry-After"], "1")
        kept[0].close()
        for _ in range(100):
            if self.is_let_in():
                break
            time.sleep(0.05)
        self.infer("m", [floats()], connection=kept[1])
        kept[1].close()

    def test_many_connections(self):
        """Far more than are let in: nothing ends, nothing leaks."""
        server.relu(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx", "--connections", "4")
        descriptors = f"/proc/{self.server.process.pid}/fd"
        before = len(os.listdir(descriptors))
        for _ in range(3):
            made = [socket.create_connection((self.server.host, self.server.port), timeout=30)
                    for _ in range(100)]
            for connection in made:
                connection.close()
        for _ in range(200):
            if self.is_let_in():
                break  # and so all that came before it are dealt with
            time.sleep(0.05)
        for _ in range(200):
            if len(os.listdir(descriptors)) == before:
                break
            time.sleep(0.05)
        self.assertEqual(len(os.listdir(descriptors)), before)
        self.infer("m", [floats()])

    def is_let_in(self):
        """Whether a connection is served now, not told off or closed as one too many."""
        try:
            return self.call("GET", "/v2/health/live")[0] == 200
        except ConnectionError:
            return False

    def test_a_thousand_connections(self):
        """More than the descriptors that a process has by default, all of them answered."""
        n = 1200
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < n + 300:
            self.skipTest(f"a process may have {hard} descriptors here")
        server.relu(self.folder / "m.onnx")
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 1024), hard))  # the server's
        self.serve(self.folder / "m.onnx", "--connections", n)
        resource.setrlimit(resource.RLIMIT_NOFILE, (n + 300, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        kept = [self.server.connect() for _ in range(n)]
        for _ in range(2):
            for connection in kept:
                self.assertEqual(self.call("GET", "/v2/health/live", connection=connection)[0], 200)
        for connection in kept:
            connection.close()

    def test_slow_clients(self):
        """One that sends a byte now and then is told and closed, one that is silent closed."""
        server.relu(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx", "--client-timeout", "1")
        head = b"POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
        slow, silent, stuck = self.raw(), self.raw(), self.raw()
        stuck.sendall(head)
        start = time.monotonic()
        try:
            for byte in head + b"{" * 1000:
                slow.sendall(bytes([byte]))
                time.sleep(0.1)
        except OSError:
            pass
        self.assertLess(time.monotonic() - start, 10)
        got = self.read_all(slow) if slow.fileno() >= 0 else b""
        self.assertTrue(not got or got.startswith(b"HTTP/1.1 408 "), got)
        self.assertEqual(self.read_all(silent), b"")
        self.read_all(stuck)
        self.infer("m", [floats()])

    def test_broken_requests(self):
        server.relu(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx")
        for sent in (b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\0" * 100,
                     b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
                     b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 10000 + b"\r\n",
                     b"POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{",
                     b"POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"):
            connection = self.raw()
            try:
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
                self.read_all(connection)
            except OSError:
                pass
        self.infer("m", [floats()])


class End(Served):
    def start(self, *arguments, timeout="2"):
        server.endless(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx", *arguments)
        self.answers = []

        def ask():
            body = json.dumps({"inputs": steps(FOREVER)})
            self.answers.append(self.call("POST", "/v2/models/m/infer", body,
                                          {"Request-Timeout": timeout}))

        self.ask = ask
        thread = threading.Thread(target=ask)
        thread.start()
        time.sleep(0.7)
        return thread

    def test_drain(self):
        """A request that runs and one that is half sent are answered; then it ends with 0."""
        thread = self.start("--contexts", "2")
        half = socket.create_connection((self.server.host, self.server.port), timeout=30)
        body = json.dumps({"inputs": steps(5)}).encode()
        half.sendall(b"POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
                     % len(body) + body[:20])
        time.sleep(0.2)
        self.server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        with self.assertRaises(OSError):
            socket.create_connection((self.server.host, self.server.port), timeout=5)
        half.sendall(body[20:])
        answer = half.recv(65536)
        half.close()
        self.assertIn(b"HTTP/1.1 200 OK", answer)
        self.assertRegex(answer, rb"(?i)connection: close")
        thread.join()
        self.assertEqual(self.answers[0][0], 504)
        self.assertEqual(self.server.process.wait(30), 0)

    def test_drain_timeout(self):
        """One that runs and one that waits for it are ended, and told so."""
        start = time.monotonic()
        thread = self.start("--drain-timeout", "0.3", "--contexts", "1", timeout="100")
        waits = threading.Thread(target=self.ask)
        waits.start()
        time.sleep(0.3)
        self.server.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.server.process.wait(30), 0)
        self.assertLess(time.monotonic() - start, 10)
        thread.join()
        waits.join()
        self.assertEqual([answer[0] for answer in self.answers], [503, 503])
        self.assertIn("drain timeout", self.server.errors.read_text())

    def test_drain_timeout_of_old_models(self):
        """Those that were exchanged or unloaded while a request ran are ended too."""
        for name in "ab":
            server.endless(self.folder / "r" / name / "1" / "model.onnx")
        self.serve(self.folder / "r", "--poll", "0", "--drain-timeout", "0.3")
        answers = []

        def ask(model):
            body = json.dumps({"inputs": steps(FOREVER)})
            answers.append(self.call("POST", f"/v2/models/{model}/infer", body))

        threads = [threading.Thread(target=ask, args=[model]) for model in "ab"]
        for thread in threads:
            thread.start()
        time.sleep(0.7)
        self.json("POST", "/v2/repository/models/a/unload")
        self.json("POST", "/v2/repository/models/b/load")
        start = time.monotonic()
        self.server.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.server.process.wait(30), 0)
        self.assertLess(time.monotonic() - start, 10)
        for thread in threads:
            thread.join()
        self.assertEqual([answer[0] for answer in answers], [503, 503])

    def test_idle_connections(self):
        """Kept connections do not hold it up, and SIGINT is as good."""
        server.relu(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx")
        connection = self.server.connect()
        self.infer("m", [floats()], connection=connection)
        start = time.monotonic()
        self.assertEqual(self.server.end(signal.SIGINT), 0)
        self.assertLess(time.monotonic() - start, 10)
        connection.close()
        self.server = None


if __name__ == "__main__":
    unittest.main(argv=["check_limits"])
