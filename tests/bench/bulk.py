"""Loads sessions straight into Redis, a million in a minute, with the commands of mint.lua in their
order. `check_bulk` proves on a running site that what was loaded is what minting stores."""
import base64
import binascii
import hashlib
import json
import os
import subprocess
import time
import uuid

from site_of_bench import AT, SLOTS

LIFETIME = 30 * 24 * 3600 * 1000
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def user_json(user_id):
    return json.dumps({"id": user_id, "username": "bulk", "created_at": AT, "updated_at": AT}, separators=(",", ":"))


def ref_of(user_id):
    return hashlib.blake2b(user_id.encode(), digest_size=16).digest()


def node_of(user_id, nodes):
    """The number of the primary that has the user, of so many with the same share of the slots each."""
    return binascii.crc_hqx(base64url(ref_of(user_id)).encode(), 0) % SLOTS * nodes // SLOTS


def command(*words):
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word if isinstance(word, bytes) else word.encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(data), data))
    return b"".join(parts)


def load(site, user_ids, sessions):
    """Gives each user so many sessions; returns a token for each session."""
    now = int(time.time() * 1000)
    expires = str(now + LIFETIME)
    time_bits = (now << 80).to_bytes(16, "big")[:6]
    tokens = []
    stores = [subprocess.Popen(["redis-cli", *at, "--pipe"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) for at in site.stores.values()]
    for user_id in user_ids:
        ref = ref_of(user_id)
        user = "sessiond:{" + base64url(ref) + "}:"
        commands = [command("HSET", user + "user", "id", user_id, "json", user_json(user_id))]
        for _ in range(sessions):
            noise, secret = bytearray(os.urandom(10)), os.urandom(32)
            noise[0], noise[2] = 0x70 | noise[0] & 0x0F, 0x80 | noise[2] & 0x3F
            session_id = time_bits + noise
            key = user + "session:" + str(uuid.UUID(bytes=session_id))
            commands += [
                command("HSET", key, "user_id", user_id, "kind", "web", "expires_at", expires,
                        "secret_hash", hashlib.blake2b(secret, digest_size=32).digest()),
                command("HSET", key, "user_agent", AGENT),
                command("PEXPIREAT", key, expires),
                command("ZADD", user + "sessions", expires, key[-36:]),
                command("PEXPIREAT", user + "sessions", expires),
                command("PEXPIREAT", user + "user", expires),
            ]
            tokens.append("ses_" + base64url(ref + session_id + secret))
        stores[node_of(user_id, len(stores))].stdin.write(b"".join(commands))
    for redis in stores:
        said = redis.communicate()[0].decode()
        if redis.returncode != 0 or "errors: 0," not in said:
            raise SystemExit(f"loading failed: {said}")
    return tokens


def stored(site, user_id):
    """What Redis holds of a user with one session: type, encoding, bytes, fields and whether it expires, by key."""
    user = "sessiond:{" + base64url(ref_of(user_id)) + "}:"
    held = {}
    for key in site.redis("--scan", "--pattern", user + "*").split():
        kind = site.redis("TYPE", key).strip()
        fields = site.redis("--raw", "HKEYS", key).split() if kind == "hash" else []
        name = key.removeprefix(user)
        held["session" if name.startswith("session:") else name] = (
            kind, site.redis("OBJECT", "ENCODING", key).strip(), site.redis("MEMORY", "USAGE", key).strip(), fields,
            int(site.redis("PTTL", key)) > 0)
    return held


def check_bulk(site):
    """Mints one session and loads another: they differ in nothing but their names."""
    minted_id, loaded_id = "bulk minted", "bulk loaded"
    status, answer = site.post("/bench/mint", {"user": json.loads(user_json(minted_id)), "kind": "web", "user_agent": AGENT})
    if status != 201:
        raise SystemExit(f"minting failed: {status} {answer}")
    token, = load(site, [loaded_id], 1)
    minted, loaded = stored(site, minted_id), stored(site, loaded_id)
    if minted != loaded or len(minted) != 3:
        raise SystemExit(f"bulk.py no longer stores what minting does:\nminted {minted}\nloaded {loaded}")
    status, _, body = site.get("/api/v1/u/me", {"Authorization": f"Bearer {token}"})
    if status != 200 or json.loads(body)["id"] != loaded_id:
        raise SystemExit(f"a loaded session is not accepted: {status} {body.decode()}")
    for user_id in (minted_id, loaded_id):
        for key in site.redis("--scan", "--pattern", "sessiond:{" + base64url(ref_of(user_id)) + "}:*").split():
            site.redis("DEL", key)
