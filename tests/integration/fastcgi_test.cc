// The worker's socket under peers that are slow, silent, broken or hostile.
#include <gtest/gtest.h>

#include <random>

#include "integration/site.h"

namespace sessiond::test {
namespace {

// A worker with one thread, which whoever delays it delays for all.
class FastCgi : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TempDir>();
    redis_ = std::make_unique<RedisServer>(*folder_);
    redis_->start();
    worker_ = std::make_unique<Worker>(*folder_, std::vector<std::string>{"--threads", "1", "--receive-timeout", "2", "--dev-login"});
  }
  static void TearDownTestSuite() {
    worker_.reset();
    redis_.reset();
    folder_.reset();
  }

  static FastCgiClient connection() { return FastCgiClient(worker_->public_socket()); }
  // A request on a connection of its own, which must be answered.
  static void expect_served() { EXPECT_EQ(connection().ask(fastcgi::kHealthz).status, 200); }

  inline static std::unique_ptr<TempDir> folder_;
  inline static std::unique_ptr<RedisServer> redis_;
  inline static std::unique_ptr<Worker> worker_;
};

TEST_F(FastCgi, AConnectionServesRequestAfterRequest) {
  FastCgiClient peer = connection();
  for (int i = 0; i < 100; ++i) ASSERT_EQ(peer.ask(fastcgi::kHealthz).status, 200);
}

TEST_F(FastCgi, AConnectionThatIsNotToBeKeptIsClosedAfterItsAnswer) {
  FastCgiClient peer = connection();
  EXPECT_EQ(peer.ask(fastcgi::request("GET", "/healthz", "", false)).status, 200);
  EXPECT_EQ(peer.read_to_end(), "");
}

TEST_F(FastCgi, FiveHundredAndTwelveIdleConnectionsDelayNobody) {
  std::vector<FastCgiClient> idle;
  for (int i = 0; i < 512; ++i) {
    idle.push_back(connection());
    ASSERT_EQ(idle.back().ask(fastcgi::kHealthz).status, 200);
  }
  expect_served();
  for (FastCgiClient& peer : idle) ASSERT_EQ(peer.ask(fastcgi::kHealthz).status, 200) << "and each still serves";
}

TEST_F(FastCgi, HalfARequestDelaysNobodyAndIsAnsweredWhenTheRestComes) {
  const std::string request = fastcgi::request("GET", "/api/v1/u/me");
  FastCgiClient halting = connection();
  for (std::size_t sent = 0; sent < request.size(); ++sent) {
    halting.write(request.substr(sent, 1));
    if (sent % 16 == 0) expect_served();
  }
  EXPECT_EQ(halting.read_response().status, 401);
}

TEST_F(FastCgi, APeerThatStopsHalfwayIsCutOff) {
  std::vector<FastCgiClient> stopped;
  for (const std::size_t size : {std::size_t{1}, std::size_t{8}, std::size_t{30}, fastcgi::kHealthz.size() - 1}) {
    stopped.push_back(connection());
    stopped.back().write(fastcgi::kHealthz.substr(0, size));
  }
  expect_served();
  for (FastCgiClient& peer : stopped) EXPECT_EQ(peer.read_to_end(), "");
}

TEST_F(FastCgi, ARequestCutAtAnyByteHarmsNobody) {
  const std::string request =
      fastcgi::request({{"REQUEST_METHOD", "POST"}, {"REQUEST_URI", "/api/v1/auth/dev-login"}, {"CONTENT_TYPE", "application/json"}},
                       R"({"username":"cut"})");
  for (std::size_t size = 0; size < request.size(); ++size) connection().write(request.substr(0, size));
  expect_served();
}

TEST_F(FastCgi, APeerThatLeavesBeforeItsAnswerHarmsNobody) {
  const std::string request = fastcgi::request("GET", "/readyz");  // answered after a trip to Redis
  for (int i = 0; i < 200; ++i) connection().write(request);
  expect_served();
}

TEST_F(FastCgi, TwoRequestsAtOnceAreNotServed) {
  FastCgiClient peer = connection();
  peer.write(fastcgi::kHealthz + fastcgi::kHealthz);
  EXPECT_EQ(peer.read_to_end(), "");
  expect_served();
}

TEST_F(FastCgi, NoiseEndsOnlyItsConnection) {
  FastCgiClient bystander = connection();
  ASSERT_EQ(bystander.ask(fastcgi::kHealthz).status, 200);
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same noise each time
  for (int i = 0; i < 300; ++i) {
    std::string noise(1 + random() % 2000, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    FastCgiClient peer = connection();
    peer.write(noise);
  }
  EXPECT_EQ(bystander.ask(fastcgi::kHealthz).status, 200);
}

TEST_F(FastCgi, MutatedRequestsEndAtMostTheirConnection) {
  std::mt19937 random(11);  // NOLINT(cert-msc51-cpp): the same mutations each time
  for (int i = 0; i < 2000; ++i) {
    std::string mutated = fastcgi::kHealthz;
    for (std::size_t flips = 1 + random() % 4; flips > 0; --flips) {
      char& c = mutated[random() % mutated.size()];
      c = static_cast<char>(static_cast<unsigned>(c) ^ 1U << random() % 8);
    }
    connection().write(mutated);
  }
  expect_served();
}

struct Foul {
  const char* name;
  std::string bytes;
};

class FoulPlay : public FastCgi, public ::testing::WithParamInterface<Foul> {};

TEST_P(FoulPlay, EndsOnlyItsConnection) {
  FastCgiClient bystander = connection();
  ASSERT_EQ(bystander.ask(fastcgi::kHealthz).status, 200);
  FastCgiClient peer = connection();
  peer.write(GetParam().bytes);
  EXPECT_EQ(peer.read_to_end(), "");
  EXPECT_EQ(bystander.ask(fastcgi::kHealthz).status, 200);
}

using namespace fastcgi;
const std::string kEnd = record(kParams, "") + record(kStdin, "");

INSTANTIATE_TEST_SUITE_P(
    Peers, FoulPlay,
    ::testing::Values(Foul{"Http", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"}, Foul{"Tls", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC", 9)},
                      Foul{"GetValues", record(kGetValues, pairs({{"FCGI_MAX_CONNS", ""}}), 0)},
                      Foul{"UnknownType", record(99, "x", 0)}, Foul{"AbortFirst", record(kAbortRequest, "")},
                      Foul{"AbortAfterBegin", begin(true) + record(kAbortRequest, "")},
                      Foul{"AbortInParams", begin(true) + record(kParams, pairs({{"A", "b"}})) + record(kAbortRequest, "")},
                      Foul{"Authorizer", begin(true, 2) + kEnd}, Foul{"Filter", begin(true, 3) + kEnd},
                      Foul{"NoSuchRole", begin(true, 0xFFFF) + kEnd}, Foul{"RequestIdZero", begin(true, 1, 0)},
                      Foul{"TwoBegins", begin(true) + begin(true)},
                      Foul{"Multiplexed", begin(true, 1, 1) + begin(true, 1, 2)},
                      Foul{"AnothersParams", begin(true) + record(kParams, "", 2)},
                      Foul{"StdinBeforeParams", begin(true) + record(kStdin, "")},
                      Foul{"DataRecord", begin(true) + record(kParams, "") + record(kData, "x")},
                      Foul{"HugeName", begin(true) + record(kParams, std::string("\xFF\xFF\xFF\xFF\x00", 5))},
                      Foul{"HugeValue", begin(true) + record(kParams, std::string("\x01\xFF\xFF\xFF\xFF", 5))},
                      Foul{"PairsCutShort", begin(true) + record(kParams, "\x05\x05nam") + kEnd},
                      Foul{"TooLarge", begin(true) + record(kParams, "") + record(kStdin, std::string(65'000, 'x')) +
                                           record(kStdin, std::string(65'000, 'x')) + record(kStdin, std::string(65'000, 'x'))},
                      Foul{"Responding", record(kStdout, "x")}, Foul{"Ending", record(kEndRequest, std::string(8, '\0'))}),
    [](const auto& peer) { return peer.param.name; });

TEST_F(FastCgi, PaddingAndPiecesAreFine) {
  const std::string parameters = pairs({{"REQUEST_METHOD", "GET"}, {"REQUEST_URI", "/healthz"}});
  std::string request = begin(true);
  for (std::size_t i = 0; i < parameters.size(); ++i) request += record(kParams, parameters.substr(i, 1), 1, i % 9);
  request += record(kParams, "") + record(kStdin, "body", 1, 3) + record(kStdin, "");
  EXPECT_EQ(connection().ask(request).status, 200);
}

TEST_F(FastCgi, ParametersWithoutNameOrValueAreIgnored) {
  const std::string request = fastcgi::request({{"", ""}, {"", "x"}, {"REQUEST_URI", "/healthz"}, {"HTTP_AUTHORIZATION", ""},
                                                {"REQUEST_METHOD", "GET"}, {std::string(300, 'N'), std::string(300, 'v')},
                                                {std::string("NUL\0NAME", 8), std::string("a\0b", 3)}});
  EXPECT_EQ(connection().ask(request).status, 200);
}

TEST_F(FastCgi, ARequestWithNothingInItIsNotFound) {
  EXPECT_EQ(connection().ask(fastcgi::request(Parameters{})).status, 404);
}

TEST_F(FastCgi, NoParameterCanForgeAResponseHeader) {
  const std::string request = fastcgi::request(
      {{"REQUEST_METHOD", "GET"}, {"REQUEST_URI", "/healthz"}, {"REQUEST_ID", "a\r\nSet-Cookie: b=c\r\n"}});
  const Response response = connection().ask(request);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("set-cookie"), std::nullopt);
}

}  // namespace
}  // namespace sessiond::test
