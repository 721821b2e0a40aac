"""Replays what clients were told and finds what cannot be true of a service that keeps its promises."""

LIVING, UNCERTAIN, ENDED = "living", "uncertain", "ended"  # uncertain: a failed change may have ended it
SLACK = 0.05  # seconds by which the times of an answer and of an expiry can miss each other


class Verdict:
    """The broken promises, by name, with those who broke them."""

    NAMES = ("acknowledged revocations undone", "acknowledged sessions lost", "tokens accepted that should not be",
             "failures out of shape or late", "failures without a fault that excuses them", "answers that fit nothing")

    def __init__(self):
        self.broken = {name: [] for name in self.NAMES}

    def add(self, index, event, why):
        self.broken[self.NAMES[index]].append((why, event))


class User:
    """What must be true of one user's sessions, as far as events tell."""

    def __init__(self, verdict):
        self.verdict = verdict
        self.state = {}
        self.open = set()  # those of `state` that have not ended
        self.expires = {}
        self.failed_mints = 0

    def take(self, event):
        if event.status >= 500 or event.status == 0:
            return self.take_failure(event)
        if event.verb == "forge":
            if event.status != 401:
                self.verdict.add(2, event, "a forged token")
            return None
        if event.verb == "mint":
            if event.status != 201:
                self.verdict.add(5, event, "minting is not refused so")
            self.state[event.target], self.expires[event.target] = LIVING, event.told.get("expires_at", 0)
            self.open.add(event.target)
            return None
        if event.verb == "look_up":
            return self.listed(event)
        if event.status == 401:
            return self.gone(event.caller, event, "its token is refused")
        self.accepted(event)
        return {"use": self.used, "list": self.listed, "revoke": self.revoked, "log_out": self.revoked,
                "revoke_others": self.others_revoked}[event.verb](event)

    def take_failure(self, event):
        if event.verb == "mint":
            self.failed_mints += 1
        touched = {"revoke": [event.target], "log_out": [event.target],
                   "revoke_others": self.open - {event.caller}}.get(event.verb, [])
        for session in touched:
            if self.state[session] == LIVING:
                self.state[session] = UNCERTAIN

    def gone(self, session, event, why):
        """The answer implies that the session has ended."""
        if self.state[session] == LIVING and event.ended < self.expires[session] - SLACK:
            self.verdict.add(1, event, why)
        self.end(session)

    def end(self, session):
        self.state[session] = ENDED
        self.open.discard(session)

    def accepted(self, event):
        if self.state[event.caller] == ENDED and event.started < self.expires[event.caller]:
            self.verdict.add(0, event, "the token of a session that has ended is accepted")
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
            if self.state.get(session) == ENDED and event.started < self.expires[session]:
                self.verdict.add(0, event, f"{session} has ended and is listed")
        if len(ids - set(self.state)) > self.failed_mints:
            self.verdict.add(5, event, "sessions are listed that nobody minted")
        return None

    def revoked(self, event):
        if event.status == 404:
            return self.gone(event.target, event, f"{event.target} is not there to revoke")
        if event.status != 204:
            self.verdict.add(5, event, "no such answer")
        self.end(event.target)
        return None

    def others_revoked(self, event):
        if event.status != 200:
            return self.verdict.add(5, event, "no such answer")
        for session in self.open - {event.caller}:
            self.end(session)
        return None


def judge(events, faults, store_timeout):
    """`events` in the order in which each user's came."""
    verdict = Verdict()
    users = {}
    for event in events:
        users.setdefault(event.user, User(verdict)).take(event)
        if event.status >= 400 and not event.in_shape or event.status == 0:
            verdict.add(3, event, "out of shape")
        if event.ended - event.started > store_timeout + 1:
            verdict.add(3, event, f"after {event.ended - event.started:.2f} s")
        if event.status >= 500 and not any(fault.excuses(event) for fault in faults):
            verdict.add(4, event, "no fault was near")
    return verdict
