// Redis away, or holding and answering what is not ours: every route says so, and none gives anything.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "integration/crowd.h"
#include "integration/devices.h"
#include "integration/document.h"
#include "integration/protocol.h"
#include "integration/redis_client.h"
#include "integration/site.h"
#include "integration/socket.h"
#include "session/token.h"

namespace sessiond::test {
namespace {

// A request for each route that needs Redis.
std::vector<std::pair<std::string, Response>> ask_all(Site& site, const Signed& caller, const std::string& user,
                                                      const std::string& code) {
  const std::vector<std::string> json = {"Content-Type: application/json"};
  const std::string own = "/api/v1/auth/sessions";
  const std::string users = "/internal/v1/users/" + user + "/sessions";
  std::vector<std::pair<std::string, Response>> answers;
  const auto ask = [&](HttpClient& client, const std::string& method, const std::string& path,
                       const std::vector<std::string>& headers, const std::string& body = "") {
    answers.emplace_back(method + " " + path, client.send({method, path, headers, body}));
  };
  ask(site.web, "GET", own, {caller.bearer()});
  ask(site.web, "GET", "/api/v1/u/me", {caller.bearer()});
  ask(site.web, "POST", "/api/v1/auth/cli/request-grant", {caller.bearer()});
  ask(site.web, "POST", "/api/v1/auth/cli/redeem", json, R"({"code":")" + code + "\"}");
  ask(site.web, "POST", "/api/v1/auth/dev-login", json, R"({"username":"damage"})");
  ask(site.web, "DELETE", own, {caller.bearer()});
  ask(site.web, "DELETE", own + "/" + caller.id, {caller.bearer()});
  ask(site.web, "POST", "/api/v1/auth/logout", {caller.bearer()});
  ask(site.operators, "GET", "/internal/v1/check", {caller.bearer()});
  ask(site.operators, "POST", "/internal/v1/sessions", json, minting_json(user_json(user)));
  ask(site.operators, "GET", users, {});
  ask(site.operators, "DELETE", users + "/" + caller.id, {});
  ask(site.operators, "DELETE", users, {});
  return answers;
}

void expect_unavailable(const std::string& what, const Response& response) {
  SCOPED_TRACE(what);
  expect_problem(response, 503, "internal_error");
  EXPECT_EQ(response.header("retry-after"), "1");
  EXPECT_EQ(response.header("set-cookie"), std::nullopt);
}

std::string request_code(Site& site, const Signed& caller) {
  const Response response = site.web.send({"POST", "/api/v1/auth/cli/request-grant", {caller.bearer()}, {}});
  return Document(response.body)["code"].GetString();
}

TEST(Damage, ARedisThatIsAwayIsA503OnEveryRoute) {
  Site site({"--dev-login", "--threads", "1"});
  const Signed mine = site.mint("alice");
  const std::string code = request_code(site, mine);
  site.redis.crash();
  for (const auto& [what, response] : ask_all(site, mine, "alice", code)) {
    expect_unavailable(what, response);
    EXPECT_NE(response.body.find("cannot be reached"), std::string::npos) << what << response.body;
  }
}

TEST(Damage, KeysOfAnotherTypeAreA503OnEveryRouteButToTheOperatorWhoEndsOne) {
  Site site;
  const Signed mine = site.mint("alice");
  const std::string code = request_code(site, mine);
  ASSERT_EQ(site.web.send({"POST", "/api/v1/auth/dev-login", {"Content-Type: application/json"}, R"({"username":"damage"})"}).status, 200);
  RedisClient redis = site.redis.client();
  for (const std::string& key : redis.keys("sessiond:*")) redis({"SET", key, "something else"});
  for (const auto& [what, response] : ask_all(site, mine, "alice", code)) {
    if (what.ends_with("/users/alice/sessions/" + mine.id)) {
      EXPECT_EQ(response.status, 204) << what;
      continue;
    }
    expect_unavailable(what, response);
    EXPECT_NE(response.body.find("cannot do this now"), std::string::npos) << what << response.body;
  }
  for (const std::string& key : redis.keys("sessiond:*")) {
    EXPECT_EQ(redis({"GET", key}).text, "something else") << key << " was changed";
  }
}

TEST(Damage, IsInTheLogOnceASecondAtMost) {
  const auto began = std::chrono::steady_clock::now();
  Site site({"--threads", "1"});
  const Signed mine = site.mint("alice");
  site.redis.client()({"SET", key_of(mine), "something else"});
  for (int i = 0; i < 100; ++i) ASSERT_EQ(site.get("/api/v1/u/me", mine).status, 503);
  EXPECT_TRUE(site.worker.says("Redis answers with an error: WRONGTYPE"));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began).count();
  EXPECT_LE(count_of("Redis answers with an error", site.worker.log()), static_cast<std::size_t>(seconds) + 1);
}

TEST(Damage, OfAnotherSessionInAListIsInTheLogAsWhatItIs) {
  Site site({"--threads", "2"});
  const Signed mine = site.mint("alice");
  const std::string others = keys_of(mine) + "session:" + site.mint("alice").id;
  RedisClient redis = site.redis.client();
  const auto list_until_logged = [&](const std::string& words) {
    site.worker.process().wait_until(
        [&] { return site.list(mine).status == 200 && site.worker.log().find("with an error: " + words) != std::string::npos; }, words);
  };
  redis({"HDEL", others, "kind"});
  list_until_logged("a session's hash is incomplete");
  redis({"SET", others, "something else"});
  list_until_logged("WRONGTYPE");
}

class DamagedSession : public SiteTest {
 protected:
  void expect_unavailable_everywhere(const Signed& caller) {
    for (const std::string path : {"/api/v1/auth/sessions", "/api/v1/u/me"}) {
      expect_unavailable(path, site.get(path, caller));
    }
    expect_unavailable("check", site.operators.send({"GET", "/internal/v1/check", {caller.bearer()}, {}}));
    expect_unavailable("revoke", site.revoke(caller, caller.id));
  }
  RedisClient redis = site.redis.client();
};

TEST_F(DamagedSession, WithoutAnyOfItsFieldsSignsNobodyIn) {
  for (const std::string field : {"secret_hash", "user_id", "kind", "expires_at"}) {
    SCOPED_TRACE(field);
    const Signed mine = site.mint(user);
    ASSERT_EQ(redis({"HDEL", key_of(mine), field}).integer, 1);
    expect_unavailable_everywhere(mine);
  }
}

TEST_F(DamagedSession, ThatNoIndexListsIsInItsOwnListAllTheSame) {
  const Signed mine = site.mint(user);
  redis({"DEL", keys_of(mine) + "sessions"});
  EXPECT_EQ(ids_in(site.list(mine)), std::vector{mine.id});
}

TEST_F(DamagedSession, WhoseUserIsGoneOrAnotherShowsNoUser) {
  const Signed mine = site.mint(user);
  for (const std::string& json : {user_json("somebody-else"), std::string("[]"), std::string("{"), std::string("")}) {
    redis({"HSET", keys_of(mine) + "user", "json", json});
    expect_unavailable(json, site.get("/api/v1/u/me", mine));
  }
  redis({"DEL", keys_of(mine) + "user"});
  expect_unavailable("no user", site.get("/api/v1/u/me", mine));
}

TEST(DamagedGrant, ThatDoesNotSayWhoseItIsBuysNothing) {
  Site site;
  const Signed mine = site.mint("alice");
  RedisClient redis = site.redis.client();
  const auto redeem = [&](const std::string& code) {
    return site.web.send({"POST", "/api/v1/auth/cli/redeem", {"Content-Type: application/json"}, R"({"code":")" + code + "\"}"});
  };
  for (const std::string field : {"user_id", "session_id"}) {
    const std::string code = request_code(site, mine);
    for (const std::string& key : redis.keys("sessiond:grant:*")) ASSERT_EQ(redis({"HDEL", key, field}).integer, 1);
    expect_problem(redeem(code), 401, "unauthorized");
    for (const std::string& key : redis.keys("sessiond:grant:*")) redis({"DEL", key});
  }
  EXPECT_EQ(redeem(request_code(site, mine)).status, 200);
}

// Stands between Redis and who asks it, and answers one command in Redis's place.
class Liar : public ::testing::Test {
 protected:
  static constexpr const char* kAny = "*";  // is in every command

  // Of the commands in the protocol's form, each an array of texts.
  static std::size_t count_commands(const std::string& commands) {
    std::size_t count = 0;
    const auto behind_line = [&](std::size_t at) {
      const std::size_t end = commands.find("\r\n", at);
      if (end == std::string::npos) throw std::runtime_error("half a command");
      return end + 2;
    };
    for (std::size_t at = 0; at < commands.size(); ++count) {
      const std::size_t words = std::stoul(commands.substr(at + 1));
      at = behind_line(at);
      for (std::size_t i = 0; i < words; ++i) {
        const std::size_t size = std::stoul(commands.substr(at + 1));
        at = behind_line(at) + size + 2;
      }
    }
    return count;
  }

  Liar() : redis(folder), door_(listen_at(folder / "liar.sock")) { redis.start(); }

  // Takes the next connection, and ends the one before.
  void connect() {
    asker_ = Fd();
    asker_ = Fd(accept(door_.get(), nullptr, nullptr));
    redis_ = connect_to(redis.socket());
  }

  // Passes on what either says, until told that it is enough. After `honest` commands that hold `word`, the next one
  // gets `lie` for an answer, and Redis does not run it. No lie ends the connection instead. Where the word is kAny,
  // each of the commands that come at once gets the lie.
  void pass_until(const std::function<bool()>& enough, const std::string& word, int honest, const std::string& lie) {
    while (!enough()) {
      pollfd ends[] = {{asker_.get(), POLLIN, 0}, {redis_.get(), POLLIN, 0}, {door_.get(), POLLIN, 0}};
      if (poll(ends, 3, 5) <= 0) continue;
      if (ends[2].revents != 0) {
        connect();
        continue;
      }
      if (ends[1].revents != 0) write_all(asker_.get(), read_some(redis_.get()));
      if (ends[0].revents == 0) continue;
      const std::string commands = read_some(asker_.get());
      const bool lies = commands.find(word) != std::string::npos && honest-- == 0;
      lied_ = lied_ || lies;
      if ((lies && lie.empty()) || commands.empty()) asker_ = Fd();
      else if (!lies) write_all(redis_.get(), commands);
      else for (std::size_t i = word == kAny ? count_commands(commands) : 1; i > 0; --i) write_all(asker_.get(), lie);
    }
  }

  /// Whether it has lied since this was asked last.
  bool has_lied() { return std::exchange(lied_, false); }

  /// How many bytes whoever asks has sent that were not read.
  [[nodiscard]] int unread() const {
    int bytes = 0;
    ioctl(asker_.get(), FIONREAD, &bytes);
    return bytes;
  }

  TempDir folder;
  RedisServer redis;
  Fd asker_;

 private:
  Fd door_;
  Fd redis_;
  bool lied_ = false;
};

class LiarToAWorker : public Liar {
 protected:
  explicit LiarToAWorker(std::vector<std::string> options = {}) : worker(folder, at_the_liars(std::move(options))) {
    mine = signed_by(ask(operators, http1::post("/internal/v1/sessions", minting_json(user_json("alice")))));
  }

  Response ask(Peer& peer, const std::string& request) { return ask_lying(peer, request, 1000, ""); }
  Response ask_lying(Peer& peer, const std::string& request, int honest, const std::string& lie,
                     const std::string& word = "EVAL") {
    peer.write(request);
    pass_until([&] { return peer.readable(); }, word, honest, lie);
    return peer.read_response();
  }

  /// What Redis answers who asks for the session's fields that prove it.
  std::string row_of_mine() {
    const Secret secret = parse_token(mine.token)->secret;
    return array({bulk(std::string(text_of(hash_of(secret)))), bulk("alice"), bulk("web"), bulk("1790000000000")});
  }

  std::vector<std::string> at_the_liars(std::vector<std::string> options) {
    options.insert(options.end(), {"--threads", "1", "--redis", folder / "liar.sock"});
    return options;
  }

  Worker worker;
  HttpPeer operators{worker.internal_socket()};
  FastCgiClient web{worker.public_socket()};
  Signed mine;
};

TEST_F(LiarToAWorker, WhatNoChangeAnswersIsA503) {
  const std::string one = ":1\r\n";
  const std::string none = "*0\r\n";
  for (const std::string& lie : {one, none, bulk("1"), std::string("$-1\r\n"), array({one}), array({one, one}), array({bulk("1"), none}),
                                 array({none, none}), bulk("NOSCRIPT it is"), std::string("-ERR no\r\n")}) {
    SCOPED_TRACE(lie);
    EXPECT_EQ(ask_lying(operators, http1::request("DELETE", "/internal/v1/users/alice/sessions"), 0, lie).status, 503);
    EXPECT_EQ(ask_lying(web, fastcgi::request("POST", "/api/v1/auth/logout", mine.token), 0, lie).status, 503);
  }
  EXPECT_EQ(ask(web, fastcgi::request("GET", "/api/v1/u/me", mine.token)).status, 200);
}

TEST_F(LiarToAWorker, ManyAreEndedThoughItIsNotSaidWhich) {
  const std::string end = http1::request("DELETE", "/internal/v1/users/alice/sessions");
  EXPECT_EQ(ask_lying(operators, end, 0, array({":7\r\n", "*0\r\n"})).body, R"({"revoked":7})");
  EXPECT_EQ(ask_lying(operators, end, 0, array({":7\r\n", "*0\r\n", array({bulk(mine.id)})})).body, R"({"revoked":7})");
}

TEST_F(LiarToAWorker, AMintingThatIsNotAnsweredInFullSignsNobodyIn) {
  const std::string mint = http1::post("/internal/v1/sessions", minting_json(user_json("alice")));
  const std::vector<std::string> whole = {":1\r\n", "*0\r\n", bulk(mine.id), bulk("1790000000000"), bulk("1790000060000"),
                                          bulk(user_json("alice")), "*0\r\n", bulk(""), bulk(""), ":0\r\n"};
  ASSERT_EQ(ask_lying(operators, mint, 0, array(whole)).status, 201);
  for (std::size_t i = 2; i < 6; ++i) {
    for (const std::string& odd : {std::string("$-1\r\n"), bulk(""), bulk("x"), std::string(":1\r\n")}) {
      std::vector<std::string> some = whole;
      some[i] = odd;
      SCOPED_TRACE(array(some));
      EXPECT_EQ(ask_lying(operators, mint, 0, array(some)).status, 503);
    }
  }
  for (std::size_t size = 2; size < whole.size(); ++size) {
    EXPECT_EQ(ask_lying(operators, mint, 0, array({whole.begin(), whole.begin() + static_cast<long>(size)})).status, 503);
  }
}

TEST_F(LiarToAWorker, AListThatIsCutIsA503AndTidyingThatFailsIsNone) {
  const std::string list = fastcgi::request("GET", "/api/v1/auth/sessions", mine.token);
  const Signed other = signed_by(ask(operators, http1::post("/internal/v1/sessions", minting_json(user_json("alice")))));
  EXPECT_EQ(ask_lying(web, list, 1, "", "HMGET").status, 503);
  redis.client()({"DEL", key_of(other)});
  EXPECT_EQ(ask_lying(web, list, 0, "-ERR no\r\n", "ZREM").status, 200);
  EXPECT_TRUE(worker.says("Redis answers with an error: ERR no")) << worker.log();
  EXPECT_EQ(ask_lying(web, list, 0, "", "ZREM").status, 503);
  worker.process().wait_until([&] { return ask(web, list).status == 200; }, "the next connection");
  EXPECT_EQ(ids_in(ask(web, list)), std::vector{mine.id});
}

TEST_F(LiarToAWorker, AListOfWhichRedisRefusesASessionIsA503) {
  const std::string list = fastcgi::request("GET", "/api/v1/auth/sessions", mine.token);
  ask(operators, http1::post("/internal/v1/sessions", minting_json(user_json("alice"))));
  EXPECT_EQ(ask_lying(web, list, 1, "-NOPERM this key\r\n", "HMGET").status, 503) << "without that session it would look whole";
}

TEST_F(LiarToAWorker, ACheckOfAProofsAgeWithoutTheTimeIsA503) {
  const std::string check = http1::request("GET", "/internal/v1/check?max_age=60", mine.token);
  EXPECT_EQ(ask_lying(operators, check, 0, "-ERR no\r\n", "TIME").status, 503);
  EXPECT_EQ(ask_lying(operators, check, 0, "", "TIME").status, 503);
}

TEST_F(LiarToAWorker, AUserWhoIsGoneWithTheLastSessionIsA401) {
  const std::string me = fastcgi::request("GET", "/api/v1/u/me", mine.token);
  const std::string row = row_of_mine();
  ASSERT_EQ(ask_lying(web, me, 0, row + bulk(user_json("alice")), "HGET").status, 200);
  const std::string error = "-" + user_json("alice") + "\r\n";
  EXPECT_EQ(ask_lying(web, me, 0, row + error, "HGET").status, 503) << "whatever the error's words are";
  // Both reads of the session are lied about: it was there, and it is gone.
  redis.client()({"DEL", key_of(mine)});
  EXPECT_EQ(ask_lying(web, me, 0, row + "$-1\r\n", "HGET").status, 401);
}

TEST_F(LiarToAWorker, WhatRedisSaysOfItselfIsTheReasonNotToBeReady) {
  const std::string ready = fastcgi::request("GET", "/readyz");
  const std::string master = array({bulk("master"), ":0\r\n", "*0\r\n"});
  const std::string done = array({":1\r\n", "*0\r\n"});
  const std::string error = "-ERR odd\r\n";
  const auto reason = [&](const std::string& role, const std::string& memory, const std::string& persistence, const std::string& probe) {
    const Response response = ask_lying(web, ready, 0, role + memory + persistence + probe, "memory");
    return response.status == 200 ? "none" : response.body;
  };
  const auto says = [](const std::string& body, const std::string& text) { return body.find(text) != std::string::npos; };
  EXPECT_EQ(reason(master, bulk(""), bulk(""), done), "none");
  EXPECT_TRUE(says(reason(error, bulk(""), bulk(""), done), "Redis answers: ERR odd"));
  EXPECT_TRUE(says(reason(master, error, bulk(""), done), "Redis answers: ERR odd"));
  EXPECT_TRUE(says(reason(master, bulk(""), error, done), "Redis answers: ERR odd"));
  EXPECT_TRUE(says(reason(array({bulk("slave")}), bulk(""), bulk(""), done), "read-only replica"));
  EXPECT_TRUE(says(reason(master, bulk(""), bulk("loading:1\r\n"), done), "LOADING"));
  EXPECT_TRUE(says(reason(master, bulk("maxmemory_policy:allkeys-lru\r\n"), bulk(""), done), "allkeys-lru"));
  EXPECT_TRUE(says(reason(master, bulk(""), bulk(""), error), "Redis makes no changes: ERR odd"));
  EXPECT_TRUE(says(reason(master, bulk(""), bulk(""), ":1\r\n"), "a reply of an unexpected form"));
}

TEST_F(LiarToAWorker, WhatNobodyAskedForIsReadOnlyWhereItIsAnErrorOfTheServers) {
  write_all(asker_.get(), "-ERR going away\r\n");
  EXPECT_TRUE(worker.says("Redis says: ERR going away")) << worker.log();
  connect();
  ASSERT_EQ(ask(web, fastcgi::request("GET", "/api/v1/u/me", mine.token)).status, 200);
  write_all(asker_.get(), bulk("another's secret"));
  EXPECT_TRUE(worker.says("Redis sent a reply that nobody asked for")) << worker.log();
  EXPECT_EQ(worker.log().find("another's"), std::string::npos) << worker.log();
}

TEST_F(LiarToAWorker, AReplyMoreThanWasAskedForIsNobodysAndEndsTheConnection) {
  const std::string me = fastcgi::request("GET", "/api/v1/u/me", mine.token);
  std::size_t ended = 0;
  for (const std::string& more : {bulk("another's"), std::string(":1\r\n"), std::string("$-1\r\n"), array({bulk("another's")}),
                                  std::string("-ERR another's\r\n")}) {
    SCOPED_TRACE(more);
    EXPECT_EQ(ask_lying(web, me, 0, row_of_mine() + bulk(user_json("alice")) + more, "HGET").status, 200);
    ++ended;
    worker.process().wait_until([&] { return count_of("nobody asked for", worker.log()) == ended; }, "the log");
    worker.process().wait_until([&] { return ask(web, me).status == 200; }, "the next connection");
  }
  EXPECT_EQ(worker.log().find("another's"), std::string::npos) << worker.log();
}

TEST_F(LiarToAWorker, HowAConnectionEndedIsInTheLog) {
  const std::string me = fastcgi::request("GET", "/api/v1/u/me", mine.token);
  ASSERT_EQ(ask(web, me).status, 200);
  asker_ = Fd();
  EXPECT_TRUE(worker.says("Redis has closed the connection")) << worker.log();
  worker.process().wait_until([&] { return ask(web, me).status == 200; }, "the next connection");
  // It ends before the question for its ROLE is read.
  worker.process().wait_until([&] { return unread() > 0; }, "a question");
  asker_ = Fd();
  EXPECT_TRUE(worker.says("Connection reset by peer: connecting again to ")) << worker.log();
}

TEST_F(LiarToAWorker, AnAnswerOfManyPiecesThatIsNoneIsLoggedOnceAsWhatItIs) {
  const std::string end = http1::request("DELETE", "/internal/v1/users/alice/sessions");
  EXPECT_EQ(ask_lying(operators, end, 0, "*2000000\r\n" + std::string(10000, 'x')).status, 503);
  EXPECT_TRUE(worker.says("Out of memory")) << worker.log();
  worker.process().wait_until([&] { return ask(web, fastcgi::request("GET", "/readyz")).status == 200; }, "the next connection");
  EXPECT_EQ(worker.log().find("nobody asked for"), std::string::npos) << worker.log();
}

TEST_F(LiarToAWorker, MoreThanASocketTakesAtOnceArrivesWhole) {
  constexpr std::size_t kMintings = 40;
  const std::string user = user_json("bob", std::string(12000, 'b'));
  Crowd many(worker.internal_socket(), kMintings);
  many.send(std::vector<std::string>(kMintings, http1::post("/internal/v1/sessions", minting_json(user))));
  many.wait_until_taken();
  worker.process().wait_until([&] { return unread() > 100000; }, "a full buffer");
  std::vector<Response> answers;
  std::atomic<bool> over = false;
  std::jthread reading([&] {
    answers = many.read();
    over = true;
  });
  pass_until([&] { return over.load(); }, "EVAL", 1000, "");
  EXPECT_EQ(answers[0].status, 201) << answers[0].body;
  EXPECT_EQ(by_status(answers)[201], kMintings);
}

TEST_F(LiarToAWorker, AnArrayOfMillionsIsRefusedAtItsLength) {
  const std::string end = http1::request("DELETE", "/internal/v1/users/alice/sessions");
  EXPECT_EQ(ask_lying(operators, end, 0, "*2000000\r\n").status, 503);
  EXPECT_TRUE(worker.says("Out of memory")) << worker.log();
}

TEST_F(LiarToAWorker, AChangeIsDoneThoughTheGrantThatItEndedCannotBeDeleted) {
  ASSERT_EQ(ask(web, fastcgi::post("/api/v1/auth/cli/request-grant", "", mine.token)).status, 200);
  const std::string end = fastcgi::request("POST", "/api/v1/auth/logout", mine.token);
  EXPECT_EQ(ask_lying(web, end, 0, "", "\r\nDEL\r\n").status, 204);
  EXPECT_TRUE(worker.says("a grant that is over could not be deleted")) << worker.log();
}

// As it is when the caller's session ends between its proof and the change.
TEST_F(LiarToAWorker, ACallerWhoseSessionHasJustEndedChangesNothingMore) {
  const std::string gone = array({":-1\r\n", "*0\r\n"});
  const std::string sessions = "/api/v1/auth/sessions";
  const std::string grant = fastcgi::post("/api/v1/auth/cli/request-grant", "", mine.token);
  ASSERT_EQ(ask(web, grant).status, 200);  // Redis knows the scripts from here on
  EXPECT_EQ(ask_lying(web, fastcgi::request("DELETE", sessions, mine.token), 0, gone).status, 401);
  EXPECT_EQ(ask_lying(web, fastcgi::request("DELETE", sessions + "/" + mine.id, mine.token), 0, gone).status, 401);
  EXPECT_EQ(ask_lying(web, grant, 1, gone).status, 401);
  EXPECT_EQ(redis.client().keys("sessiond:grant:*").size(), 1U) << "what leads to the refused grant is deleted";
  EXPECT_EQ(ask_lying(web, grant, 1, array({":0\r\n", "*0\r\n"})).status, 401);
  EXPECT_EQ(ask_lying(web, grant, 0, "-ERR no\r\n").status, 503);
  EXPECT_EQ(ask_lying(web, grant, 1, "-ERR no\r\n").status, 503);
  EXPECT_EQ(ask(web, grant).status, 200);
}

class LiarToACommand : public Liar {
 protected:
  // The command's status and what it printed.
  std::string run_lying(std::vector<std::string> words, const std::string& word, int honest, const std::string& lie) {
    words.insert(words.begin(), worker_program());
    words.insert(words.end(), {"--config", "/dev/null", "--redis", folder / "liar.sock", "--log-level=error"});
    Process process(words, folder / ("said-" + std::to_string(++runs_)));
    pass_until([&] { return !process.running(); }, word, honest, lie);
    return std::to_string(process.wait()) + ": " + process.log();
  }
  static void expect_in(const std::string& said, const std::string& text) {
    EXPECT_TRUE(said.starts_with("1: ")) << said;
    EXPECT_NE(said.find(text), std::string::npos) << said;
  }

 private:
  int runs_ = 0;
};

const std::string kOdd = "-ERR odd\r\n";

TEST_F(LiarToACommand, DoctorSaysWhatRedisSaidInsteadOfHowItIs) {
  const std::string time = array({bulk("1790000000"), bulk("5")});
  const auto doctor = [&](const std::string& clock, const std::string& info) {
    return run_lying({"doctor"}, "appendfsync", 0, clock + info + "*0\r\n*0\r\n*0\r\n*0\r\n" + array({":1\r\n", "*0\r\n"}));
  };
  EXPECT_NE(doctor(time, bulk("redis_version:7.7.7\r\nrole:master\r\n")).find("Redis 7.7.7"), std::string::npos);
  EXPECT_EQ(doctor(time, bulk("aof_enabled:1\r\nrole:master\r\n")).find("appendfsync"), std::string::npos) << "it was not told";
  expect_in(doctor(kOdd, bulk("")), "Redis does not say how it is: ERR odd");
  expect_in(doctor(time, kOdd), "Redis does not say how it is: ERR odd");
  expect_in(doctor(array({bulk("1790000000")}), bulk("")), "Redis does not say how it is: no INFO");
  expect_in(doctor(array({bulk("x"), bulk("5")}), bulk("")), "Redis does not say how it is: no INFO");
  expect_in(doctor(time, ":1\r\n"), "Redis does not say how it is: no INFO");
  expect_in(run_lying({"doctor"}, "appendfsync", 0, ""), "no Redis: ");
}

TEST_F(LiarToACommand, WhatCannotBeReadToTheEndIsSaidAndNotPassedOver) {
  Worker worker(folder);
  HttpPeer operators(worker.internal_socket());
  const std::string mint = http1::post("/internal/v1/sessions", minting_json(user_json("alice")));
  ASSERT_EQ(operators.ask(mint).status, 201);
  for (const std::string& odd : {kOdd, std::string(":1\r\n"), array({bulk("0")}), array({bulk("0"), "*0\r\n", "*0\r\n"}),
                                 array({":1\r\n", "*0\r\n"})}) {
    const std::string reason = odd == kOdd ? "Redis answers: ERR odd" : "Redis answers: something odd";
    expect_in(run_lying({"doctor", "--keys"}, "SCAN", 0, odd), reason);
    expect_in(run_lying({"revoke", "--everybody", "--yes"}, "SCAN", 0, odd), reason);
  }
  for (const auto& [word, odd] : {std::pair<std::string, std::string>("ZSCORE", kOdd + kOdd + kOdd + kOdd), {"BYSCORE", kOdd}, {"EXISTS", kOdd}}) {
    expect_in(run_lying({"doctor", "--keys"}, word, 0, odd), "Redis answers: ERR odd");
  }
  for (const std::string word : {"SCAN", "ZSCORE", "TIME\r\n", "BYSCORE", "EXISTS"}) {
    const int greeting = word == "TIME\r\n" ? 1 : 0;  // doctor asks for the time by itself first
    expect_in(run_lying({"doctor", "--keys"}, word, greeting, ""), "cannot be reached");
  }
  expect_in(run_lying({"revoke", "--everybody", "--yes"}, "SCAN", 0, ""), "cannot be reached");
  expect_in(run_lying({"mint", "bob"}, "HGET", 0, ""), "cannot be reached");
  const std::size_t before = redis.client().keys().size();
  expect_in(run_lying({"mint", "bob"}, "HGET", 0, kOdd), "cannot do this now");
  EXPECT_EQ(redis.client().keys().size(), before) << "nobody is signed in as what is no user";
  EXPECT_EQ(ids_in(operators.ask(http1::request("GET", "/internal/v1/users/alice/sessions"))).size(), 1U);
}

TEST_F(LiarToACommand, DoctorPassesOverASessionThatHasJustExpired) {
  redis.client()({"CONFIG", "SET", "appendonly", "yes"});
  redis.client()({"CONFIG", "SET", "appendfsync", "always"});
  Worker worker(folder);
  // While Redis writes its first file it cannot end.
  worker.process().wait_until([&] {
    const std::string info = redis.client()({"INFO", "persistence"}).text;
    return info.find("aof_rewrite_in_progress:0") != std::string::npos && info.find("aof_rewrite_scheduled:0") != std::string::npos;
  }, "the first file");
  HttpPeer operators(worker.internal_socket());
  ASSERT_EQ(operators.ask(http1::post("/internal/v1/sessions", minting_json(user_json("alice")))).status, 201);
  const std::string gone = "$-1\r\n$-1\r\n:-2\r\n$-1\r\n";
  const std::string said = run_lying({"doctor", "--keys"}, "ZSCORE", 0, gone);
  EXPECT_NE(said.find("0 sessions of 1 users, 0 faults"), std::string::npos) << said;
  expect_in(run_lying({"doctor", "--keys"}, "ZSCORE", 0, bulk("1") + bulk("-2") + bulk("-2") + "$-1\r\n"), "1 sessions");
}

TEST_F(LiarToACommand, WhatIsSaidOfAllIsTrueOfAllAtWhicheverCommandRedisFails) {
  Worker worker(folder, {"--bar-users"});
  HttpPeer operators(worker.internal_socket());
  const auto mint_three = [&] {
    for (int i = 0; i < 3; ++i) ASSERT_EQ(operators.ask(http1::post("/internal/v1/sessions", minting_json(user_json("alice")))).status, 201);
  };
  const auto left = [&] { return ids_in(operators.ask(http1::request("GET", "/internal/v1/users/alice/sessions"))).size(); };
  ASSERT_EQ(operators.ask(http1::request("POST", "/internal/v1/users/bob/disable")).status, 200);
  const auto says_all = [](const std::string& said) {
    return said.starts_with("0: ") && std::ranges::count(said, '\n') == 1 + 3;  // a line above them
  };
  const auto ended_all = [&](const std::string&) { return left() == 0; };
  struct Command {
    std::vector<std::string> words;
    std::function<bool(const std::string& said)> is_done;
  };
  const std::vector<Command> commands = {
      {{"list", "--everybody"}, says_all},
      {{"list", "--everybody", "--kind", "web"}, says_all},
      {{"list", "alice", "--kind", "web"}, says_all},
      {{"list", "bob"}, [](const std::string& said) { return said.find("is disabled") != std::string::npos; }},
      {{"revoke", "--everybody", "--yes"}, ended_all},
      {{"revoke", "--everybody", "--yes", "--kind", "web"}, ended_all},
      {{"revoke", "alice", "--yes", "--user-agent", "-"}, [&](const std::string&) { return left() == 3; }},
      {{"disable", "alice"}, ended_all},
  };
  for (const std::string lie : {"", "-ERR no\r\n"}) {
    mint_three();
    for (int honest = 0;; ++honest) {
      SCOPED_TRACE("doctor, " + std::to_string(honest) + " times honest, then " + lie);
      const std::string said = run_lying({"doctor", "--keys", "--bar-users"}, kAny, honest, lie);
      const bool lied = has_lied();
      const bool is_whole = said.find(" faults") != std::string::npos;
      EXPECT_TRUE(is_whole || (lied && said.starts_with("1: "))) << said;
      EXPECT_EQ(is_whole, said.find("3 sessions of 1 users, 0 faults") != std::string::npos) << said;
      if (!lied) break;
    }
    for (const auto& [words, is_done] : commands) {
      for (int honest = 0;; ++honest) {
        SCOPED_TRACE(words[0] + " " + words[1] + ", " + std::to_string(honest) + " times honest, then " + lie);
        ASSERT_EQ(operators.ask(http1::request("DELETE", "/internal/v1/users/alice/sessions")).status, 200);
        ASSERT_EQ(operators.ask(http1::request("POST", "/internal/v1/users/alice/enable")).status, 204);
        mint_three();
        std::vector<std::string> all_words = words;
        all_words.push_back("--bar-users");
        const std::string said = run_lying(all_words, kAny, honest, lie);
        const bool lied = has_lied();
        EXPECT_TRUE(said.starts_with("0: ") ? is_done(said) : lied && said.starts_with("1: ")) << said;
        if (!lied) break;
      }
    }
    ASSERT_EQ(operators.ask(http1::request("DELETE", "/internal/v1/users/alice/sessions")).status, 200);
    ASSERT_EQ(operators.ask(http1::request("POST", "/internal/v1/users/alice/enable")).status, 204);
  }
}

// What a request asks for is done when it says so, at whichever of the request's commands Redis fails.
class Halfway : public LiarToAWorker {
 protected:
  Halfway() : LiarToAWorker({"--bar-users", "--events-kept", "1h", "--known-devices", "1d", "--record-activity", "--device-login", kDevicePage}) {}

  struct Request {
    const char* what;
    std::function<Response(int honest, const std::string& lie)> send;
    std::function<bool()> is_done;
  };

  Response send(Peer& peer, const std::string& request, int honest, const std::string& lie) { return ask_lying(peer, request, honest, lie, kAny); }
  Response mint() { return ask(operators, http1::post("/internal/v1/sessions", minting_json(user_json(user)))); }
  bool lives(const std::string& token) { return ask(operators, http1::request("GET", "/internal/v1/check", token)).status == 204; }
  std::string of_user(const std::string& rest) const { return "/internal/v1/users/" + user + rest; }

  static fastcgi::Parameters of_form(const std::string& path) {
    return {{"REQUEST_METHOD", "POST"}, {"REQUEST_URI", path}, {"CONTENT_TYPE", "application/x-www-form-urlencoded"}};
  }
  static std::string form(const std::string& path, const std::string& body) { return fastcgi::request(of_form(path), body); }
  static std::string poll(const Waiting& waiting) {
    return form("/oauth/token", "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=cli&device_code=" + waiting.device_code);
  }
  std::string decide(const std::string& what) const {
    return fastcgi::post("/api/v1/auth/devices/" + what, R"({"code":")" + waiting.user_code + "\"}", mine.token);
  }
  std::string accessed(const Response& polled) {
    const Document document(polled.body);
    return document.root().HasMember("access_token") ? document.root()["access_token"].GetString() : "";
  }

  void await_redis() {
    worker.process().wait_until([&] { return ask(web, fastcgi::request("GET", "/readyz")).status == 200; }, "the next connection");
  }

  // A user of their own for each try, with three sessions, and a device that waits.
  void begin() {
    await_redis();
    user = "user-" + std::to_string(++users);
    mine = signed_by(mint());
    other = signed_by(mint());
    static_cast<void>(mint());
    waiting = waiting_of(ask(web, form("/oauth/device_authorization", "client_id=cli")));
  }

  std::vector<Request> requests() {
    const auto of_web = [this](const std::string& method, const std::string& path, const std::string& body = "") {
      return [=, this](int honest, const std::string& lie) {
        fastcgi::Parameters parameters = {{"REQUEST_METHOD", method}, {"REQUEST_URI", path == "OTHER" ? "/api/v1/auth/sessions/" + other.id : path}, {"HTTP_AUTHORIZATION", "Bearer " + mine.token}};
        if (!body.empty()) parameters.insert(parameters.end(), {{"CONTENT_TYPE", "application/json"}, {"CONTENT_LENGTH", std::to_string(body.size())}});
        return send(web, fastcgi::request(parameters, body), honest, lie);
      };
    };
    const auto of_operators = [this](const std::string& method, const std::string& rest) {
      return [=, this](int honest, const std::string& lie) { return send(operators, http1::request(method, of_user(rest)), honest, lie); };
    };
    const auto other_is_over = [this] { return !lives(other.token) && lives(mine.token); };
    const auto all_are_over = [this] { return !lives(other.token) && !lives(mine.token); };
    const auto listed = [this] { return ids_in(last).size() == 3; };
    const auto of_device = [this](const std::string& what) {
      return [=, this](int honest, const std::string& lie) { return send(web, decide(what), honest, lie); };
    };
    return {
        {"list", of_web("GET", "/api/v1/auth/sessions"), listed},
        {"revoke", of_web("DELETE", "OTHER"), other_is_over},
        {"revoke the others", of_web("DELETE", "/api/v1/auth/sessions"), other_is_over},
        {"log out", of_web("POST", "/api/v1/auth/logout"), [this] { return !lives(mine.token) && lives(other.token); }},
        {"rename", of_web("PATCH", "OTHER", R"({"name":"work"})"),
         [this] { return ask(web, fastcgi::request("GET", "/api/v1/auth/sessions", mine.token)).body.find(R"("name":"work")") != std::string::npos; }},
        {"me", of_web("GET", "/api/v1/u/me"), [this] { return last.body == user_json(user); }},
        {"request a code", of_web("POST", "/api/v1/auth/cli/request-grant"),
         [this] {
           const std::string code = Document(last.body)["code"].GetString();
           return ask(web, fastcgi::post("/api/v1/auth/cli/redeem", R"({"code":")" + code + "\"}")).status == 200;
         }},
        {"mint",
         [this](int honest, const std::string& lie) {
           return send(operators, http1::post("/internal/v1/sessions", minting_json(user_json(user))), honest, lie);
         },
         [this] { return lives(signed_by(last).token); }},
        {"list as an operator", of_operators("GET", "/sessions"), listed},
        {"end all", of_operators("DELETE", "/sessions"), all_are_over},
        {"end those of a kind", of_operators("DELETE", "/sessions?kind=web"), all_are_over},
        {"end those of before", of_operators("DELETE", "/sessions?created_before=2100-01-01T00:00:00Z"), all_are_over},
        {"list those of before", of_operators("GET", "/sessions?created_before=2100-01-01T00:00:00Z"), listed},
        {"show a user", of_operators("GET", ""), [this] { return last.body.find(user) != std::string::npos; }},
        {"check", [this](int honest, const std::string& lie) { return send(operators, http1::request("GET", "/internal/v1/check", mine.token), honest, lie); },
         [this] { return last.status == 204; }},
        {"introspect", [this](int honest, const std::string& lie) { return send(operators, http1::request(of_form("/internal/v1/introspect"), "token=" + mine.token), honest, lie); },
         [this] { return last.body.find(R"("active":true)") != std::string::npos; }},
        {"revoke a token", [this](int honest, const std::string& lie) { return send(web, form("/oauth/revoke", "token=" + other.token), honest, lie); }, other_is_over},
        {"redeem a code",
         [this](int honest, const std::string& lie) {
           const Response grant = ask(web, fastcgi::post("/api/v1/auth/cli/request-grant", "", mine.token));
           const std::string code = Document(grant.body)["code"].GetString();
           return send(web, fastcgi::post("/api/v1/auth/cli/redeem", R"({"code":")" + code + "\"}"), honest, lie);
         },
         [this] { return lives(Document(last.body)["token"].GetString()); }},
        {"disable", of_operators("POST", "/disable"), [this, all_are_over] { return all_are_over() && mint().status == 403; }},
        {"enable",
         [this](int honest, const std::string& lie) {
           EXPECT_EQ(ask(operators, http1::request("POST", of_user("/disable"))).status, 200);
           return send(operators, http1::request("POST", of_user("/enable")), honest, lie);
         },
         [this] { return mint().status == 201; }},
        {"reauthenticate",
         [this](int honest, const std::string& lie) {
           return send(operators, http1::post("/internal/v1/sessions/" + mine.id + "/reauthenticated", R"({"user_id":")" + user + "\"}"), honest, lie);
         },
         [this] { return ask(operators, http1::request("GET", "/internal/v1/check?max_age=3600", mine.token)).status == 204; }},
        {"tell how it ended",
         [this](int honest, const std::string& lie) {
           EXPECT_EQ(ask(web, fastcgi::post("/api/v1/auth/logout", "", mine.token)).status, 204);
           return send(web, fastcgi::request("GET", "/api/v1/auth/ended", mine.token), honest, lie);
         },
         [this] { return last.body.find(R"("reason":"logout")") != std::string::npos; }},
        {"begin a device", [this](int honest, const std::string& lie) { return send(web, form("/oauth/device_authorization", "client_id=cli"), honest, lie); },
         [this] {
           waiting = waiting_of(last);
           return ask(web, decide("find")).status == 200;
         }},
        {"find a device", of_device("find"), [this] { return last.body.find(R"("client_id":"cli")") != std::string::npos; }},
        {"approve a device", of_device("approve"), [this] { return lives(accessed(ask(web, poll(waiting)))); }},
        {"deny a device", of_device("deny"), [this] { return ask(web, poll(waiting)).body.find("access_denied") != std::string::npos; }},
        {"poll",
         [this](int honest, const std::string& lie) {
           EXPECT_EQ(ask(web, decide("approve")).status, 204);
           return send(web, poll(waiting), honest, lie);
         },
         [this] { return lives(accessed(last)); }},
    };
  }

  std::string user = "alice";
  int users = 0;
  Signed other;
  Waiting waiting;
  Response last;
};

TEST_F(Halfway, WhatNoScriptForDevicesAnswersIsA503) {
  for (const std::string& lie : {std::string(":1\r\n"), std::string("*0\r\n"), bulk("1"), array({bulk("1")}), array({array({":1\r\n"})})}) {
    SCOPED_TRACE(lie);
    begin();
    EXPECT_EQ(ask_lying(web, form("/oauth/device_authorization", "client_id=cli"), 0, lie).status, 503);
    EXPECT_EQ(ask_lying(web, form("/oauth/device_authorization", "client_id=cli"), 1, lie).status, 503);
    EXPECT_EQ(ask_lying(web, decide("deny"), 0, lie).status, 503);
    EXPECT_EQ(ask_lying(web, poll(waiting), 0, lie).status, 503);
  }
  const std::string drawn_twice = array({":0\r\n"});
  EXPECT_EQ(ask_lying(web, form("/oauth/device_authorization", "client_id=cli"), 1, drawn_twice).status, 503);
  const std::string approved = ":4\r\n";
  for (const std::string& lie : {array({approved}), array({approved, bulk("alice")}), array({approved, bulk("alice"), bulk(mine.id)}),
                                 array({approved, ":0\r\n", bulk("alice"), bulk("x")}), array({approved, ":0\r\n", "$-1\r\n", bulk(mine.id)})}) {
    SCOPED_TRACE(lie);
    EXPECT_EQ(ask_lying(web, poll(waiting), 0, lie).status, 503);
  }
}

TEST_F(Halfway, AUseWhoseNotingIsAnsweredOddlyHarmsNobody) {
  for (const std::string& lie : {array({":1\r\n", "*0\r\n"}), array({":1\r\n", "*0\r\n", bulk("x")}), std::string("-ERR no\r\n")}) {
    SCOPED_TRACE(lie);
    begin();
    redis.client()({"HSET", key_of(mine), "seen", "1"});
    static_cast<void>(has_lied());
    operators.write(http1::request("GET", "/internal/v1/check", mine.token));
    bool lied = false;
    pass_until([&] { return lied = lied || has_lied(), lied && operators.readable(); }, "EVAL", 0, lie);
    EXPECT_EQ(operators.read_response().status, 204);
    EXPECT_TRUE(lives(mine.token));
  }
}

TEST_F(Halfway, WhatIsSaidToBeDoneIsDoneAndAllElseIsA503) {
  for (const Request& request : requests()) {
    for (const std::string lie : {"", "-ERR no\r\n"}) {
      for (int honest = 0;; ++honest) {
        SCOPED_TRACE(std::string(request.what) + ", " + std::to_string(honest) + " times honest, then " + (lie.empty() ? "gone" : "an error"));
        begin();
        static_cast<void>(has_lied());
        last = request.send(honest, lie);
        const bool lied = has_lied();
        ASSERT_LT(honest, 50);
        if (last.status == 503) {
          EXPECT_TRUE(lied);
        } else {
          ASSERT_LT(last.status, 300) << last.body;
          await_redis();
          EXPECT_TRUE(request.is_done()) << last.status << " " << last.body;
        }
        if (!lied) break;
      }
    }
  }
}

}  // namespace
}  // namespace sessiond::test
