"""A small Hugging Face hub on this machine: as much of its interface as fetching a dataset takes."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlparse

COMMIT = "c0ffee" + "0" * 34


class DatasetHub:
    """What it serves and what it was asked for."""

    def __init__(self, repository: str, files: dict[str, bytes]) -> None:
        self.repository, self.files = repository, files
        self.fetched: list[str] = []
        self.refuse: tuple[int, str] | None = None
        self.endpoint = ""

    def about(self) -> dict:
        siblings = [
            {"rfilename": name, "size": len(content), "blobId": hashlib.sha1(content).hexdigest()}
            for name, content in self.files.items()
        ]
        return {"id": self.repository, "sha": COMMIT, "siblings": siblings}


def _handler(hub: DatasetHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            return

        def _send(self, body: bytes, status: int = 200, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = unquote(urlparse(self.path).path)
            if hub.refuse:
                return self._send(b"{}", hub.refuse[0], X_Error_Code=hub.refuse[1], X_Error_Message="refused")
            if path.startswith(f"/api/datasets/{hub.repository}"):
                return self._send(json.dumps(hub.about()).encode(), Content_Type="application/json")
            start = f"/datasets/{hub.repository}/resolve/{COMMIT}/"
            name = path.removeprefix(start)
            if path.startswith(start) and name in hub.files:
                if self.command == "GET":
                    hub.fetched.append(name)
                digest = hashlib.sha256(hub.files[name]).hexdigest()
                return self._send(hub.files[name], ETag=f'"{digest}"', X_Repo_Commit=COMMIT)
            return self._send(b"", 404, X_Error_Code="RepoNotFound", X_Error_Message="not there")

    return Handler


@contextmanager
def serve(repository: str, files: dict[str, bytes]) -> Iterator[DatasetHub]:
    """A hub with one dataset."""
    hub = DatasetHub(repository, files)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
