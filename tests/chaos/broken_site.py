"""A store, the worker and nginx in a folder of their own, made to be broken.

The worker's listening sockets belong to this process and are handed over as systemd does, so a
worker that dies takes no connection with it that waits to be accepted.
"""
import http.client
import os
import socket
import subprocess
import time
from pathlib import Path

from redis_server import PATIENCE

TOP = Path(__file__).resolve().parents[2]
BUILD = TOP / os.environ.get("BUILD", "build/release")


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("site.example", timeout=PATIENCE)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def listen(path, descriptor):
    """A listening socket with this very descriptor, which the protocol of systemd prescribes."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(4096)
    opened = listener.detach()
    if opened != descriptor:
        os.dup2(opened, descriptor)
        os.close(opened)


class Site:
    """`web` is nginx's door, `internal` the worker's own. `make_store` takes a folder and a log."""

    def __init__(self, folder, make_store):
        self.folder = folder
        self.web = folder / "web.sock"
        self.internal = folder / "internal.sock"
        listen(folder / "public.sock", 3)  # before anything else of ours can have these numbers
        listen(self.internal, 4)
        listen(folder / "check.sock", 5)
        self.log = open(folder / "log", "ab")
        self.store = make_store(folder, self.log)
        self.words = ["--config", "/dev/null", "--redis", self.store.address]
        if self.store.account:
            user, password = self.store.account
            (folder / "password").write_text(password + "\n")
            self.words += ["--redis-user", user, "--redis-password-file", folder / "password"]
        if self.store.replicas:
            self.words += ["--redis-replicas", str(self.store.replicas)]
        self.worker = None
        self.start_worker()
        self.start_nginx()

    # The worker

    def start_worker(self):
        """For the first time, or after its end."""
        if self.worker:
            self.worker.wait(PATIENCE)
        environment = {**os.environ, "LISTEN_FDS": "3", "LISTEN_FDNAMES": "public:internal:check"}
        self.worker = subprocess.Popen(
            ["sh", "-c", 'export LISTEN_PID=$$; exec "$@"', "sh", BUILD / "sessiond", *self.words, "--max-sessions", "1000",
             "--log-level", "warning", "--threads", "2", "--events-kept", "1m", "--known-devices", "1m"],
            pass_fds=(3, 4, 5), env=environment, stdout=self.log, stderr=self.log)

    def examine(self):
        """What doctor says of the keys, and whether it is content."""
        done = subprocess.run([BUILD / "sessiond", "doctor", "--keys", *self.words], capture_output=True, text=True, check=False)
        return done.stdout + done.stderr, done.returncode == 0

    # nginx

    def start_nginx(self):
        (self.folder / "tmp").mkdir()
        for file in (TOP / "nginx").glob("*.conf"):
            text = file.read_text().replace("/run/sessiond/", f"{self.folder}/")
            (self.folder / file.name).write_text(text.replace("/usr/share/sessiond/www", str(TOP / "nginx/www")))
        site = (TOP / "tests/nginx.conf").read_text().replace("@LISTEN@", f"unix:{self.web}")
        site = site.replace("@STATE@", str(self.folder))
        (self.folder / "nginx.conf").write_text(("user root;\n" if os.geteuid() == 0 else "") + site)
        os.chmod(self.folder, 0o755)
        program = "/usr/sbin/nginx" if os.path.exists("/usr/sbin/nginx") else "nginx"
        self.nginx = self.run(program, "-p", f"{self.folder}/", "-c", "nginx.conf", "-e", "stderr")
        self.wait_until(self.ready, self.nginx)

    def ready(self):
        try:
            connection = UnixConnection(self.web)
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (FileNotFoundError, ConnectionError):
            return False

    # All of them

    def run(self, *words):
        return subprocess.Popen(words, stdout=self.log, stderr=self.log)

    def wait_until(self, ready, process):
        deadline = time.monotonic() + PATIENCE
        while not ready():
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError(f"{process.args[0]} does not come up: " + (self.folder / "log").read_text()[-2000:])

    def stop(self):
        for process in (self.nginx, self.worker):
            process.terminate()
            process.wait(PATIENCE)
        self.store.stop()
