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
  EXPECT_EQ(probe.ask(fastcgi::request("GET", "/healthz")).status, 200) << "health is told all the same";
  site.redis.resume();
  EXPECT_EQ(by_status(served.read())[200], served.size());
  EXPECT_EQ(by_status(refused.ask(std::vector<std::string>(8, list)))[200], 8U) << "and afterwards there is room";
}

}  // namespace
}  // namespace sessiond::test
