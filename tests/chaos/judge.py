"""Replays what clients were told and finds what cannot be true of a service that keeps its promises."""

from dataclasses import dataclass

LIVING, UNCERTAIN, ENDED = "living", "uncertain", "ended"  # uncertain: a failed change may have ended it
SLACK = 0.05  # seconds by which the times of an answer and of an expiry can miss each other
BACK_WITHIN = 1.0  # seconds from the end of a fault until it excuses nothing more


@dataclass
class Fault:
    """Something that was broken for a while. `excused` are the verbs that may fail meanwhile. During a failover
    there may be two primaries, and one does not know what was acknowledged by the other."""

    name: str
    excused: tuple
    started: float
    ended: float = float("inf")
    failover: bool = False

    def near(self, event):
        return event.ended >= self.started and event.started <= self.ended + BACK_WITHIN

    def excuses(self, event):
        return event.verb in self.excused and self.near(event)


class Verdict:
    """The broken promises, by name, with those who broke them: a session breaks each once."""

    NAMES = ("acknowledged revocations undone", "acknowledged sessions or codes lost", "tokens accepted that should not be",
             "failures out of shape or late", "failures without a fault that excuses them", "answers that fit nothing")

    def __init__(self):
        self.broken = {name: [] for name in self.NAMES}
        self.minted = 0  # acknowledged, as are those that follow
        self.revoked = 0
        self.told_at = {name: [] for name in self.NAMES[:2]}  # when those were acknowledged that were undone, or lost
        self.stale = []  # seconds for which a session that had ended was accepted, or a new one refused, in a failover

    def add(self, index, event, why, told_at=None):
        self.broken[self.NAMES[index]].append((why, event))
        if told_at is not None:
            self.told_at[self.NAMES[index]].append(told_at)


class User:
    """What must be true of one user's sessions, as far as events tell. `in_failover` says whether an event was near
    one; `staleness` is how long an old primary may be believed then, in seconds."""

    def __init__(self, verdict, in_failover, staleness):
        self.verdict = verdict
        self.in_failover = in_failover
        self.staleness = staleness
        self.state = {}
        self.open = set()  # those of `state` that have not ended
        self.expires = {}
        self.since = {}  # when that was told which `state` has
        self.undone = set()
        self.failed_mints = 0
        self.granted = 0.0  # when the latest code was told

    def take(self, event):
        if event.status >= 500 or event.status == 0:
            return self.take_failure(event)
        if event.verb == "forge":
            if event.status != 401:
                self.verdict.add(2, event, "a forged token")
            return None
        if event.verb == "mint":
            return self.minted(event) if event.status == 201 else self.verdict.add(5, event, "minting is not refused so")
        if event.verb == "redeem":
            return self.redeemed(event)
        if event.verb == "look_up":
            return self.listed(event)
        if event.status == 401:
            return self.gone(event.caller, event, "its token is refused")
        self.accepted(event)
        if event.verb == "grant":
            self.granted = event.ended
            return None if event.status == 200 else self.verdict.add(5, event, "no such answer")
        return {"use": self.used, "list": self.listed, "revoke": self.revoked, "log_out": self.revoked,
                "revoke_others": self.others_revoked}[event.verb](event)

    def minted(self, event):
        self.verdict.minted += 1
        self.expires[event.target], self.since[event.target] = event.told.get("expires_at", 0), event.ended
        self.state[event.target] = LIVING
        self.open.add(event.target)

    def redeemed(self, event):
        """A code that its session has been given just now."""
        if event.status == 200:
            self.accepted(event)
            self.minted(event)
        elif event.status != 401:
            self.verdict.add(5, event, "no such answer")
        elif event.ended < self.expires[event.caller] - SLACK and not self.is_stale(self.granted, event):
            self.verdict.add(1, event, "its code is refused", self.granted)

    def take_failure(self, event):
        if event.verb in ("mint", "redeem"):
            self.failed_mints += 1
        touched = {"revoke": [event.target], "log_out": [event.target],
                   "revoke_others": self.open - {event.caller}}.get(event.verb, [])
        for session in touched:
            if self.state[session] == LIVING:
                self.state[session] = UNCERTAIN

    def gone(self, session, event, why):
        """The answer implies that the session has ended."""
        if event.ended < self.expires[session] - SLACK:
            if self.state[session] == LIVING:
                if self.is_stale(self.since[session], event):
                    return
                self.verdict.add(1, event, why, self.since[session])
                self.state[session] = UNCERTAIN
            # What was not acknowledged may be undone by a failover, though it has been seen.
            if self.state[session] == UNCERTAIN and self.in_failover(event):
                return
        self.end(session, event)

    def end(self, session, event):
        if self.state[session] != ENDED:
            self.since[session] = event.ended
        self.state[session] = ENDED
        self.open.discard(session)

    def acknowledged(self, session, event):
        self.verdict.revoked += self.state[session] != ENDED
        self.end(session, event)

    def is_stale(self, since, event):
        """Whether an old primary may be the one that does not know yet what was acknowledged then."""
        late = event.started - since
        if late > self.staleness or not self.in_failover(event):
            return False
        self.verdict.stale.append(late)
        return True

    def living(self, session, event, why):
        """The answer implies that the session has not ended."""
        if self.state.get(session) != ENDED or event.started >= self.expires[session] or session in self.undone:
            return
        if not self.is_stale(self.since[session], event):
            self.undone.add(session)
            self.verdict.add(0, event, why, self.since[session])

    def accepted(self, event):
        self.living(event.caller, event, "the token of a session that has ended is accepted")
        if event.started > self.expires[event.caller] + SLACK:
            self.verdict.add(2, event, "the token of a session past its time is accepted")

    def used(self, event):
        if event.status not in (200, 204):
            self.verdict.add(5, event, "no such answer")
        elif event.told["user"] != event.user:
            self.verdict.add(2, event, "it stands for somebody else")

    def listed(self, event):
        if event.status != 200:
            return self.verdict.add(5, event, "no such answer")
        ids = set(event.told["ids"])
        for session in self.open - ids:
            self.gone(session, event, f"{session} is not listed")
        for session in ids:
            self.living(session, event, f"{session} has ended and is listed")
        if len(ids - set(self.state)) > self.failed_mints:
            self.verdict.add(5, event, "sessions are listed that nobody minted")
        return None

    def revoked(self, event):
        if event.status == 404:
            return self.gone(event.target, event, f"{event.target} is not there to revoke")
        if event.status != 204:
            self.verdict.add(5, event, "no such answer")
        self.acknowledged(event.target, event)
        return None

    def others_revoked(self, event):
        if event.status != 200:
            return self.verdict.add(5, event, "no such answer")
        for session in self.open - {event.caller}:
            self.acknowledged(session, event)
        return None


def latest(faults, event):
    """In words, for people: the fault that was mended last."""
    over = max((fault for fault in faults if fault.ended <= event.started), key=lambda fault: fault.ended, default=None)
    return f", the last, {over.name}, was over for {event.started - over.ended:.2f} s" if over else ""


def judge(events, faults, store_timeout, staleness=0.0):
    """`events` in the order in which each user's came. Times are seconds."""
    verdict = Verdict()
    users = {}
    failovers = [fault for fault in faults if fault.failover]

    def in_failover(event):
        return any(fault.near(event) for fault in failovers)

    for event in events:
        users.setdefault(event.user, User(verdict, in_failover, staleness)).take(event)
        if event.status >= 400 and not event.in_shape or event.status == 0:
            verdict.add(3, event, "out of shape")
        if event.ended - event.started > store_timeout + 1:
            verdict.add(3, event, f"after {event.ended - event.started:.2f} s")
        if event.status >= 500 and not any(fault.excuses(event) for fault in faults):
            verdict.add(4, event, "no fault was near" + latest(faults, event))
    return verdict


def since_faults(times, faults):
    """By name of the fault that began last before each of the times: how many seconds before."""
    seconds = {}
    for at in times:
        fault = max((fault for fault in faults if fault.started <= at), key=lambda fault: fault.started)
        seconds.setdefault(fault.name, []).append(at - fault.started)
    return seconds


def times_to_serve(events, faults):
    """Of each failover: its fault, and the seconds until the last failure that it excuses."""
    failures = [event for event in events if event.status >= 500 or event.status == 0]
    return [(fault, max((e.ended for e in failures if fault.excuses(e)), default=fault.started) - fault.started)
            for fault in faults if fault.failover]
