"""The judge condemns what it must: each promise broken once, by hand."""
import sys
import unittest

sys.dont_write_bytecode = True

from client import Event  # noqa: E402
from judge import BACK_WITHIN, Fault, Verdict, judge, since_faults, times_to_serve  # noqa: E402


def mint(session, at=0.0, expires_at=1000.0):
    return Event("u", "mint", target=session, started=at, ended=at, status=201, told={"expires_at": expires_at})


def use(session, status, at=1.0):
    return Event("u", "use", session, started=at, ended=at, status=status, told={"user": "u"})


def revoke(caller, target, status, at=0.5):
    return Event("u", "revoke", caller, target, started=at, ended=at, status=status)


ALWAYS = Fault("always", ("mint", "use", "list", "revoke", "forge"), 0.0)
NEVER = Fault("never", (), 0.0)
FAILOVER = Fault("failover", ALWAYS.excused, 0.0, 10.0, failover=True)


def broken(*events, fault=ALWAYS, staleness=0.0):
    """The promises that these events break."""
    verdict = judge(events, [fault], 1.0, staleness)
    return [Verdict.NAMES.index(name) for name, found in verdict.broken.items() if found]


class JudgeTest(unittest.TestCase):
    def test_content_with_what_is_right(self):
        self.assertEqual(broken(mint("a"), mint("b"), use("a", 200), revoke("a", "b", 204), use("b", 401),
                                mint("c", expires_at=2), use("c", 401, at=3), fault=NEVER), [])

    def test_revocation_undone(self):
        self.assertEqual(broken(mint("a"), revoke("a", "a", 204), use("a", 200)), [0])
        listed = Event("u", "list", "a", started=1, ended=1, status=200, told={"ids": ["a", "b"]})
        self.assertEqual(broken(mint("a"), mint("b"), revoke("a", "b", 204), listed), [0])

    def test_refused_once_is_refused_for_ever(self):
        self.assertEqual(broken(mint("a"), revoke("a", "a", 503), use("a", 200), use("a", 401), use("a", 200)), [0])

    def test_session_lost(self):
        self.assertEqual(broken(mint("a"), use("a", 401)), [1])
        listed = Event("u", "list", "a", started=1, ended=1, status=200, told={"ids": ["a"]})
        self.assertEqual(broken(mint("a"), mint("b"), listed), [1])
        self.assertEqual(broken(mint("a"), mint("b"), revoke("a", "b", 404)), [1])

    def test_accepted_that_should_not_be(self):
        self.assertEqual(broken(mint("a", expires_at=2), use("a", 200, at=3)), [2])
        self.assertEqual(broken(Event("u", "forge", status=200)), [2])
        other = use("a", 200)
        other.told = {"user": "v"}
        self.assertEqual(broken(mint("a"), other), [2])

    def test_code_lost(self):
        grant = Event("u", "grant", "a", started=1, ended=1, status=200)
        redeem = Event("u", "redeem", "a", "b", started=2, ended=2, status=200, told={"expires_at": 1000.0})
        refused = Event("u", "redeem", "a", started=2, ended=2, status=401)
        self.assertEqual(broken(mint("a"), grant, redeem, use("b", 200, at=3)), [])
        self.assertEqual(broken(mint("a"), grant, redeem, use("b", 401, at=3)), [1])
        self.assertEqual(broken(mint("a"), grant, refused), [1])
        self.assertEqual(broken(mint("a"), grant, refused, fault=FAILOVER, staleness=1.0), [])
        self.assertEqual(broken(mint("a", expires_at=2), grant, refused), [])
        self.assertEqual(broken(mint("a"), grant, revoke("a", "a", 204), redeem), [0])

    def test_failures(self):
        bad = use("a", 503)
        bad.in_shape = False
        self.assertEqual(broken(mint("a"), bad), [3])
        late = use("a", 503)
        late.ended = late.started + 2.1
        self.assertEqual(broken(mint("a"), late), [3])
        self.assertEqual(broken(mint("a"), use("a", 0)), [3])
        self.assertEqual(broken(mint("a"), use("a", 503), fault=NEVER), [4])

    def test_answers_that_fit_nothing(self):
        self.assertEqual(broken(mint("a"), use("a", 302)), [5])
        listed = Event("u", "list", "a", started=1, ended=1, status=200, told={"ids": ["a", "x"]})
        self.assertEqual(broken(mint("a"), listed), [5])
        failed = Event("u", "mint", status=503)
        self.assertEqual(broken(failed, mint("a"), listed), [])

    def test_a_broken_promise_counts_once_for_each_session(self):
        verdict = judge([mint("a"), mint("b"), revoke("a", "a", 204), *[use("a", 200)] * 3, use("b", 401), use("b", 401)], [], 1.0)
        self.assertEqual([len(found) for found in verdict.broken.values()][:2], [1, 1])
        self.assertEqual((verdict.minted, verdict.revoked), (2, 1))
        self.assertEqual(list(verdict.told_at.values()), [[0.5], [0.0]])

    def test_an_old_primary_may_be_believed_for_so_long_in_a_failover(self):
        undone = [mint("a"), revoke("a", "a", 204, at=2.0), use("a", 200, at=3.0)]
        self.assertEqual(broken(*undone, fault=FAILOVER, staleness=1.0), [])
        self.assertEqual(judge(undone, [FAILOVER], 1.0, 1.0).stale, [1.0])
        self.assertEqual(broken(*undone, fault=FAILOVER, staleness=0.9), [0])
        self.assertEqual(broken(*undone, fault=ALWAYS, staleness=1.0), [0])
        early = Fault("failover", (), 0.0, 3.0 - BACK_WITHIN - 0.1, failover=True)
        self.assertEqual(broken(*undone, fault=early, staleness=1.0), [0])

        lost = [mint("a", at=2.0), use("a", 401, at=3.0), use("a", 200, at=4.0)]
        self.assertEqual(broken(*lost, fault=FAILOVER, staleness=1.0), [])
        self.assertEqual(broken(*lost, fault=FAILOVER, staleness=0.9), [1])
        self.assertEqual(broken(*lost, use("a", 401, at=5.0), fault=FAILOVER, staleness=1.0), [1])

    def test_what_was_not_acknowledged_may_be_undone_by_a_failover(self):
        events = [mint("a"), revoke("a", "a", 503), use("a", 401, at=9.0), use("a", 200, at=10.0)]
        self.assertEqual(broken(*events, fault=FAILOVER), [])
        after = 10.1 + BACK_WITHIN
        self.assertEqual(broken(*events, use("a", 401, at=after), fault=FAILOVER), [])
        self.assertEqual(broken(*events, use("a", 401, at=after), use("a", 200, at=after), fault=FAILOVER), [0])

    def test_times_to_serve(self):
        first, second = Fault("killed", ("use",), 1.0, 2.0, failover=True), Fault("killed", ("use",), 20.0, 21.0, failover=True)
        events = [use("a", 503, at=1.5), use("a", 503, at=2.5), use("a", 200, at=2.7), revoke("a", "a", 503, at=2.8), use("a", 503, at=5.0)]
        self.assertEqual(times_to_serve(events, [first, ALWAYS, second]), [(first, 1.5), (second, 0.0)])

    def test_since_faults(self):
        later = Fault("later", (), 5.0, 6.0)
        self.assertEqual(since_faults([4.0, 6.0, 5.5], [later, ALWAYS]), {"always": [4.0], "later": [1.0, 0.5]})


if __name__ == "__main__":
    unittest.main()
