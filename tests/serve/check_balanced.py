"""Two servers behind HAProxy or nginx: they are killed under load in turn, then replaced one after the
other, and no request is lost.
usage: check_balanced.py HINGE PROXY"""
import getpass
import http.client
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

import server
from server import Served, Server, floats

PROXY = sys.argv[2]
ZERO = [floats(rows=[[0, 0, 0]])]

# What a site would write: sends elsewhere what a server did not answer. Without "on-marked-down
# shutdown-sessions", which ends those that are just about to be sent elsewhere.
HAPROXY = """
global
    maxconn 200
defaults
    mode http
    timeout connect 1s
    timeout client 30s
    timeout server 30s
    retries 3
    option redispatch 1
    option http-buffer-request
    retry-on conn-failure empty-response response-timeout 503
frontend all
    bind 127.0.0.1:{port}
    default_backend servers
backend servers
    balance roundrobin
    option httpchk GET /v2/health/ready
    default-server check inter 200ms fall 2 rise 1
    server s0 127.0.0.1:{ports[0]}
    server s1 127.0.0.1:{ports[1]}
"""

# An infer request changes nothing: it may be repeated, though it is a POST.
NGINX = """
user {user};
daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream servers {{
        server 127.0.0.1:{ports[0]} max_fails=0;
        server 127.0.0.1:{ports[1]} max_fails=0;
        keepalive 32;
    }}
    server {{
        listen 127.0.0.1:{port};
        client_max_body_size 64m;
        location / {{
            proxy_pass http://servers;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_connect_timeout 1s;
            proxy_next_upstream error timeout http_503 non_idempotent;
        }}
    }}
}}
"""


def command_of(proxy, folder, **places):
    """The proxy's command line, with a configuration written to the folder."""
    path = folder / "proxy.cfg"
    if Path(proxy).name == "nginx":
        path.write_text(NGINX.format(folder=folder, user=getpass.getuser(), **places))
        return [proxy, "-p", folder, "-c", path, "-e", folder / "nginx.log"]
    path.write_text(HAPROXY.format(**places))
    return [proxy, "-db", "-f", path]


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Balanced(Served):
    def start(self, i, constant):
        """The one at a port that stays, with a model of its own."""
        folder = self.folder / str(i)
        folder.mkdir(exist_ok=True)
        server.add(folder / "m.onnx", constant)
        self.servers[i] = Server(folder, folder / "m.onnx", port=str(self.ports[i]))

    def setUp(self):
        super().setUp()
        self.servers, self.ports, self.port = [None, None], [free_port(), free_port()], free_port()
        for i in range(2):
            self.start(i, 1)
        command = command_of(PROXY, self.folder, port=self.port, ports=self.ports)
        self.proxy = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
        self.addCleanup(self.end)
        self.server = self  # what calls go to
        for _ in range(100):
            try:
                if self.call("GET", "/v2/health/ready")[0] == 200:
                    break
            except OSError:
                pass
            time.sleep(0.1)

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def end(self):
        self.proxy.terminate()
        self.proxy.wait()
        for one in self.servers:
            if one:
                one.end(signal.SIGKILL)

    def under_load(self, what):
        """Calls what while four clients ask; every answer must be good. Returns the values seen."""
        done, failures, values = threading.Event(), [], [[], [], [], []]

        def ask(i):
            try:
                while not done.is_set():
                    said = self.infer("m", ZERO)
                    values[i].append(said["outputs"][0]["data"][0])
            except BaseException as failure:
                failures.append(failure)

        threads = [threading.Thread(target=ask, args=[i]) for i in range(len(values))]
        for thread in threads:
            thread.start()
        time.sleep(1)
        what()
        time.sleep(1)
        done.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertTrue(all(values))
        return values

    def test_killed(self):
        """Several times: what is lost is lost within a moment."""
        def kill():
            for i in (0, 1, 0, 1, 0):
                self.servers[i].end(signal.SIGKILL)
                self.servers[i] = None
                time.sleep(0.6)
                self.start(i, 1)
                time.sleep(0.6)  # until it is found to be there

        self.under_load(kill)

    def test_rolling_change(self):
        def change():
            for i in range(2):
                self.assertEqual(self.servers[i].end(), 0)
                self.start(i, 2)
                time.sleep(1)  # until it is found to be there

        values = self.under_load(change)
        self.assertEqual({v for seen in values for v in seen}, {1, 2})
        self.assertEqual({seen[-1] for seen in values}, {2})


if __name__ == "__main__":
    unittest.main(argv=["check_balanced"])
