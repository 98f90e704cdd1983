"""Requests that are nearly right, thousands of them, the same in every run: whatever comes, the answer
is one of HTTP, an error has a sentence, and the server goes on.
usage: check_mutations.py HINGE"""
import json
import random
import re
import socket
import struct
import unittest

from onnx import TensorProto

import server
from server import Served, floats, tensor

N_MUTATIONS = 3000
TOKENS = [b'"data"', b'"inputs"', b'"shape"', b'"parameters"', b'"binary_data_size"', b"[", b"]",
          b"{", b"}", b",", b":", b'"', b"\\", b"\\u0000", b"\\ud800", b"null", b"true", b"-", b"1e999",
          b"-1", b"4294967296", b"18446744073709551616", b"9223372036854775807", b"1e-400", b"NaN",
          b"\x00", b"\xff", b"\xc0\x80", b"0" * 400, b"[" * 3000, b"\r\n", b"\r\n\r\n"]
HEADERS = [b"Content-Length: 18446744073709551615", b"Transfer-Encoding: chunked",
           b"Inference-Header-Content-Length: 99999999999", b"Inference-Header-Content-Length: -1",
           b"Request-Timeout: 1e308", b"Request-Timeout: 0.000001", b"Expect: 100-continue",
           b"Content-Encoding: br", b"Connection: close", b"X: " + b"y" * 5000]


class Mutations(Served):
    def seeds(self):
        binary = json.dumps({"inputs": [{"name": "x", "datatype": "BYTES", "shape": [2],
                                         "parameters": {"binary_data_size": 12}}],
                             "outputs": [{"name": "y", "parameters": {"binary_data": True}}]}).encode()
        words = struct.pack("<I2sI2s", 2, b"ab", 2, b"cd")
        return [
            ("floats", json.dumps({"id": "1", "inputs": [floats()]}).encode(), b""),
            ("floats", json.dumps({"inputs": [tensor("x", "FP32", [2, 3], [[1, 2, 3], [4, 5, 6]])],
                                   "outputs": [{"name": "y"}]}).encode(), b""),
            ("strings", json.dumps({"inputs": [tensor("x", "BYTES", [2], ["ä\n", ""])]}).encode(), b""),
            ("strings", binary, words),
            ("integers", json.dumps({"inputs": [tensor("x", "INT64", [3], [1, -2, 2**63 - 1])]}).encode(),
             b""),
        ]

    @staticmethod
    def mutate(chance, data):
        data = bytearray(data)
        for _ in range(chance.choice((1, 1, 2, 5))):
            at, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
            how = chance.randrange(5)
            if how == 0 and at < len(data):
                data[at] ^= 1 << chance.randrange(8)
            elif how == 1:
                del data[at:min(end, at + 20)]
            elif how == 2:
                data[at:at] = chance.choice(TOKENS)
            elif how == 3:
                data[at:at] = data[at:min(end, at + 60)]
            else:
                data[at:min(end, at + 8)] = chance.choice(TOKENS)
        return bytes(data)

    def request(self, chance):
        model, envelope, binary = chance.choice(self.all_seeds)
        body = envelope + binary
        headers = [b"Host: x", b"Inference-Header-Content-Length: %d" % len(envelope)]
        if not binary:
            headers.pop()
        if chance.random() < 0.9:
            body = self.mutate(chance, body)
        headers.append(b"Content-Length: %d" % len(body))
        if chance.random() < 0.15:
            headers.insert(chance.randrange(len(headers) + 1), chance.choice(HEADERS))
        head = b"POST /v2/models/" + model.encode() + b"/infer HTTP/1.1\r\n" + b"\r\n".join(headers)
        if chance.random() < 0.1:
            head = self.mutate(chance, head)
        return head + b"\r\n\r\n" + body

    def check(self, sent, got):
        if not got:
            return
        shown = f"{sent[:300]} {got[:300]}"
        self.assertRegex(got, rb"^HTTP/1\.1 (100|200|400|404|405|408|413|414|415|417|431|500|501|"
                              rb"503|504|505) ", shown)
        head, _, rest = got.partition(b"\r\n\r\n")  # what follows may answer what is left of it
        size = re.search(rb"\r\nContent-Length: (\d+)", head)
        if b"application/json" in head and b" 200 " not in head.split(b"\r\n")[0] and size:
            self.assertIn("error", json.loads(rest[:int(size[1])]), shown)

    def test_mutations(self):
        for name, dtype in (("strings", TensorProto.STRING), ("integers", TensorProto.INT64)):
            server.identity(self.folder / "r" / name / "1" / "model.onnx", dtype)
        server.relu(self.folder / "r" / "floats" / "1" / "model.onnx")
        self.serve(self.folder / "r", "--max-batch", "4", "--max-body", "64K", "--max-tensors", "1M",
                   "--time-limit", "5")
        self.all_seeds = self.seeds()
        chance, n_good = random.Random(10), 0
        for _ in range(N_MUTATIONS):
            sent, got = self.request(chance), b""
            with socket.create_connection((self.server.host, self.server.port), 60) as connection:
                try:
                    connection.sendall(sent)
                    connection.shutdown(socket.SHUT_WR)
                    while data := connection.recv(65536):
                        got += data
                except ConnectionError:
                    pass  # closed while there was still something to send
            self.assertIsNone(self.server.process.poll(), sent)
            self.check(sent, got)
            n_good += got.startswith(b"HTTP/1.1 200")
        self.assertGreater(n_good, N_MUTATIONS // 50)
        self.assertLess(n_good, N_MUTATIONS * 9 // 10)
        self.infer("floats", [floats()])


if __name__ == "__main__":
    unittest.main(argv=["check_mutations"])
