#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
Who may ask serve: a browser by the names of this host alone (DNS rebinding), a scraper by any; and
docs/fleet.md's nginx, which has TLS and a password, before it.
"""
import base64
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import NEVER, fails, tap  # noqa: E402
from ipitest import ipitrace, wait_until  # noqa: E402
from serving import Serve  # noqa: E402

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
EVIL = "evil.example"
PAGES = ("/", "/api/v1/snapshot", "/api/v1/stalls", "/api/v1/storms", "/api/v1/live", "/nothing")
OPEN = ("/metrics", "/healthz")


def test_names():
    serve = Serve("-f", NEVER, "--host", "web1.example,192.0.2.1")
    for path in PAGES:
        status, _, body = serve.get(path, Host=EVIL)
        tap.ok(status == 421 and "--host" in body and EVIL not in body, f"{path}: a foreign name: refused",
               status, body)
    for path in OPEN:
        tap.equal(serve.get(path, Host=EVIL)[0], 200, f"{path}: a foreign name: answered")
    node = os.uname().nodename
    for name in ("localhost", f"127.0.0.1:{serve.port}", f"localhost:{serve.port}", node, f"{node.upper()}.:80",
                 "[::1]:9464", "0.0.0.0:9464", "web1.example", "WEB1.example:443", "192.0.2.1"):
        tap.equal(serve.get("/", Host=name)[0], 200, f"/: asked as {name}: answered")
    for name in (f"localhost.{EVIL}", f"{node}.{EVIL}", "192.0.2.2", "127.0.0.1:x", ""):
        tap.equal(serve.get("/", Host=name)[0], 421, f"/: asked as {name!r}: refused")
    tap.ok(serve.say(b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 200 "), "/: without a name: answered")
    tap.ok(serve.say(b"GET / HTTP/1.1\r\nHost: " + EVIL.encode() + b"\r\nConnection: close\r\n\r\n")
           .startswith(b"HTTP/1.1 421 "), "/: the status is 421")
    tap.ok("TLS" not in serve.end().err, "127.0.0.1: no word of TLS", serve.err)
    for args, words in ((("--host", "a:80"), ("--host a:80", "without a port")), (("--host", ""), ("--host",)),
                        (("--host", "a", "--no-page"), ("--host", "--no-page")),
                        (("--host", "a", "--textfile", "/tmp"), ("--host", "--textfile"))):
        fails(ipitrace("serve", *args), 2, f"serve {' '.join(args)}: refused", *words)


def test_said():
    for address, said in (("0.0.0.0:0", True), ("[::]:0", True), ("127.0.0.2:0", False), ("[::1]:0", False)):
        if address.startswith("[") and not socket.has_ipv6:
            continue
        run = ipitrace("serve", "-q", "-f", NEVER, "--listen", address, "-d", "0.1")
        want = f"--listen {address}: neither TLS nor authentication" if said else ""
        tap.ok(run.status == 0 and (want in run.err if said else not run.err),
               f"--listen {address}: {'says' if said else 'says nothing'} of TLS, with -q, too", run.status, run.err)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Proxy:
    """nginx with docs/fleet.md's server, at other ports and paths."""

    def __init__(self, path, behind):
        self.port = free_port()
        with open(os.path.join(TOP, "docs", "fleet.md"), encoding="utf-8") as f:
            server = re.search(r"^```nginx\n(.*?)^```", f.read(), re.M | re.S)[1]
        for old, new in (("listen 9465 ssl", f"listen 127.0.0.1:{self.port} ssl"),
                         ("/etc/ssl/certs/web1.pem", f"{path}/pem"), ("/etc/ssl/private/web1.key", f"{path}/key"),
                         ("/etc/nginx/ipitrace.users", f"{path}/users"), ("127.0.0.1:9464", f"127.0.0.1:{behind}")):
            if server.count(old) != 1:
                raise ValueError(f"docs/fleet.md: no {old}")
            server = server.replace(old, new)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=web1.example.org",
                        "-keyout", f"{path}/key", "-out", f"{path}/pem"], check=True, stderr=subprocess.DEVNULL)
        word = subprocess.run(["openssl", "passwd", "-6", "secret"], check=True, stdout=subprocess.PIPE).stdout
        with open(f"{path}/users", "wb") as f:
            f.write(b"prometheus:" + word)
        temporary = "".join(f"{kind}_temp_path {path}/{kind};\n"
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(f"{path}/conf", "w", encoding="ascii") as f:
            f.write(f"user root;\ndaemon off;\nworker_processes 1;\npid {path}/pid;\nevents {{}}\n"
                    f"http {{\naccess_log off;\n{temporary}{server}}}\n")
        self.proc = subprocess.Popen(["nginx", "-e", "stderr", "-c", f"{path}/conf"], stderr=subprocess.PIPE,
                                     text=True)

    def get(self, path, word=None):
        tls = ssl._create_unverified_context()  # its certificate is a minute old
        client = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=tls)
        token = base64.b64encode(f"prometheus:{word}".encode()).decode()
        try:
            client.request("GET", path, headers={"Authorization": f"Basic {token}"} if word else {})
            reply = client.getresponse()
            return reply.status, reply.read()
        except OSError:
            return None, b""
        finally:
            client.close()

    def end(self):
        self.proc.terminate()
        return self.proc.communicate(timeout=30)[1]


def test_proxy():
    if not shutil.which("nginx") or not shutil.which("openssl"):
        tap.skip("docs/fleet.md's nginx", "no nginx or no openssl here", 4)
        return
    serve = Serve("-f", NEVER)
    with tempfile.TemporaryDirectory(prefix="ipitest-") as path:
        proxy = Proxy(path, serve.port)
        up = wait_until(lambda: proxy.get("/metrics")[0] or proxy.proc.poll() is not None)
        answers = {word: [proxy.get(at, word) for at in ("/", "/metrics", "/api/v1/snapshot")]
                   for word in (None, "wrong", "secret")}
        err = proxy.end()
    tap.ok(up, "nginx takes docs/fleet.md's server", err)
    for word, name in ((None, "no password"), ("wrong", "a wrong password")):
        tap.equal([status for status, _ in answers[word]], [401] * 3, f"nginx: {name}: refused")
    (status, page), (_, metrics), (_, snapshot) = answers["secret"]
    tap.ok(status == 200 and b"<!DOCTYPE html>" in page[:100] and b"ipitrace_build_info" in metrics and
           snapshot.startswith(b"{"), "nginx: with the password: the page, metrics, /api", answers["secret"], err)
    serve.end()


def main():
    if os.geteuid():
        print("1..0 # SKIP not root")
        return
    test_names()
    test_said()
    test_proxy()
    tap.done()


main()
