"""Who is answered, and over what: bearer tokens and TLS.
usage: check_access.py HINGE"""
import http.client
import shutil
import ssl
import subprocess
import unittest

import server
from server import Served, floats


class Origins(Served):
    def test_origins(self):
        """A page of another site may not unload a model behind its reader's back."""
        server.relu(self.folder / "m.onnx")
        self.serve(self.folder / "m.onnx")
        own = f"http://127.0.0.1:{self.server.port}"
        self.infer("m", [floats()], headers={"Origin": own})
        for origin in ("null", "http://example.org", f"https://127.0.0.1:{self.server.port}",
                       own + "0", own[:-1]):
            status, _, _ = self.call("POST", "/v2/repository/models/m/unload", "{}",
                                     {"Origin": origin, "Content-Type": "text/plain"})
            self.assertEqual(status, 403, origin)
        self.infer("m", [floats()])


class Tokens(Served):
    def test_tokens(self):
        server.relu(self.folder / "m.onnx")
        (self.folder / "tokens").write_text("\n first-token \r\n\nsecond\n")
        self.serve(self.folder / "m.onnx", "--token-file", self.folder / "tokens")
        for token in ("first-token", "second"):
            for scheme in ("Bearer", "bearer"):
                self.infer("m", [floats()], headers={"Authorization": f"{scheme} {token}"})
        for given in (None, "", "Bearer", "Bearer ", "Bearer firs", "Bearer first-tokenx",
                      "Bearer second second", "Bearer secondsecond", "Basic second", "second"):
            headers = {} if given is None else {"Authorization": given}
            for path in ("//", "/metrics", "/v2", "/v2/models/m", "/v2/healthy"):
                status, got, _ = self.call("GET", path, headers=headers)
                self.assertEqual((status, got["WWW-Authenticate"]), (401, "Bearer"), given)
            self.refused(self.infer("m", [floats()], status=401, headers=headers), "token")
        for path in ("/", "/v2/health/ready"):
            self.assertEqual(self.call("GET", path)[0], 200)

    def test_no_tokens(self):
        server.relu(self.folder / "m.onnx")
        (self.folder / "tokens").write_text(" \n\n")
        for name, word in (("tokens", "no token in it"), ("missing", "missing")):
            with self.assertRaisesRegex(RuntimeError, word):
                self.serve(self.folder / "m.onnx", "--token-file", self.folder / name)


@unittest.skipUnless(shutil.which("certtool"), "certtool is missing")
class Tls(Served):
    def certificate(self, name):
        template = self.folder / "template"
        template.write_text('cn = "localhost"\nip_address = "127.0.0.1"\nexpiration_days = 2\nca\n'
                            'tls_www_server\n')
        key, made = self.folder / f"{name}.key", self.folder / f"{name}.pem"
        subprocess.run(["certtool", "--generate-privkey", "--outfile", key], check=True,
                       capture_output=True)
        subprocess.run(["certtool", "--generate-self-signed", "--load-privkey", key, "--template",
                        template, "--outfile", made], check=True, capture_output=True)
        return made, key

    def test_tls(self):
        server.relu(self.folder / "m.onnx")
        made, key = self.certificate("one")
        self.serve(self.folder / "m.onnx", "--tls-certificate", made, "--tls-key", key)
        self.assertEqual(self.server.scheme, "https")
        trust = ssl.create_default_context(cafile=str(made))
        connection = http.client.HTTPSConnection("127.0.0.1", self.server.port, timeout=60,
                                                 context=trust)
        for _ in range(2):
            said = self.infer("m", [floats()], connection=connection)
            self.assertEqual(said["outputs"][0]["data"], [1, 0, 3])
        connection.close()
        with self.assertRaises((OSError, http.client.HTTPException)):
            self.call("GET", "/v2/health/live")  # not in plain

    def test_refused(self):
        server.relu(self.folder / "m.onnx")
        made, key = self.certificate("one")
        (self.folder / "bad").write_text("no key")
        for arguments, word in [(["--tls-certificate", made], "go together"),
                                (["--tls-certificate", made, "--tls-key", "/missing"], "missing"),
                                (["--tls-certificate", made, "--tls-key", self.folder / "bad"],
                                 "belong together")]:
            with self.assertRaisesRegex(RuntimeError, word):
                self.serve(self.folder / "m.onnx", *arguments)


if __name__ == "__main__":
    unittest.main(argv=["check_access"])
