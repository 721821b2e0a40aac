"""What the worker keeps sessions in: one Redis, one with replicas and sentinels, or a cluster."""
import subprocess
import sys
from pathlib import Path

from redis_server import PATIENCE, Server, free_port, wait_until

SLOTS = 16384

# As we recommend it. A replica that was away is back at once.
SETTINGS = ("--save", "", "--appendonly", "yes", "--appendfsync", "always", "--loglevel", "warning",
            "--hash-max-listpack-value", "1024", "--repl-diskless-sync-delay", "0", "--shutdown-timeout", "0")
# The account of the worker and of this program, and the one with which servers and sentinels reach one another: without
# the latter, one is cut off from the rest, yet not from the worker.
ACCOUNT = ("admin", "secret")
ACCOUNTS = ("--user", "default", "off", "~*", "&*", "+@all",
            "--user", ACCOUNT[0], "on", ">" + ACCOUNT[1], "~*", "&*", "+@all", "--user", "peers", "on", ">peers", "~*", "&*", "+@all",
            "--masteruser", "peers", "--masterauth", "peers")


class Store:
    """`replicas` have to have a change before the worker may acknowledge it."""

    def __init__(self, folder, log, replicas):
        self.folder = folder
        self.log = log
        self.replicas = replicas
        self.servers = []
        self.account = None

    def server(self, name, *words):
        folder = self.folder / name
        server = Server(folder, self.log, "--port", "0", "--unixsocket", folder / "socket", "--dir", folder, *SETTINGS, *words)
        self.servers.append(server)
        return server

    def replicated(self, name, *words):
        """One with a port, which refuses changes when no replica would have them."""
        port = free_port()
        server = self.server(name, "--port", str(port), "--bind", "127.0.0.1", "--min-replicas-to-write",
                             str(self.replicas), "--min-replicas-max-lag", "3", *ACCOUNTS, *words)
        server.port = port
        server.account = ACCOUNT
        return server

    def has_replicas(self, primary):
        return int(primary.replication().get("min_slaves_good_slaves", 0)) >= self.replicas

    def serves(self, gone, changes):
        """Whether others than the one that is gone serve all, be it changes or just reads."""
        who, takes_changes = self.look()
        return who is not None and gone not in who and (takes_changes or not changes)

    def primaries(self):
        """Waits until there are all."""
        return wait_until(lambda: self.look()[0], "primaries for all")

    def stop(self):
        for server in self.servers:
            server.stop()


class Single(Store):
    """One that the worker knows, by its Unix socket, and another that it can be handed over to for a while."""

    def __init__(self, folder, log, replicas):
        super().__init__(folder, log, replicas)
        self.redis = self.at_port("redis")
        self.replica = self.at_port("replica")  # runs while it is wanted
        self.redis.start()
        self.address = str(self.redis.socket)

    def at_port(self, name):
        port = free_port()
        server = self.server(name, "--port", str(port), "--bind", "127.0.0.1")
        server.port = port
        return server

    def look(self):
        return (self.redis,), True


def is_primary(server):
    return server.serves() and server.replication().get("role") == "master"


def follows(server, primary):
    """Whether it is a replica that has what the primary has."""
    told = server.replication()
    return (told.get("role") == "slave" and told.get("master_port") == str(primary.port)
            and told.get("master_link_status") == "up")


class WithSentinels(Store):
    """A primary, two replicas and three sentinels."""

    def __init__(self, folder, log, replicas):
        super().__init__(folder, log, replicas)
        self.account = ACCOUNT
        self.data = [self.replicated(f"redis-{i}") for i in range(3)]
        first = self.data[0]
        first.start()
        for server in self.data[1:]:
            server.start("--replicaof", "127.0.0.1", str(first.port))
        wait_until(lambda: all(follows(server, first) for server in self.data[1:]), "replicas")
        self.sentinels = [self.sentinel(f"sentinel-{i}", first.port) for i in range(3)]
        # They have to know each other and the replicas before they can agree on another primary.
        wait_until(lambda: all(self.knows_all(sentinel) for sentinel in self.sentinels), "sentinels that know each other")
        self.address = "redis+sentinel://" + ",".join(f"127.0.0.1:{s.port}" for s in self.sentinels) + "/people"

    # A sentinel's first PING to a new primary comes after a second: with less patience it would call it down by then.
    def sentinel(self, name, primary_port):
        folder = self.folder / name
        sentinel = Server(folder, self.log, folder / "conf", "--sentinel")
        sentinel.port = free_port()
        (folder / "conf").write_text(f"""port {sentinel.port}
bind 127.0.0.1
unixsocket {sentinel.socket}
dir {folder}
loglevel warning
sentinel monitor people 127.0.0.1 {primary_port} 2
sentinel down-after-milliseconds people 1500
sentinel failover-timeout people 3000
sentinel parallel-syncs people 2
sentinel auth-user people peers
sentinel auth-pass people peers
""")
        self.servers.append(sentinel)
        sentinel.start()
        return sentinel

    @staticmethod
    def knowledge(sentinel):
        """What it says of the primary, by name; nothing when it does not answer."""
        told = sentinel.tries("SENTINEL", "master", "people") or []
        return dict(zip(told[::2], told[1::2]))

    def knows_all(self, sentinel):
        known = self.knowledge(sentinel)
        return known.get("num-slaves") == "2" and known.get("num-other-sentinels") == "2"

    def is_failing_over(self, sentinel):
        return "failover_in_progress" in self.knowledge(sentinel).get("flags", "")

    def primary(self):
        """The one that all sentinels that run name, and that is it; nothing while there is none."""
        told = [s.tries("SENTINEL", "get-master-addr-by-name", "people") for s in self.sentinels if s.serves()]
        named = {answer[1] for answer in told if answer}
        found = [server for server in self.data if named == {str(server.port)} and is_primary(server)]
        return found[0] if found else None

    def look(self):
        """Who are the primaries, nothing while not all is served, and whether they take changes."""
        primary = self.primary()
        return (primary,) if primary else None, primary is not None and self.has_replicas(primary)

    def whole(self):
        """Whether both others follow the primary, and every sentinel is content."""
        primary = self.primary()
        return (primary is not None and all(server.serves() for server in self.data)
                and all(follows(server, primary) for server in self.data if server is not primary)
                and all(self.healthy(sentinel) for sentinel in self.sentinels))

    def healthy(self, sentinel):
        return str(sentinel.tries("SENTINEL", "ckquorum", "people")).startswith("OK") and self.knows_all(sentinel)


class Cluster(Store):
    """Three primaries that share the slots evenly, and a replica of each. The nodes reach each other by links.py."""

    def __init__(self, folder, log, replicas):
        super().__init__(folder, log, replicas)
        self.account = ACCOUNT
        self.cut_off = None  # a node that no other reaches
        self.data = [self.node(number) for number in range(6)]
        ports = [f"{node.announced_port}:{node.bus_port}" for node in self.data]
        self.links = subprocess.Popen([sys.executable, Path(__file__).parent / "links.py", *ports], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=log, text=True)
        self.links.stdout.readline()
        for number, node in enumerate(self.data):
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            self.data[0].ask("CLUSTER", "MEET", "127.0.0.1", node.port, node.announced_port)
        primaries = self.data[:3]
        for number, node in enumerate(primaries):
            node.ask("CLUSTER", "ADDSLOTSRANGE", SLOTS * number // 3, SLOTS * (number + 1) // 3 - 1)
        wait_until(lambda: all(len(node.ask("CLUSTER", "NODES").splitlines()) == 6 for node in self.data), "nodes that have met")
        for replica, primary in zip(self.data[3:], primaries):
            replica.ask("CLUSTER", "REPLICATE", primary.id)
        wait_until(self.whole, "a cluster that is well")
        self.address = "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in primaries)

    def node(self, number):
        bus_port, announced_port = free_port(), free_port()
        node = self.replicated(f"redis-{number}", "--cluster-enabled", "yes", "--cluster-node-timeout", "1000",
                               "--cluster-port", str(bus_port), "--cluster-announce-bus-port", str(announced_port),
                               "--cluster-announce-ip", "127.0.0.1", "--bind-source-addr", f"127.0.0.{10 + number}")
        node.bus_port, node.announced_port = bus_port, announced_port
        node.start()
        node.id = node.ask("CLUSTER", "MYID")
        return node

    def cut(self, node):
        """No other node reaches it, nor it them: the worker does."""
        self.cut_off = node
        self.tell_links(str(self.data.index(node)))
        node.ask("ACL", "SETUSER", "peers", "off")
        node.ask("CLIENT", "KILL", "USER", "peers")

    def mend(self):
        self.cut_off.ask("ACL", "SETUSER", "peers", "on")
        self.tell_links("")
        self.cut_off = None

    def tell_links(self, line):
        print(line, file=self.links.stdin, flush=True)
        self.links.stdout.readline()

    def stop(self):
        super().stop()
        self.links.stdin.close()
        self.links.wait(PATIENCE)

    def owners(self, node):
        """Who owns slots, as one node sees it; nothing when it is not content with the cluster."""
        if "cluster_state:ok" not in (node.tries("CLUSTER", "INFO") or ""):
            return None
        ids = {slots[2][2] for slots in node.tries("CLUSTER", "SLOTS") or ()}
        return tuple(owner for owner in self.data if owner.id in ids)

    def look(self):
        """Who are the primaries, nothing while not all is served, and whether they take changes."""
        seen = {self.owners(node) for node in self.data if node.serves() and node is not self.cut_off}
        who = seen.pop() if len(seen) == 1 else None
        if not who or not all(is_primary(node) for node in who):
            return None, False
        return who, all(self.has_replicas(node) for node in who)

    def whole(self):
        """Whether all nodes serve, and every primary has a replica that has what it has."""
        who, _ = self.look()
        return (who is not None and all(node.serves() for node in self.data)
                and all(self.replica_of(primary) is not None for primary in who)
                and all(node in who or any(follows(node, primary) for primary in who) for node in self.data))

    def replica_of(self, primary):
        return next((node for node in self.data if node.serves() and follows(node, primary)), None)

    def slots_of_users(self):
        """Slots that have sessions, with their owners."""
        return [(primary.ask("CLUSTER", "KEYSLOT", key), primary) for primary in self.primaries()
                for key in primary.ask("KEYS", "*:sessions")]
