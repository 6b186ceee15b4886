"""A web server on loopback with a few pages."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Pages:
    base: str
    port: int
    answers: dict[str, tuple[int, bytes | str | None]]  # path -> status, and body or Location


@contextmanager
def serving_pages(answers, before_answer: Callable[[], object] = lambda: None) -> Iterator[Pages]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            before_answer()
            status, content = pages.answers.get(self.path, (404, b""))
            body = content if isinstance(content, bytes) else b""
            with suppress(OSError):  # a client may have gone
                self.send_response(status)
                if isinstance(content, str):
                    self.send_header("Location", content)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port = server.server_address[1]
    pages = Pages(f"http://127.0.0.1:{port}", port, dict(answers))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield pages
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
