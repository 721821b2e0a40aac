"""A private site for benchmarks: Redis, the worker, nginx with one process and the peers, in a
temporary folder. Everything is ended by pid when the site closes."""
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = ROOT / os.environ.get("BUILD", "build/release")
AT = "2026-01-01T00:00:00.000Z"
SLOTS = 16384  # of a Redis Cluster
NODE_TIMEOUT = 5000  # ms


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Site:
    def __init__(self, threads=None, wrap=(), options=(), nodes=0, replicas=False, configuration=()):
        """`threads`: none for as many as the worker takes by itself. `wrap` goes before its own command
        line, as valgrind would, and `options` are further words of it. `nodes`: 0 for a Redis at a Unix socket,
        1 for one at a port, more for a Redis Cluster of so many primaries, with a replica each if `replicas`.
        `configuration`: what in nginx's files is put in the place of what."""
        # As Ctrl-C does: what was started is ended.
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: sys.exit(1))
        self.state = pathlib.Path(tempfile.mkdtemp(prefix="sessiond-bench."))
        os.chmod(self.state, 0o755)
        self.children = {}
        self.ports = {}
        self.configuration = configuration
        self.threads = [] if threads is None else ["--threads", str(threads)]
        self.stores = {}  # name of each Redis, and how redis-cli reaches it
        address = self.start_cluster(nodes, replicas) if nodes > 1 else self.start_redis("redis", nodes)
        self.start("worker", [*wrap, str(BUILD / "sessiond"), "--config", "/dev/null", "--redis", address,
                              "--listen", self.path("public.sock"), "--listen-check", self.path("check.sock"), "--listen-internal", self.path("internal.sock"),
                              *self.threads, "--log-level", "warning", *options])
        self.wait_for_socket("public.sock", 60)
        self.port = self.start_nginx("nginx", HERE / "nginx.conf", ROOT / "nginx", self.state)
        wait_until(lambda: self.get("/readyz")[0] == 200, "the site")

    def path(self, name):
        return f"{self.state}/{name}"

    def start(self, name, command, **options):
        log = open(self.path(f"{name}.log"), "wb")
        self.children[name] = subprocess.Popen(command, stdout=log, stderr=log, **options)
        return self.children[name]

    def start_redis(self, name, at_port, *more):
        """A Redis at a port, or at NAME.sock. Returns its address."""
        port, = free_ports(1)
        at = ["--port", str(port), "--bind", "127.0.0.1"] if at_port else ["--port", "0", "--unixsocket", self.path(f"{name}.sock")]
        self.stores[name] = ["-p", str(port)] if at_port else ["-s", self.path(f"{name}.sock")]
        self.start(name, ["redis-server", *at, "--dir", self.path(""), "--save", "", "--appendonly", "no", "--hash-max-listpack-value", "1024", *more])
        wait_until(lambda: self.children[name].poll() is None and "PONG" in self.redis("PING", store=name, check=False), name)
        return f"127.0.0.1:{port}" if at_port else self.path(f"{name}.sock")

    def start_cluster(self, nodes, replicas):
        """So many primaries with the same share of the slots each, in order: slot S is with number S * nodes // SLOTS. Returns its address."""
        buses, firsts = free_ports(2 * nodes), [-(-SLOTS * number // nodes) for number in range(nodes + 1)]

        def start(name, bus):
            return self.start_redis(name, True, "--cluster-enabled", "yes", "--cluster-config-file", f"{name}.conf", "--cluster-port", str(bus),
                                    "--cluster-node-timeout", str(NODE_TIMEOUT), "--repl-diskless-sync-delay", "0", "--dbfilename", f"{name}.rdb")

        def is_whole(store):
            said = self.redis("CLUSTER", "INFO", store=store)
            return "cluster_state:ok" in said and f"cluster_known_nodes:{len(self.stores)}" in said
        places = [start(f"redis-{number}", buses[number]) for number in range(nodes)]
        for number in range(nodes):
            self.redis("CLUSTER", "SET-CONFIG-EPOCH", str(number + 1), store=f"redis-{number}")
            self.redis("CLUSTER", "ADDSLOTSRANGE", str(firsts[number]), str(firsts[number + 1] - 1), store=f"redis-{number}")
        for number in range(nodes, 2 * nodes if replicas else nodes):
            start(f"replica-{number - nodes}", buses[number])
        for store in self.stores:
            self.redis("CLUSTER", "MEET", *places[0].split(":"), str(buses[0]), store=store)
        wait_until(lambda: all(map(is_whole, self.stores)), "the cluster")
        for name in [name for name in self.stores if name.startswith("replica-")]:
            self.redis("CLUSTER", "REPLICATE", self.redis("CLUSTER", "MYID", store=name.replace("replica", "redis")).strip(), store=name)
            wait_until(lambda: "master_link_status:up" in self.redis("INFO", "replication", store=name), name)
            del self.stores[name]
        return "redis+cluster://" + ",".join(places)

    def start_nginx(self, name, conf, snippets=None, sockets=None, wrap=()):
        """An nginx with one process, at a port of its own, which it returns. `snippets`: the folder of the
        product's configuration that `conf` includes, where the worker has its sockets in the folder `sockets`.
        `wrap` goes before its own command line."""
        folder = self.state / f"{name}-files"
        (folder / "tmp").mkdir(parents=True)
        for file in snippets.glob("*.conf") if snippets else ():
            text = file.read_text().replace("/run/sessiond/", f"{sockets}/").replace("/usr/share/sessiond/www", str(snippets / "www"))
            # A benchmark is a thousand times a browser's patience with one connection.
            text = text.replace("keepalive 64;", "keepalive 64; keepalive_requests 100000000;")
            for old, new in self.configuration:
                text = text.replace(old, new)
            (folder / file.name).write_text(text)
        self.ports[name], self.ports[f"{name} second"] = free_ports(2)
        text = conf.read_text()
        for word, value in (("@STATE@", self.state), ("@NAME@", name), ("@PORT@", self.ports[name]), ("@SECOND_PORT@", self.ports[f"{name} second"]),
                            ("@PEERS@", HERE / "peers")):
            text = text.replace(word, str(value))
        (folder / "nginx.conf").write_text(("user root;\n" if os.getuid() == 0 else "") + text)
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        alone = ["-g", "master_process off;"] if wrap else []
        self.start(name, [*wrap, nginx, "-p", str(folder), "-c", "nginx.conf", "-e", "stderr", *alone])
        return self.ports[name]

    def wait_for_socket(self, name, patience=20):
        def connects():
            with socket.socket(socket.AF_UNIX) as probe:
                return probe.connect_ex(self.path(name)) == 0
        wait_until(connects, name, patience)

    def get(self, path, headers=None, nginx="nginx"):
        """(status, headers, body) of a request to nginx."""
        return self.ask("GET", path, headers or {}, nginx=nginx)

    def post(self, path, document):
        """(status, body) of a request with a JSON body."""
        status, _, body = self.ask("POST", path, {"Content-Type": "application/json"}, json.dumps(document))
        return status, body

    def ask(self, method, path, headers, body=None, nginx="nginx"):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[nginx], timeout=30)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        except OSError as error:
            return 0, {}, str(error).encode()
        finally:
            connection.close()

    def mint(self, users, sessions, file):
        """Mints through the worker, a thread for each share of the users; tokens go to `file`."""
        tokens, lock = [], threading.Lock()

        def mint_share(share):
            mine = []
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            for i in share:
                body = json.dumps({"user": {"id": f"user {i}", "username": f"user{i}", "email": f"user{i}@example.org", "groups": ["staff", "ops"],
                                            "created_at": AT, "updated_at": AT},
                                   "kind": "web", "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"})
                for _ in range(sessions):
                    connection.request("POST", "/bench/mint", body, {"Content-Type": "application/json"})
                    response = connection.getresponse()
                    answer = response.read()
                    if response.status != 201:
                        raise SystemExit(f"minting failed: {response.status} {answer.decode()}")
                    mine.append(json.loads(answer)["token"])
            with lock:
                tokens.extend(mine)

        shares = [threading.Thread(target=mint_share, args=(range(n, users, 4),)) for n in range(4)]
        for share in shares:
            share.start()
        for share in shares:
            share.join()
        if len(tokens) != users * sessions:
            raise SystemExit("minting failed")
        pathlib.Path(file).write_text("\n".join(tokens) + "\n")
        return tokens

    def wrk(self, seconds, arguments, connections=64, nginx="nginx", patience=2):
        """One run of wrk; its RESULT, with the CPU time a request of worker and Redis (`cpu`, in µs by
        name; all nodes of a cluster together). Any answer but 2xx, and one that takes longer than `patience`, ends the benchmark."""
        used = {"worker": ["worker"], "redis": list(self.stores)}
        before = {name: sum(map(self.cpu_seconds, parts)) for name, parts in used.items()}
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", f"{patience}s", "-s", str(HERE / "wrk.lua"), f"http://127.0.0.1:{self.ports[nginx]}" + (arguments[0] if arguments[0] != "pairs" else "/"), "--", *arguments]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        result = json.loads(said[said.index("RESULT ") + 7:])
        if result["bad"]:
            raise SystemExit(f"{result['bad']} answers were wrong: {' '.join(command)}\n{said}")
        result["rps"] = result["requests"] / result["seconds"]
        result["cpu"] = {name: 1e6 * (sum(map(self.cpu_seconds, parts)) - before[name]) / result["requests"] for name, parts in used.items()}
        return result

    def cpu_seconds(self, name):
        """CPU time that a child has used, in the kernel and out of it: ticks, so coarse over a short while."""
        fields = pathlib.Path(f"/proc/{self.children[name].pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def redis(self, *words, store="redis", check=True):
        """What redis-cli prints."""
        return subprocess.run(["redis-cli", *self.stores[store], *words], capture_output=True, text=True, check=check).stdout

    def close(self):
        # Redis last, and the worker before it.
        for name in sorted(self.children, key=lambda name: (name in self.stores, name == "worker", name != "nginx")):
            child = self.children.get(name)
            if child and child.poll() is None:
                child.send_signal(signal.SIGTERM)
                try:
                    child.wait(20)
                except subprocess.TimeoutExpired:
                    # The rest are to be ended too, and the figures printed.
                    sys.stderr.write(f"{name} did not end by itself and was killed\n")
                    child.kill()
                    child.wait()
        shutil.rmtree(self.state, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None:
            for log in self.state.glob("*.log"):
                sys.stderr.write(f"--- {log.name}\n{log.read_text(errors='replace')[-2000:]}\n")
        self.close()


def free_ports(count):
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def wait_until(ready, what, patience=20):
    end = time.monotonic() + patience
    while not ready():
        if time.monotonic() > end:
            raise SystemExit(f"{what} did not become ready")
        time.sleep(0.02)


def there_and_back(rows, number):
    """The rows of a round: backwards in every second one, so that none is always the later."""
    return rows if number % 2 == 0 else rows[::-1]


def middle(values):
    """The median, and the quartiles around it: where the middle half of the values lies."""
    low, median, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return median, low, high
