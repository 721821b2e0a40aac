// A day's load in minutes: what must hold while there is much to do, and afterwards. Each test runs
// for $SOAK_SECONDS (60). What is printed are figures; what is asserted are promises.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "base/text.h"
#include "integration/document.h"
#include "integration/site.h"
#include "integration/socket.h"
#include "soak/swarm.h"

namespace sessiond::test {
namespace {

// What doctor asks of a Redis that is to lose nothing, but that each write waits for the disk.
const std::vector<std::string> kDurable = {"--appendonly", "yes"};

constexpr std::size_t kWeb = 0;
constexpr std::size_t kInternal = 1;

double soak_seconds() {
  const char* const text = std::getenv("SOAK_SECONDS");
  return text == nullptr ? 60 : std::stod(text);
}

// Or $SOAK_REQUESTS.
std::uint64_t a_million() {
  const char* const text = std::getenv("SOAK_REQUESTS");
  return text == nullptr ? 1'000'000 : std::stoull(text);
}

std::chrono::duration<double> part(double share) { return std::chrono::duration<double>(share * soak_seconds()); }

// Of the worker, in kB.
std::size_t memory_of(const Process& process) {
  const std::string status = read_file("/proc/" + std::to_string(process.pid()) + "/status");
  return std::stoul(status.substr(status.find("VmRSS:") + 6));
}

std::size_t descriptors_of(const Process& process) {
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(process.pid()) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// Doctor, on all keys: index and hashes agree, every TTL is right.
void expect_content_doctor(Site& site) {
  Process doctor({worker_program(), "doctor", "--keys", "--config", "/dev/null", "--redis", site.redis.socket()},
                 site.folder / "doctor.log");
  EXPECT_EQ(doctor.wait(), 0) << doctor.log();
  std::printf("  doctor: %s", doctor.log().c_str());
}

std::string list_of(const Signed& caller) { return http_request("GET", "/api/v1/auth/sessions", caller.token); }

// As well-formed as the token, and nobody's.
std::string other_secret(std::string token) {
  char& inside = token[token.size() - 8];
  inside = inside == 'A' ? 'B' : 'A';
  return token;
}

// Latencies of lists of five sessions by 64 clients.
struct Usual {
  explicit Usual(Site& site) : swarm({site.nginx.socket()}, 64) {
    for (int i = 0; i < 64; ++i) {
      Signed last;
      for (int j = 0; j < 5; ++j) last = site.mint("usual " + std::to_string(i));
      callers.push_back(last);
    }
  }

  std::vector<double> measure(std::chrono::duration<double> time) {
    std::vector<double> took;
    swarm.run({.time = time}, [&](std::size_t i) { return Swarm::Request{kWeb, list_of(callers[i])}; },
              [&](std::size_t, const Swarm::Answer& answer) {
                if (answer.status == 200) took.push_back(answer.took.count());
                ++by_status[answer.status];
              });
    return took;
  }

  std::vector<Signed> callers;
  std::map<int, std::size_t> by_status;
  Swarm swarm;
};

// One of a thousand people who each keep two sessions, look at their list, check them, end one and
// sign in again. Every answer is known beforehand.
class Person {
 public:
  explicit Person(std::size_t number) : user_("person " + std::to_string(number)) {}

  Swarm::Request next() {
    switch (step_) {
      case Step::kSignIn: return {kInternal, http_request("POST", "/internal/v1/sessions", "", minting_json(user_json(user_)))};
      case Step::kList: return {kWeb, http_request("GET", "/api/v1/auth/sessions", sessions_[0].token)};
      case Step::kMe: return {kWeb, http_request("GET", "/api/v1/u/me", sessions_[1].token)};
      case Step::kCheck: return {kInternal, http_request("GET", "/internal/v1/check", sessions_[1].token)};
      case Step::kRevoke:
        return {kWeb, http_request("DELETE", "/api/v1/auth/sessions/" + sessions_[1].id, sessions_[0].token)};
      case Step::kUseRevoked: return {kWeb, http_request("GET", "/api/v1/u/me", sessions_[1].token)};
    }
    return {};
  }

  // Whether that was the right answer.
  bool take(const Swarm::Answer& answer) {
    const Step step = step_;
    step_ = static_cast<Step>((static_cast<int>(step_) + 1) % 6);
    switch (step) {
      case Step::kSignIn: {
        if (answer.status != 201) return false;
        const Document minted{std::string(answer.body)};
        sessions_.push_back({minted["id"].GetString(), minted["token"].GetString(), ""});
        if (sessions_.size() < 2) step_ = Step::kSignIn;
        return true;
      }
      case Step::kList: {
        if (answer.status != 200) return false;
        Response response;
        response.status = 200;
        response.body = answer.body;
        const auto ids = ids_in(response);
        return std::set<std::string>(ids.begin(), ids.end()) == std::set<std::string>{sessions_[0].id, sessions_[1].id};
      }
      case Step::kMe:
        return answer.status == 200 && answer.body.find("\"id\":\"" + user_ + "\"") != std::string_view::npos;
      case Step::kCheck:
        return answer.status == 204 && answer.head.find("X-Session-Id: " + sessions_[1].id) != std::string_view::npos;
      case Step::kRevoke: return answer.status == 204;
      case Step::kUseRevoked: sessions_.pop_back(); return answer.status == 401;
    }
    return false;
  }

 private:
  enum class Step { kSignIn, kList, kMe, kCheck, kRevoke, kUseRevoked };

  std::string user_;
  Step step_ = Step::kSignIn;
  std::vector<Signed> sessions_;
};

TEST(Soak, AThousandPeopleAtOnceGetNoWrongAnswerAndNoError) {
  Site site({}, kDurable);
  Swarm swarm({site.nginx.socket(), site.worker.internal_socket()}, 1000);
  std::vector<Person> people;
  for (std::size_t i = 0; i < 1000; ++i) people.emplace_back(i);
  std::size_t wrong = 0;
  std::size_t errors = 0;
  std::vector<double> took;
  const auto count = swarm.run({.time = part(1)}, [&](std::size_t i) { return people[i].next(); },
                               [&](std::size_t i, const Swarm::Answer& answer) {
                                 errors += answer.status >= 500 ? 1 : 0;
                                 wrong += people[i].take(answer) ? 0 : 1;
                                 took.push_back(answer.took.count());
                               });
  std::printf("  %zu answers, p50 %.0f ms, p99 %.0f ms\n", static_cast<std::size_t>(count), percentile(took, 0.5),
              percentile(took, 0.99));
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(errors, 0U);
  expect_content_doctor(site);
}

TEST(Soak, AStormOfTwoThousandLoginsASecondLeavesIndexAndHashesInAgreement) {
  Site site({}, kDurable);
  Swarm swarm({site.nginx.socket(), site.worker.internal_socket()}, 64);
  std::map<int, std::size_t> by_status;
  std::size_t number = 0;
  const auto count = swarm.run(
      {.time = part(1), .per_second = 2000},
      [&](std::size_t) {
        const std::string user = "user " + std::to_string(number++ % 1000);
        return Swarm::Request{kInternal, http_request("POST", "/internal/v1/sessions", "", minting_json(user_json(user)))};
      },
      [&](std::size_t, const Swarm::Answer& answer) { ++by_status[answer.status]; });
  std::printf("  %zu logins in %.0f s, of which 503: %zu\n", static_cast<std::size_t>(count), soak_seconds(), by_status[503]);
  EXPECT_EQ(by_status[201] + by_status[503], count);
  expect_content_doctor(site);
}

TEST(Soak, FourThousandClientsAtOnceAreServedOrToldToComeBack) {
  Site site({}, kDurable);
  Usual usual(site);
  const double calm = percentile(usual.measure(part(0.1)), 0.99);

  Swarm crowd({site.nginx.socket()}, 4096);  // of which 1,024 may be served at once
  std::vector<double> served;
  std::vector<double> shed;
  std::map<int, std::size_t> by_status;
  crowd.run({.time = part(1)}, [&](std::size_t i) { return Swarm::Request{kWeb, list_of(usual.callers[i % 64])}; },
            [&](std::size_t, const Swarm::Answer& answer) {
              (answer.status == 503 ? shed : served).push_back(answer.took.count());
              ++by_status[answer.status];
            });
  const auto over = std::chrono::steady_clock::now();
  EXPECT_EQ(site.list(usual.callers[0]).status, 200);
  const std::chrono::duration<double> recovery = std::chrono::steady_clock::now() - over;
  std::printf("  p99 with 64 clients %.1f ms; with 4,096: %zu served, p99 %.1f ms; %zu shed, p99 %.1f ms; served again after %.3f s\n",
              calm, served.size(), percentile(served, 0.99), shed.size(), percentile(shed, 0.99), recovery.count());
  EXPECT_EQ(by_status[200] + by_status[503], served.size() + shed.size()) << "nothing but an answer or `come back`";
  EXPECT_GT(by_status[200], 0U);
  EXPECT_LT(recovery.count(), 2);
}

// As much work as one request can be, without a cap raised: a list of 100 sessions.
TEST(Soak, FourTimesWhatItCanServeIsServedInPartAndTheRestToldAtOnce) {
  constexpr std::size_t kAtOnce = 16;
  Site site({"--max-requests", std::to_string(kAtOnce)}, kDurable);
  Signed owner;
  std::vector<std::string> lists;
  for (int i = 0; i < 64; ++i) {
    for (int j = 0; j < 100; ++j) owner = site.mint("owner " + std::to_string(i));
    lists.push_back(list_of(owner));
  }
  std::size_t number = 0;
  const auto measure = [&](std::size_t clients, double per_second, double share) {
    std::map<int, std::vector<double>> took;
    Swarm({site.nginx.socket()}, clients)
        .run({.time = part(share), .per_second = per_second},
             [&](std::size_t) { return Swarm::Request{kWeb, lists[number++ % lists.size()]}; },
             [&](std::size_t, const Swarm::Answer& answer) { took[answer.status].push_back(answer.took.count()); });
    return took;
  };
  const double capacity = static_cast<double>(measure(kAtOnce, 0, 0.1)[200].size()) / part(0.1).count();
  const double calm = percentile(measure(kAtOnce, capacity / 2, 0.1)[200], 0.99);

  auto took = measure(4 * kAtOnce, 4 * capacity, 1);
  const auto over = std::chrono::steady_clock::now();
  EXPECT_EQ(site.list(owner).status, 200);
  const std::chrono::duration<double> recovery = std::chrono::steady_clock::now() - over;
  const auto rate = [](const std::vector<double>& answers) { return static_cast<double>(answers.size()) / part(1).count(); };
  std::printf("  it serves %.0f a second, and at half of that p99 is %.1f ms; asked %.0f a second: %.0f served, p99 %.1f ms; "
              "%.0f shed, p99 %.1f ms; served again after %.3f s\n",
              capacity, calm, rate(took[200]) + rate(took[503]), rate(took[200]), percentile(took[200], 0.99), rate(took[503]),
              percentile(took[503], 0.99), recovery.count());
  // None is shed where the machine was busy with something else when its capacity was measured.
  for (const auto& [status, times] : took) EXPECT_TRUE(status == 200 || status == 503) << status << ": " << times.size();
  EXPECT_GT(took[200].size(), 0U);
  EXPECT_LT(recovery.count(), 2);
}

// Another user's requests to an application behind auth_request, while a crowd asks `request` over and
// over. Every one of them must be answered; how late is printed.
void expect_checks_beside_a_crowd(Site& site, const char* of, const std::string& request) {
  const Signed other = site.mint("other");
  const std::string guarded = http_request("GET", "/app/", other.token);
  std::map<int, std::size_t> checked;
  std::map<int, std::size_t> crowded;
  std::vector<double> took;
  Swarm visitor({site.nginx.socket()}, 16);
  const auto visit = [&](const Swarm::Load& load) {
    visitor.run(load, [&](std::size_t) { return Swarm::Request{kWeb, guarded}; },
                [&](std::size_t, const Swarm::Answer& answer) {
                  ++checked[answer.status];
                  took.push_back(answer.took.count());
                });
  };
  visit({.time = part(0.25), .requests = 16});  // they are connected before the crowd comes
  took.clear();
  checked.clear();
  std::jthread crowd([&] {
    Swarm({site.nginx.socket()}, 2000)
        .run({.time = part(0.25)}, [&](std::size_t) { return Swarm::Request{kWeb, request}; },
             [&](std::size_t, const Swarm::Answer& answer) { ++crowded[answer.status]; });
  });
  visit({.time = part(0.25), .per_second = 100});
  crowd.join();
  std::printf("  2,000 %s:", of);
  for (const auto& [status, count] : crowded) std::printf(" %zu times %d", count, status);
  std::printf("; another user's %zu guarded requests: p50 %.0f ms, p99 %.0f ms\n", took.size(), percentile(took, 0.5),
              percentile(took, 0.99));
  EXPECT_EQ(checked, (std::map<int, std::size_t>{{200, took.size()}}));
}

TEST(Soak, TwoThousandWhoListLeaveOthersTheirChecks) {
  Site site({}, kDurable);
  Signed owner;
  for (int i = 0; i < 100; ++i) owner = site.mint("owner");
  const std::string list = list_of(owner);
  const auto from_one_address = [](std::string request) {
    return request.insert(request.find("\r\n") + 2, "X-Forwarded-For: 192.0.2.1\r\n");
  };
  const std::string unknown = http_request("GET", "/api/v1/auth/sessions", other_secret(owner.token));
  expect_checks_beside_a_crowd(site, "lists of 100 from anywhere", list);
  expect_checks_beside_a_crowd(site, "lists of 100 from one address", from_one_address(list));
  expect_checks_beside_a_crowd(site, "unknown tokens from anywhere", unknown);
  expect_checks_beside_a_crowd(site, "unknown tokens from one address", from_one_address(unknown));
}

TEST(Soak, AMillionRequestsTakeNoMemoryAndNoDescriptor) {
  Site site({}, kDurable);
  const std::size_t without_nginx = descriptors_of(site.worker.process());
  Usual usual(site);
  const std::uint64_t most = a_million();
  std::uint64_t number = 0;
  std::map<int, std::uint64_t> by_status;
  const auto ask = [&](std::uint64_t count) {
    usual.swarm.run({.time = std::chrono::hours(1), .requests = count},
                    [&](std::size_t i) {
                      const Signed& caller = usual.callers[i];
                      switch (number++ % 4) {
                        case 0: return Swarm::Request{kWeb, list_of(caller)};
                        case 1: return Swarm::Request{kWeb, http_request("GET", "/api/v1/u/me", caller.token)};
                        case 2: return Swarm::Request{kWeb, http_request("GET", "/api/v1/u/me", "ses_" + caller.token)};
                        default: return Swarm::Request{kWeb, http_request("DELETE", "/api/v1/auth/sessions/x", caller.token)};
                      }
                    },
                    [&](std::size_t, const Swarm::Answer& answer) { ++by_status[answer.status]; });
  };
  ask(most / 10);
  const std::size_t memory = memory_of(site.worker.process());
  const std::size_t descriptors = descriptors_of(site.worker.process());
  ask(most - most / 10);
  const std::size_t memory_after = memory_of(site.worker.process());
  std::printf("  %zu kB after %zu requests, %zu kB after %zu; %zu and %zu descriptors\n", memory,
              static_cast<std::size_t>(most / 10), memory_after, static_cast<std::size_t>(most), descriptors,
              descriptors_of(site.worker.process()));
  EXPECT_EQ(by_status, (std::map<int, std::uint64_t>{{200, most / 2}, {401, most / 4}, {404, most / 4}}));
  // Each connection that nginx keeps has its buffers, and now there may be all of them.
  EXPECT_LT(memory_after, memory + 4 * 1024) << "a leak of five bytes in each of a million requests is more";
  // nginx keeps 64 connections open to the public socket and 64 to the internal one. Those of requests
  // that change something end with them.
  site.worker.process().wait_until([&] { return descriptors_of(site.worker.process()) <= without_nginx + 2 * 64; },
                                   "no more descriptors than kept connections");
}

TEST(Soak, AMillionSessionsThatExpireLeaveNothing) {
  Site site({}, kDurable);
  RedisClient redis = site.redis.client();
  Swarm swarm({site.nginx.socket(), site.worker.internal_socket()}, 64);
  std::uint64_t number = 0;
  swarm.run({.time = std::chrono::hours(1), .requests = a_million()},
            [&](std::size_t) {
              const std::string user = "user " + std::to_string(number++ % 10'000);
              const std::string minting = minting_json(user_json(user), {.ttl_seconds = 1});
              return Swarm::Request{kInternal, http_request("POST", "/internal/v1/sessions", "", minting)};
            },
            [](std::size_t, const Swarm::Answer& answer) { ASSERT_EQ(answer.status, 201); });
  // Redis deletes what has expired in its own time; nothing of ours helps it.
  site.worker.process().wait_until([&] { return redis({"DBSIZE"}).integer == 0; }, "an empty store");
}

TEST(Soak, FiveThousandIdleConnectionsAndSlowClientsHinderNobody) {
  Site site({}, kDurable);
  Usual usual(site);
  const auto before = usual.measure(part(0.2));

  std::vector<Fd> idle;
  for (int i = 0; i < 5000; ++i) {
    idle.push_back(connect_to(site.nginx.socket()));
    ASSERT_TRUE(idle.back()) << "the " << i << "th; this shell's limit of descriptors (ulimit -n) may be too low";
  }
  std::vector<Fd> slow;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(connect_to(site.nginx.socket()));
    ASSERT_TRUE(write_all(slow.back().get(), "POST /api/v1/auth/dev-login HTTP/1.1\r\nHost: site.example\r\n"
                                             "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"));
  }
  // A byte of each slow body comes in each of these parts; none is ever finished.
  std::vector<double> with;
  for (int second = 0; second < 10; ++second) {
    for (const Fd& client : slow) ASSERT_TRUE(write_all(client.get(), "{"));
    const auto took = usual.measure(part(0.02));
    with.insert(with.end(), took.begin(), took.end());
  }
  std::printf("  64 clients alone: %zu lists, p99 %.1f ms; with 5,050 others: %zu lists, p99 %.1f ms\n", before.size(),
              percentile(before, 0.99), with.size(), percentile(with, 0.99));
  EXPECT_EQ(usual.by_status.size(), 1U) << "all were served";
  // Far less than normal speed, for the machine may have got other work meanwhile.
  EXPECT_GT(with.size() * 10, before.size());
}

TEST(Soak, TenThousandSessionsOfOneUserAreListedAndEnded) {
  Site site({"--max-sessions", "20000"}, kDurable);
  Usual usual(site);
  Signed owner;
  Swarm minters({site.nginx.socket(), site.worker.internal_socket()}, 32);
  const std::string login = http_request("POST", "/internal/v1/sessions", "", minting_json(user_json("owner of many")));
  minters.run({.time = std::chrono::hours(1), .requests = 9999}, [&](std::size_t) { return Swarm::Request{kInternal, login}; },
              [](std::size_t, const Swarm::Answer& answer) { ASSERT_EQ(answer.status, 201); });
  owner = site.mint("owner of many");
  EXPECT_EQ(ids_in(site.list(owner)).size(), 10'000U);
  const auto alone = usual.measure(part(0.1));
  const std::size_t memory = memory_of(site.worker.process());

  // Beside the others, a list of all of them again and again.
  std::atomic<bool> over = false;
  std::size_t lists = 0;
  std::thread lister([&] {
    HttpClient client(site.nginx.socket());
    for (; !over; ++lists) {
      const Response all = client.send({"GET", "/api/v1/auth/sessions", {owner.bearer()}, {}});
      EXPECT_EQ(std::count(all.body.begin(), all.body.end(), '{'), 10'000);
    }
  });
  const auto beside = usual.measure(part(0.1));
  over = true;
  lister.join();
  std::printf("  p99 of others %.1f ms alone, %.1f ms beside %zu lists of 10,000; worker %zu kB before, %zu kB after\n",
              percentile(alone, 0.99), percentile(beside, 0.99), lists, memory, memory_of(site.worker.process()));
  EXPECT_EQ(usual.by_status.size(), 1U) << "all were served";
  EXPECT_LT(memory_of(site.worker.process()), memory + 64 * 1024);
  const Response ended = site.web.send({"DELETE", "/api/v1/auth/sessions", {owner.bearer()}, {}});
  EXPECT_EQ(ended.body, R"({"revoked":9999})");
  EXPECT_EQ(ids_in(site.list(owner)).size(), 1U);
}

}  // namespace
}  // namespace sessiond::test
