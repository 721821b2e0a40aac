// How many sessions a user may have, of each kind, and what is said of those that end for it.
#include <gtest/gtest.h>

#include "integration/crowd.h"
#include "integration/document.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

using Counts = std::map<int, std::size_t>;

std::string redeem(Site& site, const Signed& caller) {
  const std::vector<std::string> headers = {caller.bearer(), "Content-Type: application/json"};
  const Response grant = site.web.send({"POST", "/api/v1/auth/cli/request-grant", headers, {}});
  const std::string code = Document(grant.body)["code"].GetString();
  const Response redeemed = site.web.send(
      {"POST", "/api/v1/auth/cli/redeem", {"Content-Type: application/json"}, R"({"code":")" + code + R"("})"});
  return Document(redeemed.body)["token"].GetString();
}

void expect_ended(Site& site, const std::string& id, const std::string& reason) {
  const std::string text = "ended session " + id + ": " + reason;
  site.worker.process().wait_until([&] { return site.worker.log().find(text) != std::string::npos; }, text);
}

TEST(Caps, OfOneKindNeverEndASessionOfTheOther) {
  Site site({"--max-web-sessions", "2", "--max-cli-sessions", "3"});
  const Signed cli = site.mint("alice", {.kind = "cli"});
  std::vector<Signed> web;
  for (int i = 0; i < 5; ++i) web.push_back(site.mint("alice"));
  EXPECT_EQ(ids_in(site.list(cli)), (std::vector{web[4].id, web[3].id, cli.id}));
  for (int i = 0; i < 5; ++i) redeem(site, web[4]);
  EXPECT_EQ(site.list(web[3]).status, 200);
  EXPECT_EQ(site.list(web[4]).status, 200);
  EXPECT_EQ(site.list(cli).status, 401) << "the oldest of its own kind";
  EXPECT_EQ(ids_in(site.list(web[4])).size(), 5U);
}

TEST(Caps, CountOnlySessionsThatLive) {
  Site site({"--max-web-sessions", "2"});
  RedisClient redis = site.redis.client();
  const Signed kept = site.mint("alice");
  const Signed removed = site.mint("alice");
  redis({"DEL", key_of(removed)});
  const Signed newest = site.mint("alice");
  EXPECT_EQ(ids_in(site.list(newest)), (std::vector{newest.id, kept.id}));
}

TEST(Caps, SayInTheLogWhatTheyEnded) {
  Site site({"--max-web-sessions", "1", "--max-cli-sessions", "1", "--dev-login"});
  const Signed first = site.mint("alice");
  const Signed second = site.mint("alice");
  expect_ended(site, first.id, "the cap of web sessions is 1");

  const Signed cli = site.mint("alice", {.kind = "cli"});
  redeem(site, second);
  expect_ended(site, cli.id, "the cap of cli sessions is 1");

  const auto login = [&] {
    return site.web.send({"POST", "/api/v1/auth/dev-login", {"Content-Type: application/json"}, R"({"username":"bob"})"});
  };
  login();
  const auto dev = ids_in(site.operators.send({"GET", "/internal/v1/users/dev:bob/sessions", {}, {}}));
  ASSERT_EQ(dev.size(), 1U);
  login();
  expect_ended(site, dev[0], "the cap of web sessions is 1");
}

TEST(Caps, AReplacedSessionIsInTheLogToo) {
  Site site({"--max-web-sessions", "1"});
  const Signed old = site.mint("alice");
  const Signed fresh = site.mint("alice", {.replaces = old.id});
  expect_ended(site, old.id, "replaced by " + fresh.id);
  EXPECT_EQ(site.worker.log().find("the cap"), std::string::npos) << "the one replaced made room";

  const Signed foreign = site.mint("bob");
  site.mint("alice", {.replaces = foreign.id});
  expect_ended(site, fresh.id, "the cap of web sessions is 1");
  EXPECT_EQ(site.worker.log().find("ended session " + foreign.id), std::string::npos);
}

TEST(Caps, MintingOnTheCommandLineSaysWhatEnded) {
  Site site;
  const Signed old = site.mint("alice", {.kind = "cli"});
  Process mint({worker_program(), "mint", "alice", "--kind", "cli", "--max-cli-sessions", "1", "--token-file", site.folder / "token",
                "--config", "/dev/null", "--redis", site.redis.socket()},
               site.folder / "said");
  EXPECT_EQ(mint.wait(), 0);
  EXPECT_EQ(mint.said(), "sessiond: ended session " + old.id + ": the cap of cli sessions is 1\n");
}

TEST(Caps, OfBothKindsHoldExactlyInARace) {
  TempDir folder;
  RedisServer server(folder);
  server.start();
  Worker worker(folder, {"--threads", "4", "--max-web-sessions", "40", "--max-cli-sessions", "24"});
  RedisClient redis = server.client();
  Crowd many(worker.internal_socket(), 32);
  std::vector<std::string> requests;
  for (int i = 0; i < 32; ++i) {
    requests.push_back(http1::post("/internal/v1/sessions", minting_json(user_json("alice"), {.kind = i % 2 == 0 ? "web" : "cli"})));
  }
  for (std::size_t round = 1; round <= 6; ++round) {
    const auto minted = many.ask(requests);
    ASSERT_EQ(by_status(minted), (Counts{{201, 32}}));
    const std::string keys = keys_of(signed_by(minted[0]));
    std::map<std::string, std::size_t> kinds;
    for (const std::string& key : redis.keys(keys + "session:*")) ++kinds[redis.hash(key)["kind"]];
    EXPECT_EQ(kinds["web"], std::min<std::size_t>(40, 16 * round));
    EXPECT_EQ(kinds["cli"], std::min<std::size_t>(24, 16 * round));
    EXPECT_EQ(redis({"ZCARD", keys + "sessions"}).integer, static_cast<long long>(kinds["web"] + kinds["cli"]));
  }
}

}  // namespace
}  // namespace sessiond::test
