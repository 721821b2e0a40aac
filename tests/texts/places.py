"""Where the texts' commands and configurations are tried: what is installed, a Redis, and a whole stack."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PATH = os.environ["PATH"] + ":/usr/sbin"
PATIENCE = 60  # seconds; what takes longer hangs


def said_by(command, quiet_output=False, **environment):
    """Exit status, and what a command said: on standard error alone, if its output is not of interest."""
    done = subprocess.run(command, env={**os.environ, "PATH": PATH, **environment}, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.DEVNULL if quiet_output else subprocess.PIPE, timeout=PATIENCE,
                          stderr=subprocess.PIPE if quiet_output else subprocess.STDOUT)
    return done.returncode, (done.stderr if quiet_output else done.stdout)


class Folder:
    """A folder of its own, which goes with it."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="sessiond.")
        os.chmod(self.folder, 0o755)
        self.open()
        return self

    def __exit__(self, *_):
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), mode)

    def open(self):
        pass

    def close(self):
        pass


class Installed(Folder):
    """What `make install` brings, and an nginx that has it."""

    def __init__(self, build):
        self.build = build

    def open(self):
        subprocess.run(["systemd/install"], check=True, env={
            **os.environ, "BUILD": self.build, "DESTDIR": self.path("root"), "PREFIX": "/usr", "sysconfdir": "/etc",
            "unitdir": "/lib/systemd/system", "NGINX_GROUP": "www-data"})
        shutil.copytree(self.path("root/etc/nginx"), self.path("nginx"))
        examples = self.path("root/usr/share/doc/sessiond/examples")
        for folder in (examples, examples + "/login"):
            for name in os.listdir(folder):
                if name.endswith(".conf"):
                    where = "conf.d" if name.endswith("-http.conf") else "snippets"
                    shutil.copy(os.path.join(folder, name), self.path("nginx/%s/%s" % (where, name)))
        shutil.copy("/etc/nginx/fastcgi_params", self.path("nginx/fastcgi_params"))

    def has(self, path):
        """A package has some files compressed, and one more, which `make deploy` looks at."""
        return os.path.exists(self.path("root" + path.removesuffix(".gz"))) or path.endswith("/sessiond.spdx.json")

    def has_file(self, name):
        return any(name in files for _, _, files in os.walk(self.path("root")))

    def has_snippet(self, name):
        return os.path.exists(self.path("nginx/snippets/" + name)) or os.path.exists(self.path("nginx/conf.d/" + name))

    def test_nginx(self, kind, text):
        both = "include snippets/sessiond-server.conf; include snippets/sessiond-auth.conf;\n"
        server = {"server": text, "protected": both + text, "location": both + "location /x/ {\n%s\n}" % text}[kind]
        folders = "".join("%s_temp_path %s;\n" % (name, self.path("tmp-" + name))
                          for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        self.write("nginx/nginx.conf", "pid %s;\nevents { }\nhttp {\naccess_log off;\n%s\ninclude conf.d/*.conf;\nserver {\nlisten unix:%s;\n%s\n}\n}\n"
                   % (self.path("pid"), folders, self.path("site.sock"), server))
        return said_by(["nginx", "-t", "-q", "-c", self.path("nginx/nginx.conf"), "-e", "stderr"])


class Redis(Folder):
    """A Redis with a configuration of the texts, whose paths are this folder's."""

    def __init__(self, build, configuration):
        self.build = build
        self.configuration = configuration

    def here(self, text):
        for place in ("/run/redis-sessiond", "/var/lib/redis", "/var/log/redis", "/var/backups"):
            text = text.replace(place, self.path(os.path.basename(place)))
        return re.sub(r" -o redis -g redis", "", text)

    def open(self):
        for name in ("redis-sessiond", "redis", "backups"):
            os.makedirs(self.path(name), exist_ok=True)
        text = self.here(self.configuration)
        text = re.sub(r"^(daemonize|supervised|logfile|dir) .*$", "", text, flags=re.M)
        self.write("redis.conf", text + "\ndaemonize no\ndir %s\nlogfile %s\n" % (self.path("redis"), self.path("log")))
        self.socket = self.path("redis-sessiond/redis.sock")
        self.start()

    def start(self):
        self.process = subprocess.Popen(["redis-server", self.path("redis.conf")], stdout=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while self.said("ping") != "PONG":
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("Redis does not start:\n" + self.log())
            time.sleep(0.02)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)

    close = stop

    def said(self, *words):
        return said_by(["redis-cli", "-s", self.socket, *words])[1].strip()

    def log(self):
        with open(self.path("log"), encoding="utf-8") as file:
            return file.read()[-2000:]

    def sessiond(self, *words):
        status, said = said_by([self.build + "/sessiond", *words], SESSIOND_REDIS=self.socket)
        if status != 0:
            raise RuntimeError("sessiond %s: %s" % (" ".join(words), said))
        return said

    def has(self, user):
        return json.loads(self.sessiond("list", user, "--json")) != []

    def now(self):
        """Redis's time, a millisecond later than all that was minted until now."""
        end = time.monotonic() + 0.01
        while time.monotonic() < end:
            pass
        seconds, micros = self.said("time").split()
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(int(seconds)))
        return "%s.%03dZ" % (text, int(micros) // 1000)

    def type(self, text):
        self.write("bin/sessiond", '#!/bin/sh\nexec %s/sessiond "$@"\n' % self.build, 0o755)
        return said_by(["bash", "-euc", self.here(text)], PATH=self.path("bin") + ":" + PATH, SESSIOND_REDIS=self.socket)


class Stack(Folder):
    """What `make run` starts, and somebody who types commands there."""

    def __init__(self, build):
        self.build = build

    def open(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.state = self.path("state")
        os.mkdir(self.state)
        self.options = {"SESSIOND_BAR_USERS": "true", "SESSIOND_RECORD_ACTIVITY": "true", "SESSIOND_RECORD_IP": "full",
                        "SESSIOND_EVENTS_KEPT": "1h"}
        self.said = open(self.path("stack.log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(["tests/stack"], stdin=subprocess.DEVNULL, stdout=self.said, stderr=self.said, env={
            **os.environ, **self.options, "BUILD": self.build, "STATE": self.state, "PORT": str(self.port)})
        end = time.monotonic() + PATIENCE
        while not re.search(r"^ready ", self.log(), re.M):
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("the stack does not start:\n" + self.log())
            time.sleep(0.05)
        for name in ("backups", "root", "typed"):
            os.mkdir(self.path(name))
        # Without sudo, without a journal, and with a failure where HTTP has one.
        self.write("bin/sessiond", '#!/bin/sh\nexec %s/sessiond "$@"\n' % self.build, 0o755)
        self.write("bin/journalctl", "#!/bin/sh\nexit 0\n", 0o755)
        self.write("error.log", "")
        self.write(".curlrc", "fail-with-body\nsilent\nshow-error\n")

    def log(self):
        self.said.seek(0)
        return self.said.read()

    def close(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.said.close()

    def mint(self, kind="web"):
        at = "2026-01-01T00:00:00Z"
        body = {"kind": kind, "user": {"id": "1", "username": "alice", "created_at": at, "updated_at": at}}
        said = said_by(["curl", "-sS", "--unix-socket", self.state + "/internal.sock", "-H", "Content-Type: application/json",
                        "-d", json.dumps(body), "http://sessiond/internal/v1/sessions"])[1]
        if '"token"' not in said:
            raise RuntimeError("minting failed: " + said)
        return json.loads(said)

    def here(self, text):
        for there, here in (("http://127.0.0.1:8080", "http://127.0.0.1"), ("http://127.0.0.1", "http://127.0.0.1:%d" % self.port),
                            ("/run/redis-sessiond/", self.state + "/"), ("/run/sessiond/", self.state + "/"),
                            ("/var/backups", self.path("backups")), ("/root/", self.path("root/")),
                            ("/var/log/nginx/error.log", self.path("error.log"))):
            text = text.replace(there, here)
        return text

    def bash(self, text, **variables):
        environment = {**self.options, **variables, "SESSIOND_REDIS": self.state + "/redis.sock", "CURL_HOME": self.folder}
        return said_by(["bash", "-euo", "pipefail", "-c", "cd %s\n%s" % (self.path("typed"), text)],
                       PATH=self.path("bin") + ":" + PATH, **environment)

    def type(self, text):
        """Status and words of a block, typed for user 1, who has one session more each time."""
        self.bash("sessiond enable 1")
        session = self.mint()
        for word, real in (("USER", "1"), ("ID", session["id"]), ("TOKEN", session["token"])):
            text = re.sub(r"(?<![\w$])%s\b" % word, real, text)
        return self.bash(self.here(text))

    def type_as_one_person(self, lines):
        """(line, status, words) of each. What a line assigns and prints is there for the next: ID is the session that is
        not the caller's, CODE what was printed last under that name. To sign in once more comes before ID."""
        variables, code = {}, ""
        sign_in = next(line for line in lines if "dev-login" in line)
        for line in lines:
            text = self.here(line)
            if "/ID" in line:
                self.bash(self.here(sign_in).replace("-c cookies ", ""), **variables)
                listed = self.bash(self.here(next(each for each in lines if each.endswith("/auth/sessions"))), **variables)[1]
                others = re.findall(r'"id":"([^"]+)"[^}]*"is_current":false', listed)
                text = text.replace("/ID", "/" + others[0] if others else "/none")
            text = text.replace('"CODE"', '"%s"' % code)
            assigned = re.match(r"([A-Z]+)=", text)
            if assigned:
                status, said = self.bash(text + '\nprintf %s "$' + assigned[1] + '"', **variables)
                variables[assigned[1]] = said
                yield line, 0 if status == 0 and said else 1, said or "it assigns nothing"
            else:
                status, said = self.bash(text, **variables)
                code = (re.search(r'"code":"([^"]+)"', said) or ["", code])[1]
                yield line, status, said
