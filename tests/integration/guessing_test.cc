// Guessing grant codes: what one client may try, what all together may, and whom that hinders.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>

#include "integration/crowd.h"
#include "integration/document.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

constexpr const char* kWrong = "ABCDEFGH";

std::string body_of(const std::string& code) { return R"({"code":")" + code + R"("})"; }

std::string obtain(Site& site, const Signed& browser) {
  const Response granted = site.web.send({"POST", "/api/v1/auth/cli/request-grant", {browser.bearer()}, {}});
  EXPECT_EQ(granted.status, 200) << granted.body;
  return Document(granted.body)["code"].GetString();
}

// At the worker's own socket, past nginx.
Response redeem(Site& site, const std::string& code) {
  FastCgiClient worker(site.worker.public_socket());
  return worker.ask(fastcgi::request({{"REQUEST_METHOD", "POST"},
                                      {"REQUEST_URI", kRedeem},
                                      {"REQUEST_ID", "0123456789abcdef0123456789abcdef"},
                                      {"CONTENT_TYPE", "application/json"}},
                                     body_of(code)));
}

// Through nginx, which is told the client's address.
Response redeem_from(Site& site, const std::string& address, const std::string& code) {
  return site.web.send({"POST", kRedeem, {"Content-Type: application/json", "X-Forwarded-For: " + address}, body_of(code)});
}

void expect_too_many(const Response& response) {
  expect_problem(response, 429, "bad_request");
  EXPECT_TRUE(response.header("retry-after"));
}

// How many of these wrong codes, the n-th from `address(n)`, got each status.
std::map<int, std::size_t> guess(Site& site, int count, const std::function<std::string(int)>& address) {
  std::vector<Response> responses;
  for (int i = 0; i < count; ++i) {
    responses.push_back(redeem_from(site, address(i), kWrong));
    if (responses.back().status == 429) expect_too_many(responses.back());
  }
  return by_status(responses);
}

std::string hex(int number) {
  char text[9];
  std::snprintf(text, sizeof text, "%x", static_cast<unsigned>(number));
  return text;
}

TEST(Guessing, IsLimitedForAllTogether) {
  using std::chrono::steady_clock;
  Site site({"--redeem-failures", "3"});
  const auto start = steady_clock::now();
  int tried = 0;
  for (int i = 0; i < 20; ++i) {
    const Response response = redeem(site, kWrong);
    if (response.status == 401) ++tried;
    else expect_too_many(response);
  }
  const std::chrono::duration<double> passed = steady_clock::now() - start;
  EXPECT_GE(tried, 3);
  EXPECT_LE(tried, 3 + static_cast<int>(passed.count() / 20)) << "one more every twenty seconds";
}

TEST(Guessing, AGoodCodeCostsNothing) {
  Site site({"--redeem-failures", "1"});
  const Signed browser = site.mint("alice");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(redeem(site, obtain(site, browser)).status, 200);
  EXPECT_EQ(redeem(site, kWrong).status, 401);
}

TEST(Guessing, AnOutageCostsNothing) {
  Site site({"--redeem-failures", "1"});
  site.redis.crash();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(redeem(site, kWrong).status, 503);
  site.redis.restart();
  int status = 503;
  site.worker.process().wait_until([&] { return (status = redeem(site, kWrong).status) != 503; }, "Redis");
  EXPECT_EQ(status, 401);
}

TEST(Guessing, WhenTheBudgetIsSpentAGoodCodeWaitsOnlyForTheNextAttempt) {
  Site site({"--redeem-failures", "60"});
  const std::string good = obtain(site, site.mint("alice"));
  while (redeem(site, kWrong).status == 401) {}
  // One comes back every second.
  site.worker.process().wait_until([&] { return redeem(site, good).status == 200; }, "an attempt");
}

// All that one IPv6 customer has is one client, which nginx allows less than the budget that all share.
TEST(Guessing, SevenHundredAddressesOfOneNetworkLeaveAGoodCodeOfAnotherItsWay) {
  Site site;
  const std::string good = obtain(site, site.mint("alice"));
  auto answers = guess(site, 700, [](int i) { return "2001:db8:1:2:" + hex(i) + "::1"; });
  EXPECT_EQ(answers[401] + answers[429], 700U);
  EXPECT_LT(answers[401], 300U) << "so few reached the worker";
  EXPECT_EQ(redeem_from(site, "2001:db8:7:7::1", good).status, 200);
}

TEST(Guessing, AThousandWrongCodesOfOneAddressLeaveAGoodOneOfAnotherItsWay) {
  Site site;
  const std::string good = obtain(site, site.mint("alice"));
  const auto start = std::chrono::steady_clock::now();
  auto answers = guess(site, 1000, [](int) { return "192.0.2.1"; });
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(answers[401] + answers[429], 1000U);
  EXPECT_LE(answers[401], 22 + static_cast<std::size_t>(passed.count() / 2)) << "20 at once, and one every two seconds";
  EXPECT_EQ(redeem_from(site, "192.0.2.2", good).status, 200);
}

// nginx lets a client try 20 at once and one more every two seconds, and a /48 twice that.
TEST(Guessing, WhoIsOneClientAndWhoIsNot) {
  Site site({"--redeem-failures", "100000"});
  const std::map<int, std::size_t> all_tried{{401, 60}};
  EXPECT_EQ(guess(site, 60, [](int i) { return "2001:db8:" + hex(i + 1) + "::1"; }), all_tried) << "60 /48s";
  EXPECT_EQ(guess(site, 60, [](int i) { return "198.51.100." + std::to_string(i); }), all_tried) << "60 of IPv4";
  EXPECT_EQ(guess(site, 60, [](int i) { return "::ffff:203.0.113." + std::to_string(i); }), all_tried)
      << "60 of IPv4, as a socket for both families sees them";
  EXPECT_EQ(guess(site, 20, [](int i) { return "2001:db8:ffff:" + hex(i) + "::1"; }), (std::map<int, std::size_t>{{401, 20}}))
      << "20 /64s of one /48";
  EXPECT_GT(guess(site, 60, [](int) { return "192.0.2.1"; })[429], 0U) << "one of IPv4";
  EXPECT_GT(guess(site, 60, [](int i) { return i % 2 == 0 ? "192.0.2.2" : "::ffff:192.0.2.2"; })[429], 0U)
      << "one of IPv4, written in two ways";
  EXPECT_GT(guess(site, 60, [](int i) { return "2001:db8:a:1:" + hex(i) + "::1"; })[429], 0U) << "one /64";
  EXPECT_GT(guess(site, 120, [](int i) { return "2001:db8:b:" + hex(i) + "::1"; })[429], 0U) << "one /48";
  EXPECT_GT(guess(site, 60, [](int) { return "10.10.10.10"; })[429], 0U) << "whose bytes are line ends";
}

}  // namespace
}  // namespace sessiond::test
