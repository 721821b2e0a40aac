// The audit trail: who did what to whose session, and when.
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "integration/document.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

using Record = std::map<std::string, std::string>;

// The lines of a log, each of which is a JSON object of texts.
std::vector<Record> lines_of(const std::string& log) {
  std::vector<Record> records;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    const Document document(line);
    Record& record = records.emplace_back();
    for (const auto& member : document.root().GetObject()) record[member.name.GetString()] = member.value.GetString();
  }
  return records;
}

// Those that are records of the trail.
std::vector<Record> records_of(const std::string& log) {
  std::vector<Record> records = lines_of(log);
  std::erase_if(records, [](const Record& record) { return !record.contains("event"); });
  return records;
}

class Trail : public ::testing::Test {
 protected:
  static Signed minted_from(const Response& response) { return signed_by(response); }

  // The records since the last time, which are so many.
  std::vector<Record> next(std::size_t count) {
    std::vector<Record> records;
    site.worker.process().wait_until(
        [&] {
          records = records_of(site.worker.log());
          return records.size() >= seen_ + count;
        },
        "the records");
    records.erase(records.begin(), records.begin() + static_cast<long>(seen_));
    seen_ += records.size();
    EXPECT_EQ(records.size(), count) << site.worker.log();
    records.resize(count);
    return records;
  }
  Record one() { return next(1).front(); }

  Response as_actor(const std::string& method, const std::string& path, const std::string& body = {}) {
    std::vector<std::string> headers = {"X-Session-Actor: op-7", "X-Request-Id: 0123456789abcdef0123456789abcdef"};
    if (!body.empty()) headers.emplace_back("Content-Type: application/json");
    return site.operators.send({method, path, headers, body});
  }

  Site site{{"--log-format", "json", "--bar-users", "--device-login", "https://example.org/devices", "--max-web-sessions", "3"}};

 private:
  std::size_t seen_ = 0;
};

TEST_F(Trail, TellsOfASignInWhoWhatWhereAndByWhom) {
  const Response minted = as_actor("POST", "/internal/v1/sessions", minting_json(user_json("alice"), {.user_agent = "Firefox"}));
  ASSERT_EQ(minted.status, 201) << minted.body;
  const std::string id = signed_by(minted).id;
  Record record = one();
  EXPECT_EQ(record.extract("time").mapped().size(), 24U);
  const Record expected = {{"level", "info"},         {"message", "minted web session " + id},
                           {"event", "minted"},       {"reason", "login"},
                           {"user", "alice"},         {"session", id},
                           {"kind", "web"},           {"actor", "op-7"},
                           {"user_agent", "Firefox"}, {"request_id", "0123456789abcdef0123456789abcdef"}};
  EXPECT_EQ(record, expected);
}

TEST_F(Trail, TellsOfEachSessionThatItsPersonEndsAndWhy) {
  const Signed mine = site.mint("alice", {.kind = "cli"});
  const Signed one_more = site.mint("alice");
  const Signed third = site.mint("alice");
  const Signed fourth = site.mint("alice");
  next(4);
  ASSERT_EQ(site.revoke(mine, one_more.id).status, 204);
  Record record = one();
  EXPECT_EQ(record["event"] + " " + record["reason"], "ended revoked");
  EXPECT_EQ(record["message"], "revoked session " + one_more.id);
  EXPECT_EQ(record["session"], one_more.id);
  EXPECT_EQ(record["kind"], "web") << "of the session that ended, not of the one that asked";
  EXPECT_EQ(record["user"], "alice");
  EXPECT_EQ(record["actor"], "alice");
  EXPECT_EQ(record["request_id"].size(), 32U) << "nginx's";

  ASSERT_EQ(site.web.send({"DELETE", "/api/v1/auth/sessions", {mine.bearer()}, {}}).status, 200);
  std::vector<Record> others = next(2);
  EXPECT_EQ(others[0]["session"], third.id);
  EXPECT_EQ(others[1]["session"], fourth.id);
  for (Record& other : others) EXPECT_EQ(other["reason"] + other["kind"] + other["actor"], "otherswebalice");

  ASSERT_EQ(site.web.send({"POST", "/api/v1/auth/logout", {mine.bearer()}, {}}).status, 204);
  record = one();
  EXPECT_EQ(record["reason"], "logout");
  EXPECT_EQ(record["session"], mine.id);
  EXPECT_EQ(record["kind"], "cli");
}

TEST_F(Trail, TellsWhichSessionsASignInEnded) {
  const Signed first = site.mint("alice");
  const Signed second = site.mint("alice");
  site.mint("alice");
  next(3);
  site.mint("alice");
  Record record = next(2)[1];
  EXPECT_EQ(record["event"] + " " + record["reason"], "ended cap");
  EXPECT_EQ(record["session"], first.id);
  EXPECT_EQ(record["user"], "alice");
  site.mint("alice", {.kind = "cli", .replaces = second.id});
  record = next(2)[1];
  EXPECT_EQ(record["event"] + " " + record["reason"], "ended replaced");
  EXPECT_EQ(record["session"], second.id);
  EXPECT_EQ(record["kind"], "web");
}

TEST_F(Trail, TellsHowACliWasConnectedAndByWhom) {
  const Signed mine = site.mint("alice");
  next(1);
  const Response granted = site.web.send({"POST", "/api/v1/auth/cli/request-grant", {mine.bearer()}, {}});
  const std::string code = Document(granted.body)["code"].GetString();
  Record record = one();
  EXPECT_EQ(record["event"], "granted");
  EXPECT_EQ(record["session"], mine.id);
  const Response redeemed = site.web.send({"POST", "/api/v1/auth/cli/redeem", {"Content-Type: application/json"}, "{\"code\":\"" + code + "\"}"});
  ASSERT_EQ(redeemed.status, 200) << redeemed.body;
  record = one();
  EXPECT_EQ(record["event"] + " " + record["reason"], "minted code");
  EXPECT_EQ(record["user"] + " " + record["kind"], "alice cli");
  EXPECT_EQ(site.worker.log().find(code), std::string::npos);

  const auto begin = [&] { return site.web.send({"POST", "/oauth/device_authorization", {"Content-Type: application/x-www-form-urlencoded"}, "client_id=tv"}); };
  const auto decide = [&](const std::string& how, const std::string& user_code) {
    return site.web.send({"POST", "/api/v1/auth/devices/" + how, {mine.bearer(), "Content-Type: application/json"}, "{\"code\":\"" + user_code + "\"}"}).status;
  };
  const Response waiting = begin();
  const Document codes(waiting.body);
  ASSERT_EQ(decide("approve", codes["user_code"].GetString()), 204);
  EXPECT_EQ(one()["event"], "approved");
  const std::string form = "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=tv&device_code=" + std::string(codes["device_code"].GetString());
  const Response token = site.web.send({"POST", "/oauth/token", {"Content-Type: application/x-www-form-urlencoded"}, form});
  ASSERT_EQ(token.status, 200) << token.body;
  record = one();
  EXPECT_EQ(record["reason"] + " " + record["user"], "device alice");

  ASSERT_EQ(decide("deny", Document(begin().body)["user_code"].GetString()), 204);
  record = one();
  EXPECT_EQ(record["event"] + " " + record["actor"], "denied alice");

  const std::string access = Document(token.body)["access_token"].GetString();
  ASSERT_EQ(site.web.send({"POST", "/oauth/revoke", {"Content-Type: application/x-www-form-urlencoded"}, "token=" + access}).status, 200);
  record = one();
  EXPECT_EQ(record["event"] + " " + record["reason"], "ended token");
  EXPECT_EQ(site.worker.log().find(access), std::string::npos);
}

TEST_F(Trail, NamesEachSessionThatAnOperatorEndsAndTheOperator) {
  const Signed first = site.mint("ülle/1");
  const Signed second = site.mint("ülle/1", {.kind = "cli"});
  const Signed third = site.mint("ülle/1", {.user_agent = "Mars"});
  next(3);
  const std::string sessions = "/internal/v1/users/%C3%BClle%2F1/sessions";
  ASSERT_EQ(as_actor("DELETE", sessions + "/" + first.id).status, 204);
  Record record = one();
  EXPECT_EQ(record["event"] + " " + record["reason"] + " " + record["actor"], "ended operator op-7");
  EXPECT_EQ(record["session"] + record["kind"] + record["user"], first.id + "webülle/1");
  ASSERT_EQ(as_actor("DELETE", sessions + "?kind=cli").status, 200);
  record = one();
  EXPECT_EQ(record["session"] + record["kind"] + record["user"], second.id + "cliülle/1");
  ASSERT_EQ(as_actor("DELETE", sessions + "?user_agent=mars").status, 200);
  record = one();
  EXPECT_EQ(record["session"] + record["reason"] + record["actor"], third.id + "operatorop-7");
}

TEST_F(Trail, TellsWhatAnOperatorDoesToAUser) {
  const Signed session = site.mint("alice");
  next(1);
  const std::string user = "/internal/v1/users/alice";
  ASSERT_EQ(as_actor("PUT", user, user_json("alice", "Alice")).status, 204);
  Record record = one();
  EXPECT_EQ(record["event"] + record["user"] + record["actor"], "user-changedaliceop-7");
  ASSERT_EQ(as_actor("POST", "/internal/v1/sessions/" + session.id + "/reauthenticated", R"({"user_id":"alice"})").status, 204);
  record = one();
  EXPECT_EQ(record["event"] + record["session"], "reauthenticated" + session.id);
  ASSERT_EQ(as_actor("POST", user + "/disable").status, 200);
  std::vector<Record> both = next(2);
  EXPECT_EQ(both[0]["event"] + both[0]["reason"] + both[0]["session"], "endeddisabled" + session.id);
  EXPECT_EQ(both[1]["event"] + both[1]["user"], "user-disabledalice");
  ASSERT_EQ(as_actor("POST", user + "/enable").status, 204);
  EXPECT_EQ(one()["event"], "user-enabled");
}

TEST_F(Trail, NamesTheOperatorWhoActsAsSomebodyElse) {
  const Signed theirs = site.mint("alice", {.impersonator = "op-9"});
  Record record = one();
  EXPECT_EQ(record["reason"] + " " + record["user"] + " " + record["actor"], "impersonation alice op-9");
  ASSERT_EQ(site.web.send({"POST", "/api/v1/auth/logout", {theirs.bearer()}, {}}).status, 204);
  record = one();
  EXPECT_EQ(record["reason"] + " " + record["user"] + " " + record["actor"], "logout alice op-9");
}

TEST_F(Trail, TellsOfARenamingAndHoldsNothingOfWhatIsNotThere) {
  const Signed mine = site.mint("alice");
  next(1);
  EXPECT_EQ(site.revoke(mine, "00000000-0000-7000-8000-000000000000").status, 404);
  Response renamed = site.web.send({"PATCH", "/api/v1/auth/sessions/" + mine.id, {mine.bearer(), "Content-Type: application/json"}, R"({"name":"work"})"});
  EXPECT_EQ(renamed.status, 204);
  Record record = one();
  EXPECT_EQ(record["event"] + record["session"] + record["actor"], "renamed" + mine.id + "alice");
  EXPECT_EQ(record["message"], "named session " + mine.id);
  renamed = site.web.send({"PATCH", "/api/v1/auth/sessions/" + mine.id, {mine.bearer(), "Content-Type: application/json"}, R"({"name":null})"});
  EXPECT_EQ(renamed.status, 204);
  EXPECT_EQ(one()["message"], "unnamed session " + mine.id);
}

// Whoever hammers on a session's id fills no disk: the records of a second say how many there were.
TEST(TrailOfRefusals, TellsOfAWrongSecretOfALivingSessionAndOnceASecondOnly) {
  Site site({"--log-format", "json", "--threads", "1"});
  const Signed mine = site.mint("alice");
  const Signed ended = site.mint("alice");
  ASSERT_EQ(site.revoke(mine, ended.id).status, 204);
  const auto with_wrong_secret = [](Signed session) {
    session.token.back() = session.token.back() == 'A' ? 'Q' : 'A';
    return session;
  };
  const auto refused = [&] {
    std::vector<Record> records = records_of(site.worker.log());
    std::erase_if(records, [](const Record& record) { return record.at("event") != "refused"; });
    return records;
  };
  EXPECT_EQ(site.list(with_wrong_secret(ended)).status, 401) << "of a session that has ended nothing is told";
  const Signed wrong = with_wrong_secret(mine);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(site.list(wrong).status, 401);
  site.worker.process().wait_until([&] { return !refused().empty(); }, "a record");
  const std::size_t before = refused().size();
  EXPECT_LT(before, 20U);
  HttpPeer operators(site.worker.internal_socket());
  site.worker.process().wait_until(
      [&] {
        // Whoever introspects it hears `false`, but it is as wrong.
        const std::string form = "token=" + wrong.token;
        EXPECT_EQ(operators.ask(http1::request({{"REQUEST_METHOD", "POST"}, {"REQUEST_URI", "/internal/v1/introspect"}, {"CONTENT_TYPE", "application/x-www-form-urlencoded"}}, form)).status, 200);
        return refused().size() > before;
      },
      "the next second");
  std::vector<Record> records = refused();
  EXPECT_EQ(records[0]["reason"] + records[0]["session"] + records[0]["kind"], "wrong_secret" + mine.id + "web");
  EXPECT_EQ(records[0]["message"], "refused a token of session " + mine.id + ": its secret is wrong");
  EXPECT_NE(records[1]["message"].find(" more before it were not noted"), std::string::npos) << records[1]["message"];
  EXPECT_EQ(site.worker.log().find(wrong.token), std::string::npos);
}

TEST_F(Trail, HasTheTraceOfTheRequestAndNoTextThatIsNone) {
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  for (const std::string& sent : {trace, trace + "-more", std::string("x")}) {
    const Signed mine = site.mint("alice");
    next(1);
    ASSERT_EQ(site.web.send({"POST", "/api/v1/auth/logout", {mine.bearer(), "traceparent: " + sent}, {}}).status, 204);
    EXPECT_EQ(one()["traceparent"], sent == trace ? trace : "");
  }
}

TEST_F(Trail, CannotBeForgedByAUserIdOrAnActor) {
  const std::string user = "alice\\n2026-11-29 info \\u001fevent=ended\\\" actor=root";
  const std::string body = R"({"kind":"web","user":{"id":")" + user + R"(","username":"a","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}})";
  ASSERT_EQ(as_actor("POST", "/internal/v1/sessions", body).status, 201);
  Record record = one();
  EXPECT_EQ(record["event"], "minted");
  EXPECT_EQ(record["actor"], "op-7");
  EXPECT_EQ(record["user"], "alice\\x0a2026-11-29 info \\x1fevent=ended\" actor=root");
}

// As record-ip has it for the store: what is not kept there is not kept in a log.
TEST(TrailOfAddresses, HasNoMoreOfAnAddressThanTheStore) {
  for (const auto& [how, expected] : {std::pair<std::string, std::string>{"full", "203.0.113.7"}, {"truncated", "203.0.113.0/24"}, {"off", ""}}) {
    Site site({"--log-format", "json", "--record-activity", "--record-ip", how});
    const std::string user = user_json("alice");
    const std::string body = R"({"kind":"web","ip":"203.0.113.7","user":)" + user + "}";
    const Response minted = site.post_internal("/internal/v1/sessions", body);
    ASSERT_EQ(minted.status, 201) << minted.body;
    site.worker.process().wait_until([&] { return !records_of(site.worker.log()).empty(); }, "the record");
    Record record = records_of(site.worker.log()).front();
    EXPECT_EQ(record["address"], expected);
  }
}

TEST(TrailOfCommands, NamesTheSessionAndWhoRanTheCommand) {
  Site site;
  const Signed first = site.mint("alice");
  const Signed second = site.mint("alice", {.kind = "cli"});
  const Signed third = site.mint("bob");
  int runs = 0;
  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.begin(), worker_program());
    words.insert(words.end(), {"--config", "/dev/null", "--redis", site.redis.socket(), "--log-format", "json", "--bar-users"});
    Process process(words, site.folder / ("said-" + std::to_string(++runs)), {"SUDO_USER=carol"});
    EXPECT_EQ(process.wait(), 0) << process.log();
    std::string json;
    std::istringstream lines(process.log());
    for (std::string line; std::getline(lines, line);) json += line.starts_with('{') ? line + "\n" : "";
    return records_of(json);
  };
  const std::string me = geteuid() == 0 ? "carol" : "";
  std::vector<Record> records = run({"revoke", "alice", first.id});
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0]["event"] + records[0]["reason"] + records[0]["session"] + records[0]["user"], "endedoperator" + first.id + "alice");
  if (!me.empty()) EXPECT_EQ(records[0]["actor"], me);
  else EXPECT_NE(records[0]["actor"], "");
  records = run({"revoke", "alice", "--all"});
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0]["session"] + records[0]["kind"], second.id + "cli");
  records = run({"revoke", "--everybody", "--yes"});
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0]["session"] + records[0]["kind"] + records[0]["user"], third.id + "webbob");
  records = run({"mint", "alice", "--token-file", site.folder / "token"});
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0]["event"] + records[0]["reason"] + records[0]["user"], "mintedoperatoralice");
  records = run({"disable", "alice"});
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0]["event"] + records[0]["reason"], "endeddisabled");
  EXPECT_EQ(records[1]["event"], "user-disabled");
  records = run({"enable", "alice"});
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0]["event"], "user-enabled");
}

TEST(TrailAsText, KeepsTheWordsForPeopleAndAddsTheFields) {
  Site site;
  const Signed mine = site.mint("alice", {.user_agent = "Firefox on \"Mars\""});
  EXPECT_TRUE(site.worker.says("minted web session " + mine.id + " event=minted reason=login user=alice session=" + mine.id +
                               R"( kind=web user_agent="Firefox on \"Mars\"" request_id=)"))
      << site.worker.log();
}

TEST(LogAsJson, IsAnObjectALineFromTheFirstToTheLast) {
  Site site({"--log-format", "json"});
  site.redis.crash();
  site.worker.process().wait_until([&] { return site.worker.log().find("no Redis at") != std::string::npos; }, "the outage");
  EXPECT_EQ(site.worker.process().stop(), 0);
  const std::vector<Record> lines = lines_of(site.worker.log());
  ASSERT_GE(lines.size(), 3U);
  for (Record line : lines) {
    EXPECT_TRUE(line.contains("time") && line.contains("message")) << site.worker.log();
    EXPECT_NE(std::string("info warning error").find(line["level"]), std::string::npos) << line["level"];
  }
}

}  // namespace
}  // namespace sessiond::test
