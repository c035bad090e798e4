"""A small Hugging Face hub on this machine: as much of its interface as fetching a model takes."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlparse

COMMIT = "c0ffee" + "0" * 34


class Hub:
    """What it serves and what it was asked for."""

    def __init__(self, repository: str, folder: Path) -> None:
        self.repository = repository
        self.files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        self.requests: list[tuple[str, str, str | None]] = []
        self.cut_after: dict[str, int] = {}
        self.damaged: set[str] = set()
        self.refuse: int | None = None
        self.endpoint = ""

    def downloads(self, name: str) -> int:
        return sum(method == "GET" and path.endswith(f"/{name}") for method, path, _ in self.requests)

    def entries(self) -> list[dict]:
        rows = []
        for name, content in self.files.items():
            row = {
                "type": "file",
                "path": name,
                "size": len(content),
                "oid": hashlib.sha1(content).hexdigest(),
            }
            if name.endswith(".safetensors"):
                digest = hashlib.sha256(content).hexdigest()
                row["lfs"] = {"oid": digest, "size": len(content), "pointerSize": 134}
            rows.append(row)
        return rows

    def about(self) -> dict:
        siblings = [
            {
                "rfilename": row["path"],
                "size": row["size"],
                "blobId": row["oid"],
                **({"lfs": {**row["lfs"], "sha256": row["lfs"]["oid"]}} if "lfs" in row else {}),
            }
            for row in self.entries()
        ]
        return {"id": self.repository, "modelId": self.repository, "sha": COMMIT, "siblings": siblings}


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            return

        def _send(self, body: bytes, status: int = 200, cut: int | None = None, **headers: str) -> None:
            self.send_response(status)
            headers.setdefault("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body if cut is None else body[:cut])
                if cut is not None:
                    self.close_connection = True

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = urlparse(self.path).path
            hub.requests.append((self.command, path, self.headers.get("Range")))
            if hub.refuse:
                return self._send(b'{"error": "refused"}', hub.refuse, X_Error_Message="refused")
            if path.startswith(f"/api/models/{hub.repository}/tree/"):
                return self._send(json.dumps(hub.entries()).encode(), Content_Type="application/json")
            if path.startswith(f"/api/models/{hub.repository}"):
                return self._send(json.dumps(hub.about()).encode(), Content_Type="application/json")
            name = path.rsplit("/", 1)[-1]
            if path.startswith(f"/{hub.repository}/resolve/") and name in hub.files:
                return self._file(name)
            code = "EntryNotFound" if path.startswith(f"/{hub.repository}/") else "RepoNotFound"
            return self._send(b"", 404, X_Error_Code=code, X_Error_Message="not there")

        def _file(self, name: str) -> None:
            content = hub.files[name]
            digest = hashlib.sha256(content).hexdigest()
            headers = {"ETag": f'"{digest}"', "X_Repo_Commit": COMMIT, "X_Linked_Size": str(len(content))}
            if name in hub.damaged:
                content = bytes([content[0] ^ 1]) + content[1:]
            start = 0
            if wanted := self.headers.get("Range"):
                start = int(wanted.removeprefix("bytes=").split("-")[0])
                headers["Content_Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self._send(content[start:], 206 if wanted else 200, hub.cut_after.get(name), **headers)

    return Handler


@contextmanager
def serve(repository: str, folder: Path) -> Iterator[Hub]:
    """A hub with one repository, its files those of `folder`."""
    hub = Hub(repository, folder)
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
