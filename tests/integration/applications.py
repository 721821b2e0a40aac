#!/usr/bin/env python3
"""Applications for nginx to pass requests to, on Unix sockets in the folder that is its argument: http.app,
scgi.app and uwsgi.app. Each answers with what it was told, a line `Name: value` each, and the SHA-256 of
the body. The path /status/N is answered with that status and a body of the application's own."""
import hashlib
import os
import socketserver
import struct
import sys


def answer(lines, body_hash, path):
    status = int(path.rsplit("/", 1)[1]) if "/status/" in path else 200
    said = [f"the application's own {status}"] if status != 200 else [*lines, f"Body-Hash: {body_hash}"]
    return status, "".join(line + "\n" for line in said).encode("latin-1")


def hash_of(pieces):
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def sized(stream, size):
    while size > 0:
        piece = stream.read(min(size, 1 << 16))
        if not piece:
            return
        size -= len(piece)
        yield piece


def chunked(stream):
    while size := int(stream.readline(), 16):
        yield from sized(stream, size)
        stream.readline()
    stream.readline()


class Http(socketserver.StreamRequestHandler):
    def handle(self):
        request_line = self.rfile.readline().decode("latin-1")
        lines, length, in_chunks = [], 0, False
        while (line := self.rfile.readline().decode("latin-1").rstrip("\r\n")):
            lines.append(line)
            name, value = line.lower().split(":", 1)
            length = int(value) if name == "content-length" else length
            in_chunks |= name == "transfer-encoding" and "chunked" in value
        body_hash = hash_of(chunked(self.rfile) if in_chunks else sized(self.rfile, length))
        status, body = answer(lines, body_hash, request_line.split()[1])
        self.wfile.write(b"HTTP/1.1 %d x\r\nContent-Length: %d\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
                         % (status, len(body)) + body)


def cgi_answer(self, variables):
    lines = [f"{name}: {value}" for name, value in variables]
    body_hash = hash_of(sized(self.rfile, int(dict(variables).get("CONTENT_LENGTH") or 0)))
    status, body = answer(lines, body_hash, "/")
    self.wfile.write(b"Status: %d\r\nContent-Type: text/plain\r\n\r\n" % status + body)


class Scgi(socketserver.StreamRequestHandler):
    def handle(self):
        size = b""
        while (digit := self.rfile.read(1)) != b":":
            if not digit:
                return
            size += digit
        words = self.rfile.read(int(size)).decode("latin-1").split("\0")
        self.rfile.read(1)  # the comma
        cgi_answer(self, list(zip(words[0::2], words[1::2])))


class Uwsgi(socketserver.StreamRequestHandler):
    def handle(self):
        head = self.rfile.read(4)
        if len(head) < 4:
            return
        (size,) = struct.unpack("<H", head[1:3])
        block, at, words = self.rfile.read(size), 0, []
        while at < size:
            (length,) = struct.unpack_from("<H", block, at)
            words.append(block[at + 2:at + 2 + length].decode("latin-1"))
            at += 2 + length
        cgi_answer(self, list(zip(words[0::2], words[1::2])))


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    import threading
    for name, handler in ("http", Http), ("scgi", Scgi), ("uwsgi", Uwsgi):
        server = Server(os.path.join(sys.argv[1], name + ".app"), handler)
        threading.Thread(target=server.serve_forever).start()
