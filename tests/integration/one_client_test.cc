// How much of sessiond's public routes one client may take for itself: what nginx sees to.
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <map>

#include "integration/site.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

constexpr std::size_t kFromOneAddress = 100;  // as sessiond-server.conf has it

constexpr const char* kList = "/api/v1/auth/sessions";
constexpr const char* kRevoke = "/oauth/revoke";  // nginx has a location for each

std::string get(const std::string& path, const std::string& from, const std::string& token, bool is_last = true) {
  std::string request = "GET " + path + " HTTP/1.1\r\nHost: site.example\r\n";
  if (!from.empty()) request += "X-Forwarded-For: " + from + "\r\n";
  if (!token.empty()) request += "Authorization: Bearer " + token + "\r\n";
  if (is_last) request += "Connection: close\r\n";
  return request + "\r\n";
}

std::string revoke(const std::string& from, const std::string& token) {
  const std::string form = "token=" + token;
  return "POST /oauth/revoke HTTP/1.1\r\nHost: site.example\r\nX-Forwarded-For: " + from +
         "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " + std::to_string(form.size()) +
         "\r\nConnection: close\r\n\r\n" + form;
}

// The statuses of all answers up to the end of the connection.
std::map<std::string, std::size_t> statuses(int connection) {
  std::string all;
  for (std::string more; !(more = read_some(connection)).empty();) all += more;
  std::map<std::string, std::size_t> counts;
  for (std::size_t at = 0; (at = all.find("HTTP/1.1 ", at)) != std::string::npos; at += 9) ++counts[all.substr(at + 9, 3)];
  return counts;
}

void add(std::map<std::string, std::size_t>& sum, const std::map<std::string, std::size_t>& more) {
  for (const auto& [status, count] : more) sum[status] += count;
}

// As many requests at once as connections; Redis waits until `refused` of them have an answer.
std::map<std::string, std::size_t> ask_at_once(Site& site, const std::vector<std::string>& requests, std::size_t refused) {
  site.redis.pause();
  std::vector<Fd> connections;
  for (const std::string& request : requests) {
    connections.push_back(connect_to(site.nginx.socket()));
    EXPECT_TRUE(write_all(connections.back().get(), request));
  }
  const auto is_answered = [](const Fd& connection) {
    pollfd answer{connection.get(), POLLIN, 0};
    return poll(&answer, 1, 0) == 1;
  };
  site.worker.process().wait_until(
      [&] { return static_cast<std::size_t>(std::ranges::count_if(connections, is_answered)) >= refused; }, "the refusals");
  for (const Fd& connection : connections) wait_until_taken(connection.get());
  site.redis.resume();
  std::map<std::string, std::size_t> counts;
  for (const Fd& connection : connections) add(counts, statuses(connection.get()));
  return counts;
}

// Requests without a token, one behind the other on few connections, as fast as they are answered.
std::map<std::string, std::size_t> ask_fast(Site& site, const std::string& from, const std::string& path = kMe) {
  constexpr int kEach = 500;
  std::map<std::string, std::size_t> counts;
  std::vector<Fd> connections;
  for (int i = 0; i < 6; ++i) {
    connections.push_back(connect_to(site.nginx.socket()));
    std::string requests;
    for (int j = 1; j <= kEach; ++j) requests += get(path, from, "", j == kEach);
    EXPECT_TRUE(write_all(connections.back().get(), requests));
  }
  for (const Fd& connection : connections) add(counts, statuses(connection.get()));
  return counts;
}

TEST(OneClient, HasSoManyRequestsAtOnceAndOthersHaveTheirOwn) {
  Site site;
  const Signed alice = site.mint("alice");
  for (const char* path : {kMe, kList, kRevoke}) {
    const auto ask = [&](const std::string& from) {
      return path == std::string(kRevoke) ? revoke(from, alice.token) : get(path, from, alice.token);
    };
    std::vector<std::string> requests(kFromOneAddress + 30, ask("192.0.2.1"));
    requests.resize(requests.size() + 5, ask("192.0.2.2"));
    auto counts = ask_at_once(site, requests, 30);
    EXPECT_EQ(counts["429"], 30U) << path;
    EXPECT_EQ(counts["200"], kFromOneAddress + 5) << path;
  }
}

TEST(OneClient, IsAWholeNetworkOfIPv6) {
  Site site;
  const Signed alice = site.mint("alice");
  std::vector<std::string> requests;
  for (std::size_t i = 0; i < kFromOneAddress + 10; ++i) requests.push_back(get(kMe, "2001:db8:1:2::" + std::to_string(i), alice.token));
  for (std::size_t i = 0; i < 10; ++i) requests.push_back(get(kMe, "2001:db8:1:" + std::to_string(i + 3) + "::", alice.token));
  auto counts = ask_at_once(site, requests, 10);
  EXPECT_EQ(counts["429"], 10U);
  EXPECT_EQ(counts["200"], kFromOneAddress + 10);
}

TEST(OneClient, ThatAsksTooFastIsToldToWait) {
  Site site;
  for (const auto& [path, from] : std::vector<std::pair<std::string, std::string>>{
           {kMe, "192.0.2.1"}, {kList, "192.0.2.3"}, {kRevoke, "192.0.2.4"}}) {
    const HttpRequest request{"GET", path, {"X-Forwarded-For: " + from}, {}};
    // More at once until it is too fast: one comes back every 5 ms, and a busy machine asks slowly.
    Response refused;
    site.worker.process().wait_until([&, &address = from, &asked = path] {
      static_cast<void>(ask_fast(site, address, asked));
      return (refused = site.web.send(request)).status == 429;
    }, "a refusal");
    expect_problem(refused, 429, "bad_request");
    EXPECT_TRUE(refused.header("retry-after"));
    EXPECT_EQ(refused.header("connection"), "close") << "so that a crowd of them does not keep nginx from others";
  }
  EXPECT_EQ(site.web.send({"GET", "/api/v1/u/me", {"X-Forwarded-For: 192.0.2.2"}, {}}).status, 401);
}

// A proxy on this machine, or an application, stands for many.
TEST(OneClient, IsNobodyOnThisMachine) {
  Site site;
  const Signed alice = site.mint("alice");
  for (const char* address : {"", "127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_EQ(ask_fast(site, address), (std::map<std::string, std::size_t>{{"401", 3000}})) << address;
    auto counts = ask_at_once(site, std::vector<std::string>(kFromOneAddress + 10, get(kMe, address, alice.token)), 0);
    EXPECT_EQ(counts["200"], kFromOneAddress + 10) << address;
  }
}

}  // namespace
}  // namespace sessiond::test
