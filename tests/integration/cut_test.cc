// The connection to Redis cut between a command and its answer.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include "integration/site.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

// Stands between the worker and Redis: passes on what either says, until told to cut.
class Cutter {
 public:
  Cutter(const std::string& path, std::string redis) : redis_path_(std::move(redis)), door_(listen_at(path)) {}

  // Takes the worker's next connection.
  void join() {
    worker_ = Fd(accept(door_.get(), nullptr, nullptr));
    redis_ = connect_to(redis_path_);
  }
  // Passes bytes on until `peer` has its answer.
  void pass_until_answered(const FastCgiClient& peer) {
    while (!peer.readable()) pass();
  }
  // Passes bytes on until Redis has answered a command that holds `word`, then cuts, answer and all.
  void cut_after(const std::string& word) {
    for (bool seen = false;;) {
      pollfd ends[] = {{worker_.get(), POLLIN, 0}, {redis_.get(), POLLIN, 0}};
      poll(ends, 2, -1);
      if (ends[1].revents != 0) {
        const std::string answer = read_some(redis_.get());
        if (seen) break;
        write_all(worker_.get(), answer);
      }
      if (ends[0].revents != 0) {
        const std::string commands = read_some(worker_.get());
        seen = seen || commands.find(word) != std::string::npos;
        write_all(redis_.get(), commands);
      }
    }
    worker_ = Fd();
    redis_ = Fd();
  }

 private:
  void pass() {
    pollfd ends[] = {{worker_.get(), POLLIN, 0}, {redis_.get(), POLLIN, 0}};
    if (poll(ends, 2, 5) <= 0) return;
    if (ends[0].revents != 0) write_all(redis_.get(), read_some(worker_.get()));
    if (ends[1].revents != 0) write_all(worker_.get(), read_some(redis_.get()));
  }

  std::string redis_path_;
  Fd door_;
  Fd worker_;
  Fd redis_;
};

// How often Redis has run scripts.
long long scripts_run(RedisClient& redis) { return redis.calls("evalsha") + redis.calls("eval"); }

TEST(Cut, AChangeWhoseAnswerIsLostIsReportedFailedAndNeverSentAgain) {
  TempDir folder;
  RedisServer redis(folder);
  redis.start();
  Worker plain(folder, {}, {}, "plain-");
  HttpPeer login(plain.internal_socket());
  const auto mint = [&] {
    return signed_by(login.ask(http1::post("/internal/v1/sessions", minting_json(user_json("alice")))));
  };
  const Signed mine = mint();
  const Signed other = mint();
  // Redis knows the script from here on.
  FastCgiClient public_peer(plain.public_socket());
  ASSERT_EQ(public_peer.ask(fastcgi::request("DELETE", "/api/v1/auth/sessions/" + mint().id, mine.token)).status, 204);

  Cutter between(folder / "between.sock", redis.socket());
  Worker worker(folder, {"--threads", "1", "--redis", folder / "between.sock"}, {}, "cut-");
  FastCgiClient peer(worker.public_socket());
  RedisClient looking = redis.client();
  const auto ask = [&](const std::string& request) {
    peer.write(request);
    between.pass_until_answered(peer);
    return peer.read_response();
  };

  between.join();
  ASSERT_EQ(ask(fastcgi::request("GET", "/api/v1/u/me", mine.token)).status, 200);
  looking({"CONFIG", "RESETSTAT"});
  peer.write(fastcgi::request("DELETE", "/api/v1/auth/sessions/" + other.id, mine.token));
  between.cut_after("EVAL");
  EXPECT_EQ(peer.read_response().status, 503) << "whether it happened is not known";
  EXPECT_EQ(scripts_run(looking), 1);

  between.join();
  EXPECT_EQ(ask(fastcgi::request("GET", "/api/v1/u/me", mine.token)).status, 200);
  EXPECT_EQ(ask(fastcgi::request("GET", "/api/v1/u/me", other.token)).status, 401) << "it did happen";
  EXPECT_EQ(scripts_run(looking), 1);
}

TEST(Cut, AnAnswerThatIsLostNeverReachesTheNextRequest) {
  TempDir folder;
  RedisServer redis(folder);
  redis.start();
  Worker plain(folder, {}, {}, "plain-");
  HttpPeer login(plain.internal_socket());
  const Signed mine = signed_by(login.ask(http1::post("/internal/v1/sessions", minting_json(user_json("alice")))));
  Cutter between(folder / "between.sock", redis.socket());
  Worker worker(folder, {"--threads", "1", "--redis", folder / "between.sock"}, {}, "cut-");
  FastCgiClient peer(worker.public_socket());
  between.join();
  peer.write(fastcgi::request("GET", "/api/v1/u/me", mine.token));
  between.cut_after("HMGET");
  EXPECT_EQ(peer.read_response().status, 503);
  between.join();
  peer.write(fastcgi::request("GET", "/readyz"));
  between.pass_until_answered(peer);
  EXPECT_EQ(peer.read_response().status, 200);
}

}  // namespace
}  // namespace sessiond::test
