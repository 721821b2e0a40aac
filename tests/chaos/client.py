"""A client that uses the service, through nginx and as a login service, and writes down all that it asked and was told."""
import base64
import json
import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPException

from broken_site import UnixConnection


AT = "2026-01-01T00:00:00Z"
CLI_LIFETIME = 90 * 24 * 3600  # seconds, the worker's default


@dataclass(slots=True)
class Event:
    """One request and its answer. Times are the host's, which is Redis's."""

    user: str
    verb: str
    caller: str = ""  # id of the session whose token was shown; "" for none
    target: str = ""  # id of the session to revoke, or minted
    started: float = 0.0
    ended: float = 0.0
    status: int = 0  # 0: no whole answer
    in_shape: bool = True  # of a failure: as the contract has it
    told: dict = field(default_factory=dict)  # what a success said


@dataclass(slots=True)
class Session:
    id: str
    token: str
    expires_at: float
    kind: str


def seconds(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def id_in(token):
    """Of the session: a token is its kind, and in base64url a reference to the user, that id and a secret."""
    raw = token[4:]
    return str(uuid.UUID(bytes=base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4))[16:32]))


def in_shape(status, headers, body):
    """Whether this is a failure as the contract describes it."""
    try:
        problem = json.loads(body)
    except ValueError:
        return False
    codes = {401: "unauthorized", 404: "not_found"}
    return (headers.get("Content-Type") == "application/json" and set(problem) == {"code", "error"}
            and problem["code"] == codes.get(status, "internal_error") and headers.get("Cache-Control") == "no-store")


class Client(threading.Thread):
    """One user after another of its own, so what it is told comes in an order. Stops when `stop` is set."""

    MOST = 12  # sessions of a user

    def __init__(self, site, number, stop, tally):
        super().__init__()
        self.site = site
        self.stop = stop
        self.tally = tally
        self.chance = random.Random(number)
        self.users = [f"user-{number}-{i}" for i in range(3)]
        self.living = {user: [] for user in self.users}
        self.ended = {user: [] for user in self.users}
        self.events = []

    def run(self):
        while not self.stop.is_set():
            self.one(self.chance.choice(self.users))
            # Whoever fails asks less often. So the processor is left to what comes back, and to what breaks it.
            self.stop.wait(0.01 if self.events[-1:] and self.events[-1].status >= 500 else 0.003)

    def one(self, user):
        living, ended = self.living[user], self.ended[user]
        for session in [s for s in living if s.expires_at < time.time()]:
            living.remove(session)
            ended.append(session)
        if ended and self.chance.random() < (0.25 if living else 0.5):
            # Mostly the one that has just ended.
            return self.use(user, self.chance.choice((ended[-1], ended[-1], self.chance.choice(ended))))
        if not living:
            return self.mint(user)
        verb = self.chance.choices(
            (self.mint, self.use, self.list, self.revoke, self.log_out, self.revoke_others, self.forge, self.pair),
            (0 if len(living) >= self.MOST else 4, 8, 4, 3, 1, 0.3, 1, 0 if len(living) >= self.MOST else 0.5))[0]
        return verb(user) if verb in (self.mint,) else verb(user, self.chance.choice(living))

    # What a user does

    def mint(self, user):
        ttl = self.chance.choice((1, 3, 3600, 3600, 3600, 3600))
        body = {"user": {"id": user, "username": user, "created_at": AT, "updated_at": AT},
                "kind": self.chance.choice(("web", "cli")), "ttl_seconds": ttl}
        event, answer = self.send(Event(user, "mint"), self.site.internal, "POST", "/internal/v1/sessions", body=body)
        if event.status == 201:
            minted = json.loads(answer)
            event.target = minted["id"]
            event.told = {"expires_at": seconds(minted["expires_at"])}
            self.living[user].append(Session(minted["id"], minted["token"], event.told["expires_at"], body["kind"]))

    def pair(self, user, session):
        """A CLI gets a session of its own, for a code that a browser's session has asked for."""
        if session.kind != "web":
            return
        event, answer = self.send(Event(user, "grant", session.id), self.site.web, "POST", "/api/v1/auth/cli/request-grant",
                                  session.token)
        if event.status != 200:
            return
        event, answer = self.send(Event(user, "redeem", session.id), self.site.web, "POST", "/api/v1/auth/cli/redeem",
                                  body={"code": json.loads(answer)["code"]})
        if event.status == 200:
            token = json.loads(answer)["token"]
            event.target = id_in(token)
            event.told = {"expires_at": event.ended + CLI_LIFETIME}
            self.living[user].append(Session(event.target, token, event.told["expires_at"], "cli"))

    def use(self, user, session):
        """Shows a token wherever one is looked at."""
        way = self.chance.randrange(3)
        door, path = [(self.site.web, "/api/v1/u/me"), (self.site.internal, "/internal/v1/check"),
                      (self.site.web, "/app/")][way]
        event, answer = self.send(Event(user, "use", session.id), door, "GET", path, session.token)
        if event.status in (200, 204):
            event.told = {"user": [lambda: json.loads(answer)["id"], lambda: self.headers["X-Session-User"],
                                   lambda: answer.decode().split("user=")[1].split()[0]][way]()}

    def list(self, user, session):
        event, answer = self.send(Event(user, "list", session.id), self.site.web, "GET", "/api/v1/auth/sessions",
                                  session.token)
        if event.status == 200:
            event.told = {"ids": [s["id"] for s in json.loads(answer)]}

    def look_up(self, user):
        """The same list as an operator sees it."""
        event, answer = self.send(Event(user, "look_up"), self.site.internal, "GET", f"/internal/v1/users/{user}/sessions")
        if event.status == 200:
            event.told = {"ids": [s["id"] for s in json.loads(answer)]}

    def revoke(self, user, session):
        target = self.chance.choice(self.living[user])
        event, _ = self.send(Event(user, "revoke", session.id, target.id), self.site.web, "DELETE",
                             f"/api/v1/auth/sessions/{target.id}", session.token)
        self.end(user, [target])

    def log_out(self, user, session):
        self.send(Event(user, "log_out", session.id, session.id), self.site.web, "POST", "/api/v1/auth/logout",
                  session.token)
        self.end(user, [session])

    def revoke_others(self, user, session):
        self.send(Event(user, "revoke_others", session.id), self.site.web, "DELETE", "/api/v1/auth/sessions",
                  session.token)
        self.end(user, [s for s in self.living[user] if s is not session])

    def forge(self, user, session):
        """A token with a wrong secret, or for another user's session."""
        last = session.token[-10]
        token = session.token[:-10] + ("A" if last != "A" else "B") + session.token[-9:]
        if self.chance.random() < 0.5:
            other = self.living[self.chance.choice(self.users)] or [session]
            token = session.token[:26] + other[0].token[26:] if other[0].token[4:26] != session.token[4:26] else token
        self.send(Event(user, "forge"), self.site.web, "GET", "/api/v1/u/me", token)

    def end(self, user, sessions):
        """Whether they ended or only may have: they are tried again, and the judge knows which."""
        for session in sessions:
            if session in self.living[user]:
                self.living[user].remove(session)
                self.ended[user].append(session)

    def send(self, event, door, method, path, token=None, body=None):
        headers = {"Connection": "close"}
        if event.verb == "redeem":  # from anywhere: nginx lets nobody try many codes
            headers["X-Forwarded-For"] = ".".join(["10", *(str(self.chance.randrange(256)) for _ in range(3))])
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection = UnixConnection(door)
        answer = b""
        event.started = time.time()
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            response = connection.getresponse()
            answer = response.read()
            self.headers = response.headers
            event.status = response.status
        except (OSError, HTTPException) as trouble:  # the answer was cut off, or never came
            event.told = {"trouble": repr(trouble)}
            if door == self.site.internal:
                event.status = 502  # a worker that was killed has no words: nginx would say so in its place
        finally:
            connection.close()
        event.ended = time.time()
        if event.status >= 400 and "trouble" not in event.told:
            event.in_shape = in_shape(event.status, self.headers, answer)
            event.told = {"body": answer[:200].decode(errors="replace")}
        self.events.append(event)
        self.tally.count(event)
        return event, answer
