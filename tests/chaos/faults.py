"""What is broken: each fault breaks something, waits until clients have noticed, and mends it."""
import itertools
import random
import signal
import subprocess
import threading
import time
from contextlib import contextmanager

from judge import BACK_WITHIN, Fault
from redis_server import PATIENCE, wait_until
from stores import follows, is_primary

MINTING = ("mint", "grant", "redeem")
CHANGES = (*MINTING, "revoke", "log_out", "revoke_others")
ALL = (*CHANGES, "use", "list", "forge")


class Watch(threading.Thread):
    """Notes when the store itself did not serve, or made another primary unasked, as a busy machine makes it do."""

    def __init__(self, store, stop):
        super().__init__(daemon=True)
        self.store = store
        self.stop = stop
        self.faults = []

    def run(self):
        seen, who = time.time(), self.store.primaries()
        while not self.stop.wait(0.05):
            before, seen = seen, time.time()
            now, takes_changes = self.store.look()
            changed, who = now is None or now != who, now
            if changed or not takes_changes:
                self.faults.append(Fault("the store itself", ALL if changed else CHANGES, before, time.time(), failover=changed))


class Chaos:
    """Those that any site can meet."""

    def __init__(self, site, tally, patient):
        self.site = site
        self.store = site.store
        self.tally = tally
        self.patient = patient  # whether there are minutes
        self.chance = random.Random()
        self.faults = []

    @contextmanager
    def fault(self, name, excused, **more):
        """`excused` are the verbs that may fail meanwhile."""
        fault = Fault(name, excused, time.time(), **more)
        self.faults.append(fault)
        yield
        fault.ended = time.time()

    def last(self, started, seconds):
        while time.time() < started + seconds:
            self.tally.wait_for("done", 1)

    def worker_killed(self):
        with self.fault("worker killed", ALL):
            self.site.worker.kill()
            self.site.start_worker()
            self.tally.wait_for("done", 50)

    def worker_restarted(self):
        with self.fault("worker restarted", ()):
            self.site.worker.terminate()
            status = self.site.worker.wait(PATIENCE)
            self.site.start_worker()
            if status != 0:
                raise RuntimeError(f"the worker ended with {status}")
            self.tally.wait_for("done", 50)

    def nginx_reloaded(self):
        with self.fault("nginx reloaded", ()):
            self.site.nginx.send_signal(signal.SIGHUP)
            self.tally.wait_for("done", 50)

    def rage(self, until):
        """Every fault at least once, and again until time is up."""
        all_of_them = self.all()
        for number, fault in enumerate(itertools.cycle(all_of_them)):
            if number >= len(all_of_them) and time.monotonic() > until:
                return
            fault()
            # Healthy for long enough that failures without excuse would show.
            while time.time() < self.faults[-1].ended + BACK_WITHIN:
                self.tally.wait_for("done", 1)
            self.tally.wait_for("done", 100)


class SingleChaos(Chaos):
    """One Redis: it is killed and restarted, paused, filled up, made read-only, handed over to a replica and back, and made
    to forget its scripts."""

    def all(self):
        return [self.redis_killed, self.redis_paused, self.redis_full, self.redis_a_replica, self.redis_without_replicas,
                self.redis_handed_over, self.redis_kept, self.scripts_forgotten, self.worker_killed, self.worker_restarted,
                self.nginx_reloaded]

    def tell(self, *words):
        self.store.redis.ask(*words)

    def redis_killed(self):
        with self.fault("redis killed", ALL):
            self.store.redis.kill()
            self.tally.wait_for("failed", 20)
            self.store.redis.start()

    def redis_paused(self):
        with self.fault("redis paused", ALL):
            self.store.redis.pause()
            self.tally.wait_for("failed", 20)
            self.store.redis.resume()

    def redis_full(self):
        with self.fault("redis full", MINTING):
            self.tell("CONFIG", "SET", "maxmemory", "1")
            self.tally.wait_for("failed", 10)
            self.tally.wait_for("done", 50)
            self.tell("CONFIG", "SET", "maxmemory", "0")

    def redis_a_replica(self):
        with self.fault("redis a replica", ALL):
            self.tell("REPLICAOF", "127.0.0.1", "1")
            self.tally.wait_for("failed", 10)
            self.tell("REPLICAOF", "NO", "ONE")

    def redis_without_replicas(self):
        with self.fault("redis without replicas", CHANGES):
            self.tell("CONFIG", "SET", "min-replicas-to-write", "1")
            self.tally.wait_for("failed", 10)
            self.tell("CONFIG", "SET", "min-replicas-to-write", "0")

    @contextmanager
    def replica(self):
        """Another Redis that follows the one, for a while."""
        replica = self.store.replica
        replica.start("--replicaof", "127.0.0.1", str(self.store.redis.port))
        try:
            wait_until(lambda: "state=online" in self.store.redis.replication().get("slave0", ""), "a replica")
            yield replica
        finally:
            replica.kill()

    @staticmethod
    def hand_over(old, new, *more):
        """By Redis's command FAILOVER: changes wait until the replica has them all, and then it is the primary."""
        # It refuses until it has heard from the replica.
        wait_until(lambda: old.tries("FAILOVER", "TO", "127.0.0.1", new.port, *more), "a hand-over that begins")

    def redis_handed_over(self):
        """And back: no failover excuses an answer by one that does not know what the other has told."""
        with self.replica() as replica, self.fault("redis handed over", ALL):
            redis = self.store.redis
            self.hand_over(redis, replica)
            wait_until(lambda: is_primary(replica) and follows(redis, replica), "a Redis that was handed over")
            self.tally.wait_for("failed", 10)
            self.hand_over(replica, redis)
            wait_until(lambda: is_primary(redis) and follows(replica, redis), "a Redis that is back")

    def redis_kept(self):
        """The replica hangs, so Redis gives up after a while, and changes that have waited are made."""
        with self.replica() as replica:
            replica.pause()
            self.tally.wait_for("done", 50)  # of which the replica knows nothing
            with self.fault("redis kept", ()):
                self.hand_over(self.store.redis, replica, "TIMEOUT", 200)
                wait_until(lambda: self.store.redis.replication()["master_failover_state"] == "no-failover", "a Redis that is kept")
                self.tally.wait_for("done", 50)
            replica.resume()

    def scripts_forgotten(self):
        with self.fault("scripts forgotten", ()):
            self.tell("SCRIPT", "FLUSH")
            self.tally.wait_for("done", 50)


class SentinelChaos(Chaos):
    """A primary, two replicas, three sentinels. A primary that was replaced comes back believing that it is one, as
    nothing that it keeps tells it otherwise, until a sentinel does."""

    def all(self):
        once = [self.primary_killed, self.primary_paused, self.replica_killed, self.primary_replaced, self.sentinels_killed,
                self.primary_stalled, self.primary_cut_off, self.connections_cut, self.machine_killed, self.replicas_killed]
        return [*once, self.primary_handed_over, *[self.primary_killed] * 4] if self.patient else once

    def primary(self):
        return self.store.primaries()[0]

    @contextmanager
    def failover(self, name):
        """Until Redis would serve again: of the primary that there was, another has taken the place. It has one replica
        then, until the old one is its second: who wants two takes no changes until then."""
        old = self.primary()
        with self.fault(name, ALL, failover=True):
            yield old
            wait_until(lambda: self.store.serves(gone=old, changes=self.store.replicas < 2), "another primary")

    def mend(self, old):
        """Waits until the one that was replaced has learned it: sentinels take 10 to 20 s. Who has no time tells it so."""
        with self.fault("a replica away", CHANGES if self.store.replicas > 1 else ()):
            self.tally.wait_for("done", 30)
            if not self.patient:
                old.ask("REPLICAOF", "127.0.0.1", self.primary().port)
            wait_until(self.store.whole, "replicas of the new primary")

    def primary_killed(self):
        with self.failover("primary killed") as old:
            old.kill()
        old.start()
        self.mend(old)

    def primary_paused(self):
        started = time.time()
        with self.failover("primary paused") as old:
            old.pause()
        self.last(started, 10 if self.patient else 0)
        old.resume()
        self.mend(old)

    def primary_stalled(self):
        """It goes on as soon as sentinels have begun to replace it, with a replica that does not know yet."""
        with self.failover("primary stalled") as old:
            old.pause()
            wait_until(lambda: any(self.store.is_failing_over(sentinel) for sentinel in self.store.sentinels), "a failover")
            old.resume()
        self.mend(old)

    def primary_replaced(self):
        """On demand."""
        with self.failover("primary replaced") as old:
            # It refuses until it has heard of the replicas lately.
            wait_until(lambda: self.store.sentinels[0].tries("SENTINEL", "FAILOVER", "people"), "a failover on demand")
        self.mend(old)

    def primary_handed_over(self):
        """To a replica, by Redis's command FAILOVER, of which sentinels are not told. They believe neither of the two until
        the old primary has said for 20 s that it is a replica, and then make another one, be it the third."""
        with self.failover("primary handed over") as old:
            old.ask("FAILOVER")
        self.mend(old)

    def primary_cut_off(self):
        """From its replicas and the sentinels, but not from the worker."""
        with self.failover("primary cut off") as old:
            old.ask("ACL", "SETUSER", "peers", "off")
            old.ask("CLIENT", "KILL", "USER", "peers")
        self.tally.wait_for("done", 30)
        old.ask("ACL", "SETUSER", "peers", "on")
        self.mend(old)

    def connections_cut(self):
        with self.fault("connections cut", ALL):
            self.primary().ask("CLIENT", "KILL", "TYPE", "normal")

    def restart(self, servers):
        for server in servers:
            server.start("--replicaof", "127.0.0.1", str(self.primary().port))

    def replica_killed(self):
        replica = next(server for server in self.store.data if server is not self.primary())
        with self.fault("replica killed", CHANGES if self.store.replicas > 1 else ()):
            replica.kill()
            self.tally.wait_for("done", 30)
            self.restart([replica])
            wait_until(self.store.whole, "a replica that is back")

    def replicas_killed(self):
        replicas = [server for server in self.store.data if server is not self.primary()]
        with self.fault("replicas killed", CHANGES if self.store.replicas else ()):
            for replica in replicas:
                replica.kill()
            self.tally.wait_for("done", 30)
            self.restart(replicas)
            wait_until(self.store.whole, "replicas that are back")

    def machine_killed(self):
        """With a primary and a sentinel. When it is back, the sentinel, which a worker that starts then asks first, still
        takes that primary for the one."""
        sentinel = self.store.sentinels[0]
        with self.failover("machine killed") as old:
            old.kill()
            sentinel.kill()
        with self.fault("machine is back", ALL, failover=True):
            old.start()
            sentinel.start()
            self.site.worker.kill()
            self.site.start_worker()
            self.tally.wait_for("done", 50)
        self.mend(old)

    def sentinels_killed(self):
        with self.fault("sentinels killed", ()):
            for sentinel in self.store.sentinels:
                sentinel.kill()
            self.tally.wait_for("done", 100)
            for sentinel in self.store.sentinels:
                sentinel.start()
            wait_until(self.store.whole, "sentinels that are back")


class ClusterChaos(Chaos):
    """Three primaries, each with a replica. A primary without one takes no changes, where the worker wants replicas."""

    def all(self):
        once = [self.primary_killed, self.slots_moved, self.primary_paused, self.primary_replaced, self.primary_overthrown,
                self.primary_cut_off, self.replica_killed, self.connections_cut, self.resharded, self.worker_killed]
        return [*once, self.primary_killed, self.slots_moved, self.primary_killed] if self.patient else once

    def a_primary(self):
        wait_until(self.store.whole, "a cluster that is well")
        return self.chance.choice(self.store.primaries())

    @contextmanager
    def lost(self, name, primary):
        """Until its replica has taken its place. Then that one lacks a replica for as long as the block lasts."""
        with self.fault(name, ALL, failover=True):
            yield
            wait_until(lambda: self.store.serves(gone=primary, changes=False), "another primary")

    @contextmanager
    def without_a_replica(self):
        with self.fault("a replica away", CHANGES if self.store.replicas else ()):
            self.tally.wait_for("done", 30)
            yield
            wait_until(self.store.whole, "a replica that is back")

    def primary_killed(self):
        primary = self.a_primary()
        with self.lost("primary killed", primary):
            primary.kill()
        with self.without_a_replica():
            primary.start()

    def primary_paused(self):
        primary = self.a_primary()
        started = time.time()
        with self.lost("primary paused", primary):
            primary.pause()
        with self.without_a_replica():
            self.last(started, 10 if self.patient else 0)
            primary.resume()

    def replica_killed(self):
        replica = self.store.replica_of(self.a_primary())
        with self.without_a_replica():
            replica.kill()
            self.tally.wait_for("done", 30)
            replica.start()

    def primary_replaced(self):
        """By its replica, in agreement with it."""
        primary = self.a_primary()
        with self.fault("primary replaced", (), failover=True):
            self.store.replica_of(primary).ask("CLUSTER", "FAILOVER")
            wait_until(lambda: self.store.serves(gone=primary, changes=True), "another primary")

    def primary_overthrown(self):
        """By its replica, without asking anybody."""
        primary = self.a_primary()
        with self.lost("primary overthrown", primary):
            self.store.replica_of(primary).ask("CLUSTER", "FAILOVER", "TAKEOVER")

    def primary_cut_off(self):
        """From all other nodes, but not from the worker."""
        primary = self.a_primary()
        with self.lost("primary cut off", primary):
            self.store.cut(primary)
        with self.without_a_replica():
            self.last(time.time(), 10 if self.patient else 3)
            self.store.mend()

    def connections_cut(self):
        with self.fault("connections cut", ALL):
            for primary in self.store.primaries():
                primary.ask("CLIENT", "KILL", "TYPE", "normal")

    def slots_moved(self):
        """Those with sessions, each to another primary, key by key."""
        self.a_primary()
        with self.fault("slots moved", ()):
            for slot, owner in self.store.slots_of_users():
                others = [primary for primary in self.store.primaries() if primary is not owner]
                self.move(slot, owner, self.chance.choice(others))

    def move(self, slot, old, new):
        new.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", old.id)
        old.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", new.id)
        while keys := old.ask("CLUSTER", "GETKEYSINSLOT", slot, 4):
            old.ask("MIGRATE", "127.0.0.1", new.port, '""', 0, 5000, "AUTH2", "peers", "peers", "KEYS", *keys)
            self.tally.wait_for("done", 1)
        for node in (new, old):
            node.ask("CLUSTER", "SETSLOT", slot, "NODE", new.id)

    def resharded(self):
        """By the tool of Redis: some slots away from a primary, and all even again."""
        primary = self.a_primary()
        other = next(node for node in self.store.primaries() if node is not primary)
        slots = 1000 if self.patient else 100
        with self.fault("resharded", ()):
            self.redis_cli("reshard", "--cluster-from", primary.id, "--cluster-to", other.id, "--cluster-slots", str(slots), "--cluster-yes")
            self.redis_cli("rebalance", "--cluster-threshold", "1")

    def redis_cli(self, command, *words):
        """Until it is content: it refuses while nodes have not yet told each other what it did before, and after a key that
        could not be moved for want of a replica just then."""
        user, password = self.store.account

        def run(command, *words):
            return subprocess.run(["redis-cli", "--user", user, "--pass", password, "--no-auth-warning", "--cluster", command,
                                   f"127.0.0.1:{self.store.data[0].port}", *words], stdin=subprocess.DEVNULL,
                                  stdout=self.site.log, stderr=self.site.log, check=False).returncode == 0

        wait_until(lambda: run(command, *words) or run("fix") and False, f"redis-cli --cluster {command}")
