"""deploy/nginx.conf before a small upstream. Where nginx or openssl is not installed, only the text of the file is looked at."""

import http.client
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import service
from tests.running_service import free_port

CONFIG = (Path(service.__file__).parent.parent / "deploy/nginx.conf").read_text(encoding="utf-8")
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
OPENSSL = shutil.which("openssl")
PREFIXES = {"": CONFIG, "/movietags": CONFIG.replace("proxy_pass http://movietags;", "proxy_pass http://movietags/;")}
MAIN = """daemon off; master_process off; pid {0}/pid; error_log {0}/error.log; events {{}}
http {{ access_log off; {1} include {0}/site.conf; }}"""


class Upstream(ThreadingHTTPServer):
    """Tells what it was asked, and lets a test look while an answer or a request is under way."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.half_arrived = threading.Event()
        self.may_end = threading.Event()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Upstream

    def do_GET(self):
        if self.path == "/v1/events":
            self.reply(b"data: 1\n\ndata: 2\n\n", pause_after=9)
        else:
            self.reply(json.dumps({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}}).encode())

    def do_PATCH(self):
        self.rfile.read(4)
        self.server.half_arrived.set()
        self.rfile.read(4)
        self.reply(b"")

    def reply(self, body, pause_after=None):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:pause_after])
        if pause_after:
            self.server.may_end.wait(10)
            self.wfile.write(body[pause_after:])

    def log_message(self, *args):
        pass


def write_config(folder: Path, prefix: str, upstream: int, plain: int, tls: int) -> None:
    site = PREFIXES[prefix]
    for old, new in {
        "127.0.0.1:8000": f"127.0.0.1:{upstream}",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{tls} ssl http2;",
        "/etc/ssl/movietags": str(folder),
        "location = /metrics": f"location = {prefix}/metrics",
        "location / {": f"location {prefix}/ {{",
    }.items():
        assert site.count(old) >= 1, old
        site = site.replace(old, new)
    (folder / "site.conf").write_text(site)
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(MAIN.format(folder, temporary))
    assert OPENSSL
    command = [
        OPENSSL,
        "req",
        "-x509",
        "-nodes",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-subj",
        "/CN=tags.example.org",
    ]
    subprocess.run(
        [*command, "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"], check=True, capture_output=True, timeout=30
    )


@contextmanager
def running(folder: Path, tls: int) -> Iterator[None]:
    assert NGINX
    command: list[str | Path] = [NGINX, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"]
    checked = subprocess.run([*command, "-t", "-q"], capture_output=True, text=True, timeout=30)
    assert (checked.returncode, checked.stderr) == (0, "")
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", tls)) == 0:
                    break
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def proxied(folder: Path, prefix: str) -> Iterator[tuple[Upstream, int, http.client.HTTPSConnection]]:
    """An upstream, nginx before it, its plain port and a connection by TLS."""
    plain, tls = free_port(), free_port()
    with ExitStack() as stack:
        upstream = stack.enter_context(Upstream())
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        stack.callback(upstream.shutdown)
        write_config(folder, prefix, upstream.server_port, plain, tls)
        stack.enter_context(running(folder, tls))
        connection = http.client.HTTPSConnection("127.0.0.1", tls, timeout=10, context=ssl._create_unverified_context())
        stack.callback(connection.close)
        yield upstream, plain, connection


def test_configuration_says_what_uploads_films_and_events_need():
    for line in ("client_max_body_size 0;", "proxy_request_buffering off;", "proxy_buffering off;", "proxy_http_version 1.1;"):
        assert line in CONFIG


@pytest.mark.parametrize("prefix", PREFIXES)
def test_nginx_before_the_service(tmp_path, prefix):
    if not (NGINX and OPENSSL):
        return
    with proxied(tmp_path, prefix) as (upstream, plain, connection):
        check_headers(connection, prefix)
        check_upload_is_handed_on_as_it_arrives(upstream, connection, prefix)
        check_events_go_out_at_once(upstream, connection, prefix)
        check_plain_requests_are_sent_to_tls(plain, prefix)


def check_headers(connection, prefix):
    connection.request(
        "GET", f"{prefix}/v1/tags?a=b%20c", headers={"Host": "tags.example.org", "Range": "bytes=5-", "X-Forwarded-For": "1.2.3.4"}
    )
    seen = json.loads(connection.getresponse().read())
    assert seen["path"] == "/v1/tags?a=b%20c"
    assert seen["range"] == "bytes=5-"
    assert (seen["host"], seen["x-forwarded-host"]) == ("tags.example.org", "tags.example.org")
    assert (seen["x-forwarded-for"], seen["x-forwarded-proto"]) == ("127.0.0.1", "https")
    connection.request("GET", f"{prefix}/metrics")
    answer = connection.getresponse()
    assert (answer.status, bool(answer.read())) == (404, True)


def check_upload_is_handed_on_as_it_arrives(upstream, connection, prefix):
    connection.putrequest("PATCH", f"{prefix}/v1/uploads/1")
    connection.putheader("Content-Length", "8")
    connection.endheaders(b"half")
    assert upstream.half_arrived.wait(10)
    connection.send(b"rest")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"")


def check_events_go_out_at_once(upstream, connection, prefix):
    connection.request("GET", f"{prefix}/v1/events")
    answer = connection.getresponse()
    assert answer.read(9) == b"data: 1\n\n"
    upstream.may_end.set()
    assert answer.read() == b"data: 2\n\n"


def check_plain_requests_are_sent_to_tls(plain, prefix):
    connection = http.client.HTTPConnection("127.0.0.1", plain, timeout=10)
    connection.request("GET", f"{prefix}/v1/tags", headers={"Host": "tags.example.org"})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, f"https://tags.example.org{prefix}/v1/tags")
    connection.close()
