"""The page of hinge serve in a browser: Debian's chromium, driven by its chromedriver.
usage: check_page.py HINGE CHROMEDRIVER MODELS [PICTURE.png]  (the last: keeps what was seen)"""
import base64
import http.client
import json
import re
import shutil
import socket
import struct
import subprocess
import sys
import time
import unittest
import zlib

import numpy as np

import server
from server import Served

CHROMEDRIVER, MODELS = sys.argv[2:4]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the standard's name of a reference


def png(path, gray):
    rows = b"".join(b"\0" + bytes(row) for row in gray)
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", gray.shape[1], gray.shape[0], 8, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) +
                     chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Browser:
    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen([CHROMEDRIVER, f"--port={self.port}"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.session = ""
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                break
            except OSError:
                time.sleep(0.1)
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--window-size=1000,1400", f"--user-data-dir={folder}/profile"]
        wanted = {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments}, "goog:loggingPrefs": {"browser": "ALL"}}}}
        self.session = "/session/" + self.ask("POST", "/session", wanted)["sessionId"]

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request(method, self.session + path, json.dumps(body) if body is not None else None)
        said = json.loads(connection.getresponse().read())["value"]
        connection.close()
        if isinstance(said, dict) and "error" in said:
            raise RuntimeError(said["message"])
        return said

    def run(self, script, *arguments):
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, selector):
        return self.ask("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def type(self, selector, text):
        self.ask("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def click(self, selector):
        self.ask("POST", f"/element/{self.find(selector)}/click", {})

    def wait(self, script):
        for _ in range(200):
            if found := self.run("return " + script):
                return found
            time.sleep(0.1)
        raise RuntimeError(f"{script}: {self.run('return document.body.innerText')}")

    def end(self):
        try:
            self.ask("DELETE", "")
        finally:
            self.process.terminate()
            self.process.wait()


class Page(Served):
    def test_page(self):
        digit = np.load(f"{MODELS}/digits/3.npy").reshape(8, 8)
        png(self.folder / "3.png", np.round(digit / digit.max() * 255).astype(np.uint8))
        path = self.folder / "r" / "digits <b>" / "1"
        path.mkdir(parents=True)
        shutil.copy(f"{MODELS}/digits_relu/model.onnx", path)
        server.relu(self.folder / "r" / "relu" / "3" / "model.onnx")
        (self.folder / "r" / "wrong" / "1").mkdir(parents=True)
        (self.folder / "r" / "wrong" / "1" / "model.onnx").write_bytes(b"no model")
        self.serve(self.folder / "r")
        status, headers, page = self.call("GET", "/")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        self.assertNotRegex(page, rb"https?://")  # nothing from elsewhere
        browser = Browser(self.folder)
        self.addCleanup(browser.end)
        browser.ask("POST", "/url", {"url": f"http://127.0.0.1:{self.server.port}/"})
        browser.wait("document.body.dataset.ready")
        said = browser.run("return document.body.innerText")
        for text in ("digits <b>, version 1", "image", "[?, 1, 8, 8]", "relu, version 3", "FP32",
                     "wrong, version 1", "model.onnx"):
            self.assertIn(text, said)

        # a picture
        browser.type(".model:nth-child(1) input[type=file]", str(self.folder / "3.png"))
        scale = float(digit.max())
        browser.run("document.querySelector('.model:nth-child(1) input[type=number]').value = "
                    "arguments[0]", scale)
        browser.wait("document.querySelector('.model:nth-child(1) canvas').getContext('2d')"
                     ".getImageData(0, 0, 8, 8).data.some(x => x > 0 && x < 255)")
        browser.click(".model:nth-child(1) button")
        rows = browser.wait("(r => r.length && r)([...document.querySelectorAll('.model:nth-child(1) "
                            ".row')].map(e => [...e.children].map(c => c.textContent)))")
        self.assertEqual(len(rows), 10)
        self.assertEqual(rows[0][0], "3")
        self.assertGreater(float(rows[0][2]), 0.9)
        widths = browser.run("return [...document.querySelectorAll('.model:nth-child(1) .bar')]"
                             ".map(e => e.offsetWidth)")
        self.assertEqual(widths, sorted(widths, reverse=True))

        # numbers
        browser.type(".model:nth-child(2) textarea", "1, -2, 3\n-4 5 6")
        browser.click(".model:nth-child(2) button")
        browser.wait("document.querySelector('.model:nth-child(2) .row')")
        said = browser.run("return document.querySelector('.model:nth-child(2) .result').innerText")
        self.assertIn("y: FP32 [2,3]", said)
        self.assertIn("6.000", said)

        # what is wrong is said
        browser.type(".model:nth-child(2) textarea", " 7")
        browser.click(".model:nth-child(2) button")
        said = browser.wait("(e => e && e.innerText)(document.querySelector("
                            "'.model:nth-child(2) .result .error'))")
        self.assertIn("dimension 0", said)
        browser.wait("/[1-9]\\d* answered/.test(document.querySelector('.model:nth-child(1)')"
                     ".innerText)")
        browser.wait("document.querySelector('.model:nth-child(1) polyline').getAttribute('points')"
                     ".split(' ').length > 2")
        if len(sys.argv) > 4:
            with open(sys.argv[4], "wb") as picture:
                picture.write(base64.b64decode(browser.ask("GET", "/screenshot")))
        severe = [e["message"] for e in browser.ask("POST", "/se/log", {"type": "browser"})
                  if e["level"] == "SEVERE" and not re.search(r"infer.*400", e["message"])]
        self.assertEqual(severe, [])

    def test_token(self):
        server.relu(self.folder / "m.onnx")
        (self.folder / "tokens").write_text("the-token\n")
        self.serve(self.folder / "m.onnx", "--token-file", self.folder / "tokens")
        browser = Browser(self.folder)
        self.addCleanup(browser.end)
        url = {"url": f"http://127.0.0.1:{self.server.port}/"}
        browser.ask("POST", "/url", url)
        browser.wait("document.querySelector('#token')")
        browser.type("#token input", "another")
        browser.click("#token button")
        browser.wait("/not accepted/.test(document.body.innerText)")
        browser.type("#token input", "the-token")
        browser.click("#token button")
        browser.wait("document.body.dataset.ready")
        browser.ask("POST", "/url", url)  # asked once
        browser.wait("document.body.dataset.ready")
        browser.type("textarea", "1 -2 3")
        browser.click(".model button")
        browser.wait("document.querySelector('.row')")
        browser.wait("/[1-9]\\d* answered/.test(document.body.innerText)")
        self.assertFalse(browser.run("return !!document.querySelector('#token, .error')"))


if __name__ == "__main__":
    unittest.main(argv=["check_page"])
