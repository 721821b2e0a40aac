// More to do than can be done: some are told to come back, the others are served.
#include <gtest/gtest.h>

#include "integration/crowd.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

TEST(Overload, RequestsBeyondTheBoundAreToldAtOnceToComeBack) {
  Site site({"--max-requests", "8", "--threads", "2"});
  const Signed mine = site.mint("alice");
  Crowd served(site.worker.public_socket(), 8);
  Crowd refused(site.worker.public_socket(), 12);
  const std::string list = fastcgi::request("GET", "/api/v1/auth/sessions", mine.token);

  site.redis.pause();
  served.send(std::vector<std::string>(served.size(), list));
  // The eight are under way once another is refused.
  FastCgiClient probe(site.worker.public_socket());
  site.worker.process().wait_until([&] { return probe.ask(fastcgi::request("GET", "/api/v1/u/me")).status == 503; },
                                   "the bound");
  for (const Response& response : refused.ask(list)) {
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.header("retry-after"), "1");
    EXPECT_EQ(response.body, R"({"code":"internal_error","error":"too many requests at once: try again soon"})");
  }
  EXPECT_EQ(probe.ask(fastcgi::kHealthz).status, 200) << "health is told all the same";
  site.redis.resume();
  EXPECT_EQ(by_status(served.read())[200], served.size());
  EXPECT_EQ(by_status(refused.ask(std::vector<std::string>(8, list)))[200], 8U) << "and afterwards there is room";
}

// Another user's applications stay open to them, however many lists one asks for.
TEST(Overload, ListsLeaveAQuarterMoreToChecks) {
  Site site({"--max-requests", "8", "--threads", "1"});
  const Signed mine = site.mint("alice");
  const std::string list = fastcgi::request("GET", "/api/v1/auth/sessions", mine.token);
  const std::string check = http1::request("GET", "/internal/v1/check", mine.token);
  Crowd lists(site.worker.public_socket(), 8);
  Crowd checks(site.worker.internal_socket(), 2);

  site.redis.pause();
  lists.send(std::vector<std::string>(lists.size(), list));
  FastCgiClient one_more(site.worker.public_socket());
  // With a token it would be one of the eight, if it came before them.
  site.worker.process().wait_until([&] { return one_more.ask(fastcgi::request("GET", "/api/v1/u/me")).status == 503; }, "the bound");
  checks.send(std::vector<std::string>(checks.size(), check));
  checks.wait_until_taken();
  EXPECT_EQ(HttpPeer(site.worker.internal_socket()).ask(check).status, 503) << "theirs are bounded, too";
  EXPECT_EQ(one_more.ask(list).status, 503);
  site.redis.resume();
  EXPECT_EQ(by_status(checks.read())[204], checks.size());
  EXPECT_EQ(by_status(lists.read())[200], lists.size());
}

}  // namespace
}  // namespace sessiond::test
