// A question that any of several servers may answer: how its connections are kept, and what becomes of late answers.
#include "redis/inquiry.h"

#include <gtest/gtest.h>

#include <atomic>

#include "integration/odd_server.h"
#include "integration/own_loop.h"

namespace sessiond::test {
namespace {

class AnInquiry : public testing::Test {
 protected:
  // How it ended; empty when well.
  std::string ask() {
    const std::size_t before = ends.size();
    inquiry.ask();
    own.run_until([&] { return ends.size() > before; });
    return ends.back();
  }

  OwnLoop own;
  std::vector<std::string> said;  // by whom, and what
  std::vector<std::string> ends;
  Inquiry inquiry{own.loop, TlsIdentity(), 60, Inquiry::Question{{{"WHO"}}, "", "", "nobody knows"},
                  Inquiry::Events{[this](std::size_t, const Reply& reply, const Endpoint& asked) -> Result<Done> {
                                    said.push_back(asked.text() + " " + std::string(reply.text));
                                    if (reply.text == "nonsense") return Error{Failure::kUnavailable, "that is nonsense"};
                                    return Done{};
                                  },
                                  [this](const Result<Done>& end) { ends.push_back(end ? "" : end.error().text); }}};
};

std::string well(const std::string&) { return "+well\r\n"; }

TEST_F(AnInquiry, KeepsTheConnectionToTheOneThatAnswersWhileItIsAmongThem) {
  OddServer one(well);
  OddServer other(well);
  inquiry.set_servers({endpoint_of(one.port())});
  EXPECT_EQ(ask(), "");
  EXPECT_EQ(ask(), "");
  inquiry.set_servers({endpoint_of(other.port()), endpoint_of(one.port())});
  EXPECT_EQ(ask(), "");
  EXPECT_EQ(one.connections(), 1);
  EXPECT_EQ(other.connections(), 0);
  inquiry.set_servers({endpoint_of(other.port())});
  EXPECT_EQ(ask(), "");
  EXPECT_EQ(said, (std::vector<std::string>{one.place() + " well", one.place() + " well", one.place() + " well", other.place() + " well"}));
  EXPECT_EQ(other.connections(), 1);
}

TEST_F(AnInquiry, AsksAnotherWhenTheAnswerWasOfNoUse) {
  OddServer one(well);
  OddServer other(well);
  inquiry.set_servers({endpoint_of(one.port()), endpoint_of(other.port())});
  EXPECT_EQ(ask(), "");
  inquiry.doubt();
  EXPECT_EQ(ask(), "");
  EXPECT_EQ(said, (std::vector<std::string>{one.place() + " well", other.place() + " well"}));
}

TEST_F(AnInquiry, AsksNoSecondQuestionAndNobodyElseWhileOneIsOpen) {
  std::atomic<int> questions = 0;
  OddServer one([&](const std::string& asked) {
    questions += static_cast<int>(count_of("WHO", asked));
    return well(asked);
  });
  OddServer other(well);
  inquiry.set_servers({endpoint_of(one.port()), endpoint_of(other.port())});
  EXPECT_EQ(ask(), "");
  inquiry.ask();
  inquiry.ask();
  inquiry.doubt();
  own.run_until([&] { return ends.size() == 2; });
  EXPECT_EQ(said, (std::vector<std::string>(2, one.place() + " well")));
  EXPECT_EQ(ask(), "");
  EXPECT_EQ(ends.size(), 3U);
  EXPECT_EQ(questions, 3);
  EXPECT_EQ(one.connections(), 1) << "nothing came that nobody had asked for";
}

TEST_F(AnInquiry, SaysOfEachWhyItDidNotAnswer) {
  OddServer nonsense([](const std::string&) { return "+nonsense\r\n"; });
  OddServer refusing([](const std::string&) { return "-ERR no\r\n"; });
  OddServer closing([](const std::string&) { return ""; });
  inquiry.set_servers({endpoint_of(nonsense.port()), endpoint_of(refusing.port()), endpoint_of(closing.port())});
  EXPECT_EQ(ask(), "nobody knows: " + nonsense.place() + ": that is nonsense, " + refusing.place() + ": it answers: ERR no, " + closing.place() +
                       ": it has closed the connection");
  EXPECT_EQ(ends.size(), 1U);
  EXPECT_EQ(nonsense.connections() + refusing.connections() + closing.connections(), 3);
}

TEST_F(AnInquiry, ThatIsStoppedTakesNoLateAnswer) {
  std::atomic<int> questions = 0;
  OddServer slow([&](const std::string&) { return "+" + std::to_string(++questions) + "\r\n"; });
  inquiry.set_servers({endpoint_of(slow.port())});
  EXPECT_EQ(ask(), "");
  inquiry.ask();
  inquiry.stop();
  own.run_until([&] { return questions == 2; });
  EXPECT_EQ(ends.size(), 1U);
  EXPECT_EQ(ask(), "");
  EXPECT_EQ(said.back(), slow.place() + " " + std::to_string(questions)) << "the answer to the last question";
  EXPECT_EQ(slow.connections(), 2);
  inquiry.stop();  // while none is open
  EXPECT_EQ(ask(), "");
  EXPECT_EQ(slow.connections(), 2);
}

TEST_F(AnInquiry, ThatIsStoppedWhileItDialsAsksNobody) {
  OddServer one(well);
  inquiry.set_servers({endpoint_of(one.port())});
  inquiry.ask();
  inquiry.stop();
  own.run_until([&] { return one.connections() == 1; });  // made already, and of no use
  EXPECT_EQ(ends.size(), 0U);
  EXPECT_EQ(said.size(), 0U);
  EXPECT_EQ(ask(), "");
  EXPECT_EQ(said.size(), 1U);
}

}  // namespace
}  // namespace sessiond::test
