"""A redis-server, or a sentinel, that belongs to this program."""
import signal
import socket
import subprocess
import time

PATIENCE = 20.0  # seconds


class Refused(Exception):
    """What Redis says against a command."""


def wait_until(ready, what):
    """What it says in the end, as soon as that is something."""
    deadline = time.monotonic() + 3 * PATIENCE  # sentinels that do not agree at once try again in ten seconds
    while not (said := ready()):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what}: does not happen")
        time.sleep(0.01)
    return said


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read_reply(stream):
    line = stream.readline()
    if not line:
        raise ConnectionError("it has closed the connection")
    kind, rest = line[:1], line[1:].rstrip().decode()
    if kind == b"-":
        raise Refused(rest)
    if kind == b":":
        return int(rest)
    if kind == b"$":
        return None if rest == "-1" else stream.read(int(rest) + 2)[:-2].decode(errors="replace")
    if kind == b"*":
        return [read_reply(stream) for _ in range(int(rest))]
    return rest


class Server:
    """Runs in a folder of its own, with a Unix socket there for this program."""

    def __init__(self, folder, log, *words):
        self.folder = folder
        self.folder.mkdir()
        self.socket = folder / "socket"
        self.log = log
        self.words = [*words]
        self.account = None  # user and password, where one is needed
        self.process = None
        self.paused = False

    def start(self, *more):
        """`more` are words of the command line, for this time."""
        self.process = subprocess.Popen(["redis-server", *self.words, *more], stdout=self.log, stderr=self.log)
        wait_until(self.answers, "a Redis that serves")

    def answers(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.process.args} ends with {self.process.returncode}")
        return self.tries("PING") == "PONG"

    def kill(self):
        self.process.kill()
        self.process.wait()

    def pause(self):
        self.paused = True
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)
        self.paused = False

    def serves(self):
        return self.process is not None and self.process.poll() is None and not self.paused

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        self.process.wait(PATIENCE)

    def ask(self, *words):
        """The reply, as text, numbers and lists. Raises Refused with Redis's words, and OSError when nobody answers."""
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(PATIENCE)
            peer.connect(str(self.socket))
            stream = peer.makefile("rb")
            for command in ([("AUTH", *self.account)] if self.account else []) + [words]:
                peer.sendall(" ".join(str(word) for word in command).encode() + b"\r\n")
                reply = read_reply(stream)
            return reply

    def tries(self, *words):
        """Likewise, but nothing when it is refused or nobody answers."""
        try:
            return self.ask(*words)
        except (OSError, Refused):
            return None

    def replication(self):
        """INFO replication, by name; empty when nobody answers."""
        text = self.tries("INFO", "replication") or ""
        return dict(line.split(":", 1) for line in text.split("\r\n") if ":" in line)
