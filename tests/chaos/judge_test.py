"""The judge condemns what it must: each promise broken once, by hand."""
import sys
import unittest

sys.dont_write_bytecode = True

from client import Event  # noqa: E402
from judge import Verdict, judge  # noqa: E402


def mint(session, at=0.0, expires_at=1000.0):
    return Event("u", "mint", target=session, started=at, ended=at, status=201, told={"expires_at": expires_at})


def use(session, status, at=1.0):
    return Event("u", "use", session, started=at, ended=at, status=status, told={"user": "u"})


def revoke(caller, target, status, at=0.5):
    return Event("u", "revoke", caller, target, started=at, ended=at, status=status)


class Never:
    def excuses(self, event):
        return False


class Always:
    def excuses(self, event):
        return True


def broken(*events, fault=Always):
    """The promises that these events break."""
    verdict = judge(events, [fault()], 1.0)
    return [Verdict.NAMES.index(name) for name, found in verdict.broken.items() if found]


class JudgeTest(unittest.TestCase):
    def test_content_with_what_is_right(self):
        self.assertEqual(broken(mint("a"), mint("b"), use("a", 200), revoke("a", "b", 204), use("b", 401),
                                mint("c", expires_at=2), use("c", 401, at=3), fault=Never), [])

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

    def test_failures(self):
        bad = use("a", 503)
        bad.in_shape = False
        self.assertEqual(broken(mint("a"), bad), [3])
        late = use("a", 503)
        late.ended = late.started + 2.1
        self.assertEqual(broken(mint("a"), late), [3])
        self.assertEqual(broken(mint("a"), use("a", 0)), [3])
        self.assertEqual(broken(mint("a"), use("a", 503), fault=Never), [4])

    def test_answers_that_fit_nothing(self):
        self.assertEqual(broken(mint("a"), use("a", 302)), [5])
        listed = Event("u", "list", "a", started=1, ended=1, status=200, told={"ids": ["a", "x"]})
        self.assertEqual(broken(mint("a"), listed), [5])
        failed = Event("u", "mint", status=503)
        self.assertEqual(broken(failed, mint("a"), listed), [])


if __name__ == "__main__":
    unittest.main()
