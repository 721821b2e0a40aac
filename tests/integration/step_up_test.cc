// How a person signed in, and how fresh that is: what minting and a new proof tell, and what a check asks.
#include <gtest/gtest.h>

#include "base/clock.h"
#include "integration/applications.h"
#include "integration/crowd.h"
#include "integration/document.h"
#include "integration/redis_client.h"

namespace sessiond::test {
namespace {

using Headers = std::vector<std::string>;

constexpr const char* kByPassword = R"("amr":["pwd"],"acr":"1fa")";
constexpr const char* kBoth = R"("amr":["pwd","otp"],"acr":"2fa")";
constexpr const char* kInsufficient = R"(Bearer error="insufficient_user_authentication")";

std::string proven_at(Millis time, const std::string& more = "") { return R"("auth_time":")" + rfc3339(time).string() + "\"" + (more.empty() ? "" : "," + more); }

class Proofs : public SiteTest {
 protected:
  Response check(const Signed& caller, const std::string& query = "") {
    return site.operators.send({"GET", "/internal/v1/check" + query, {caller.bearer()}, {}});
  }
  Response prove(const Signed& session, const std::string& proof, const std::string& user_id) {
    return site.post_internal("/internal/v1/sessions/" + session.id + "/reauthenticated", R"({"user_id":")" + user_id + "\"" + (proof.empty() ? "" : "," + proof) + "}");
  }
  Response prove(const Signed& session, const std::string& proof = "") { return prove(session, proof, user); }
  // What the check says of the proof: time, methods, class.
  std::vector<std::string> proof_of(const Signed& session) {
    const Response response = check(session);
    EXPECT_EQ(response.status, 204) << response.body;
    std::vector<std::string> said;
    for (const char* name : {"x-session-auth-time", "x-session-amr", "x-session-acr"}) said.push_back(response.header(name).value_or("none"));
    return said;
  }
  void expect_insufficient(const Response& response, const std::string& demand) {
    expect_problem(response, 401, "unauthorized");
    EXPECT_EQ(response.header("www-authenticate"), kInsufficient + demand);
    for (const char* name : {"x-session-id", "x-session-user", "x-session-acr"}) EXPECT_EQ(response.header(name), std::nullopt);
  }

  RedisClient redis = site.redis.client();
};

TEST_F(Proofs, AreToldByCheckListAndIntrospectionAsMintingHadThem) {
  const Signed session = site.mint(user, {.proof = R"("auth_time":"2026-01-02T04:04:05.678901+01:00","amr":["pwd","otp"],"acr":"urn:x:2fa")"});
  EXPECT_EQ(proof_of(session), (Headers{"2026-01-02T03:04:05.678Z", "pwd,otp", "urn:x:2fa"}));
  for (const std::string& text : {site.list(session).body, site.operators.send({"GET", "/internal/v1/users/" + user + "/sessions", {}, {}}).body}) {
    const Document list(text);
    EXPECT_STREQ(list.root()[0]["auth_time"].GetString(), "2026-01-02T03:04:05.678Z");
    EXPECT_STREQ(list.root()[0]["acr"].GetString(), "urn:x:2fa");
    ASSERT_EQ(list.root()[0]["amr"].Size(), 2U);
    EXPECT_STREQ(list.root()[0]["amr"][1].GetString(), "otp");
  }
  const Document told(site.operators.send({"POST", "/internal/v1/introspect", {"Content-Type: application/x-www-form-urlencoded"}, "token=" + session.token}).body);
  EXPECT_EQ(told["auth_time"].GetInt64(), 1'767'323'045);
  EXPECT_STREQ(told["acr"].GetString(), "urn:x:2fa");
}

TEST_F(Proofs, ThatNobodyToldShowNothingAndStoreNothing) {
  for (const std::string& proof : {std::string(), std::string(R"("auth_time":null,"amr":null,"acr":null)"), std::string(R"("amr":[],"acr":"")")}) {
    const Signed session = site.mint(user, {.proof = proof});
    EXPECT_EQ(proof_of(session), (Headers{"none", "none", "none"}));
    EXPECT_FALSE(redis.hash(key_of(session)).contains("auth"));
    const std::string list = site.list(session).body;
    for (const char* member : {"auth_time", "amr", "acr"}) EXPECT_EQ(list.find(member), std::string::npos) << list;
  }
  EXPECT_EQ(proof_of(site.mint(user, {.proof = R"("acr":"2fa")"})), (Headers{"none", "none", "2fa"}));
}

TEST_F(Proofs, ThatCannotBeOneAreRefusedAtMintingAndLater) {
  const Signed session = site.mint(user, {.proof = kByPassword});
  const auto stored = redis.hash(key_of(session));
  const std::string word(65, 'a');
  for (const std::string& proof :
       {std::string(R"("auth_time":"yesterday")"), std::string(R"("auth_time":1767323045)"), std::string(R"("auth_time":"2026-02-30T00:00:00Z")"), std::string(R"("auth_time":"1969-12-31T23:59:59Z")"),
        std::string(R"("amr":"pwd")"), std::string(R"("amr":["pwd",1])"), std::string(R"("amr":[""])"), std::string(R"("amr":["a,b"])"), std::string(R"("amr":["a b"])"), std::string(R"("amr":["a\r\nX-Session-User: root"])"),
        std::string(R"("amr":[["pwd"]])"), std::string(R"("amr":["a","b","c","d","e","f","g","h","i","j","k"])"), R"("amr":[")" + word + "\"]", std::string(R"("acr":2)"), std::string(R"("acr":"a b")"),
        std::string(R"("acr":"a\"b")"), std::string(R"("acr":"a,b")"), std::string(R"("acr":"zë")"), R"("acr":")" + word + "\"", std::string(R"("acr":["2fa"])")}) {
    expect_problem(site.post_internal("/internal/v1/sessions", minting_json(user_json(user), {.proof = proof})), 400, "bad_request");
    expect_problem(prove(session, proof), 400, "bad_request");
  }
  EXPECT_EQ(redis.hash(key_of(session)), stored);
  EXPECT_EQ(ids_in(site.list(session)).size(), 1U);
}

TEST_F(Proofs, YetToComeAreOfNowByRedissClock) {
  const Millis before = redis.now();
  const Signed session = site.mint(user, {.proof = R"("auth_time":"2999-01-01T00:00:00Z","amr":["pwd"])"});
  const Signed other = site.mint(user);
  ASSERT_EQ(prove(other, R"("auth_time":"2999-01-01T00:00:00Z")").status, 204);
  for (const Signed& proven : {session, other}) {
    const Millis said = parse_rfc3339(proof_of(proven)[0]).value();
    EXPECT_GE(said, before);
    EXPECT_LE(said, redis.now());
    EXPECT_EQ(check(proven, "?max_age=300").status, 204);
  }
  EXPECT_EQ(proof_of(session)[1], "pwd");
}

TEST_F(Proofs, AreAskedForByAgeAndByClass) {
  const Signed fresh = site.mint(user, {.proof = proven_at(redis.now() - 200'000, kBoth)});
  const Signed stale = site.mint(user, {.proof = proven_at(redis.now() - 301'000, kBoth)});
  const Signed single = site.mint(user, {.proof = proven_at(redis.now(), kByPassword)});
  const Signed timeless = site.mint(user, {.proof = kBoth});
  const Signed untold = site.mint(user);
  for (const char* query : {"?max_age=300", "?acr=2fa", "?acr=phr,2fa", "?max_age=300&acr=2fa"}) {
    const Response response = check(fresh, query);
    EXPECT_EQ(response.status, 204) << query << response.body;
    EXPECT_EQ(response.header("x-session-acr"), "2fa");
  }
  for (const Signed& session : {stale, timeless, untold}) expect_insufficient(check(session, "?max_age=300"), R"(, max_age="300")");
  for (const Signed& session : {single, untold}) expect_insufficient(check(session, "?acr=phr,2fa"), R"(, acr_values="phr 2fa")");
  for (const Signed& session : {stale, timeless, untold, single}) expect_insufficient(check(session, "?max_age=300&acr=2fa"), R"(, max_age="300", acr_values="2fa")");
  EXPECT_EQ(check(stale, "?max_age=3000").status, 204);
  EXPECT_EQ(check(stale).status, 204);
}

TEST_F(Proofs, AreAskedForBesideGroupsAndOnlyOfMembers) {
  std::string json = user_json(user);
  json.insert(json.size() - 1, R"(,"groups":["admin"])");
  const Signed member = signed_by(site.post_internal("/internal/v1/sessions", minting_json(json, {.proof = proven_at(redis.now(), kByPassword)})));
  EXPECT_EQ(check(member, "?groups=admin&max_age=300").status, 204);
  expect_insufficient(check(member, "?groups=admin&acr=2fa"), R"(, acr_values="2fa")");
  expect_problem(check(member, "?acr=2fa&groups=ops"), 403, "forbidden");
}

TEST_F(Proofs, AreNoMatterOfWhoHasNoLivingSession) {
  const Signed session = site.mint(user, {.proof = proven_at(redis.now(), kBoth)});
  ASSERT_EQ(site.revoke(session, session.id).status, 204);
  EXPECT_EQ(check(session, "?max_age=300").header("www-authenticate"), R"(Bearer error="invalid_token")");
  EXPECT_EQ(site.operators.send({"GET", "/internal/v1/check?acr=2fa", {}, {}}).header("www-authenticate"), "Bearer");
}

TEST_F(Proofs, AskedForInAMisspeltWayLetNobodyIn) {
  const Signed session = site.mint(user, {.proof = proven_at(redis.now(), kBoth)});
  for (const char* query : {"?max_age=", "?max_age=0", "?max_age=5m", "?max-age=300", "?acr=", "?acr=2fa&", "?acr=2fa&acr=1fa", "?max_age=300&x=1", "?acr_values=2fa"}) {
    expect_problem(check(session, query), 500, "internal_error");
  }
}

TEST_F(Proofs, OfACliAreNeverFresh) {
  expect_problem(site.post_internal("/internal/v1/sessions", minting_json(user_json(user), {.kind = "cli", .proof = proven_at(redis.now())})), 400, "bad_request");
  const Signed cli = site.mint(user, {.kind = "cli", .proof = kBoth});
  EXPECT_EQ(check(cli, "?acr=2fa").status, 204);
  expect_problem(prove(cli), 403, "forbidden");
  expect_insufficient(check(cli, "?max_age=300"), R"(, max_age="300")");
  // As another program could have stored it.
  redis({"HSET", key_of(cli), "auth", std::to_string(redis.now()) + " 2fa pwd"});
  EXPECT_EQ(proof_of(cli), (Headers{"none", "pwd", "2fa"}));
  expect_insufficient(check(cli, "?max_age=300&acr=2fa"), R"(, max_age="300", acr_values="2fa")");
}

TEST_F(Proofs, ThatAreDamagedAreNotKnown) {
  const Signed session = site.mint(user, {.proof = proven_at(redis.now(), kBoth)});
  for (const char* damaged : {"", "x", "9999999999999999999 2fa pwd", "1 2fa pwd\r\nX-Session-User: root", "1 2fa"}) {
    redis({"HSET", key_of(session), "auth", damaged});
    EXPECT_EQ(proof_of(session), (Headers{"none", "none", "none"})) << damaged;
    expect_insufficient(check(session, "?acr=2fa"), R"(, acr_values="2fa")");
    expect_insufficient(check(session, "?max_age=316224000"), R"(, max_age="316224000")");
  }
  ASSERT_EQ(prove(session, kBoth).status, 204);
  EXPECT_EQ(check(session, "?max_age=300&acr=2fa").status, 204);
}

TEST_F(Proofs, RaiseTheirOwnSessionAndNoOther) {
  const Signed session = site.mint(user, {.proof = proven_at(redis.now() - 400'000, kByPassword)});
  const Signed other = site.mint(user, {.proof = proven_at(redis.now() - 400'000, kByPassword)});
  const Millis before = redis.now();
  ASSERT_EQ(prove(session, kBoth).status, 204);
  const auto proof = proof_of(session);
  EXPECT_GE(parse_rfc3339(proof[0]).value(), before);
  EXPECT_LE(parse_rfc3339(proof[0]).value(), redis.now());
  EXPECT_EQ(proof[1], "pwd,otp");
  EXPECT_EQ(proof[2], "2fa");
  EXPECT_EQ(check(session, "?max_age=300&acr=2fa").status, 204);
  expect_insufficient(check(other, "?max_age=300&acr=2fa"), R"(, max_age="300", acr_values="2fa")");
}

// Else a password alone would make an old second factor new.
TEST_F(Proofs, LeaveNothingOfAnEarlierOne) {
  const Signed session = site.mint(user, {.proof = proven_at(redis.now() - 400'000, kBoth)});
  ASSERT_EQ(prove(session, R"("amr":["pwd"])").status, 204);
  EXPECT_EQ(check(session, "?max_age=300").status, 204);
  expect_insufficient(check(session, "?max_age=300&acr=2fa"), R"(, max_age="300", acr_values="2fa")");
}

TEST_F(Proofs, NeverGoBack) {
  const Millis time = redis.now() - 100'000;
  const Signed session = site.mint(user, {.proof = proven_at(time, kBoth)});
  const auto proof = proof_of(session);
  expect_problem(prove(session, proven_at(time - 1, kByPassword)), 409, "conflict");
  EXPECT_EQ(proof_of(session), proof);
  EXPECT_EQ(prove(session, proven_at(time, kByPassword)).status, 204);
  EXPECT_EQ(proof_of(session), (Headers{rfc3339(time).string(), "pwd", "1fa"}));
  EXPECT_EQ(prove(session, proven_at(time + 1, kBoth)).status, 204);
  EXPECT_EQ(proof_of(session)[0], rfc3339(time + 1));
  // A time yet to come, as a clock that was ahead could have stored it, is no proof, and stands in no one's way.
  redis({"HSET", key_of(session), "auth", std::to_string(redis.now() + 1'000'000) + " 2fa "});
  expect_insufficient(check(session, "?max_age=300"), R"(, max_age="300")");
  EXPECT_EQ(prove(session).status, 204);
  EXPECT_EQ(check(session, "?max_age=300").status, 204);
}

TEST_F(Proofs, MoveNoEndAndChangeNothingElse) {
  const Signed session = site.mint(user, {.ttl_seconds = 600});
  const long long end = redis({"PEXPIRETIME", key_of(session)}).integer;
  auto fields = redis.hash(key_of(session));
  ASSERT_EQ(prove(session, R"("auth_time":"2026-01-02T03:04:05.678Z","acr":"2fa")").status, 204);
  fields["auth"] = "1767323045678 2fa ";
  EXPECT_EQ(redis.hash(key_of(session)), fields);
  EXPECT_EQ(redis({"PEXPIRETIME", key_of(session)}).integer, end);
}

TEST_F(Proofs, AreNotForSessionsOfOthersNorForSuchAsAreGone) {
  const Signed session = site.mint(user);
  const Signed stranger = site.mint(user + "-stranger");
  const Signed ended = site.mint(user);
  ASSERT_EQ(site.revoke(session, ended.id).status, 204);
  const auto keys = redis.keys();
  const Response unknown = prove({"01890a5d-ac96-774b-bcce-b302099a8057", "", ""}, kBoth);
  expect_problem(unknown, 404, "not_found");
  for (const Signed& other : {stranger, ended, Signed{"no-uuid", "", ""}}) {
    const Response response = prove(other, kBoth);
    EXPECT_EQ(response.status, 404) << other.id;
    EXPECT_EQ(response.body, unknown.body);
  }
  EXPECT_EQ(prove(session, kBoth, user + "-stranger").status, 404);
  EXPECT_EQ(redis.keys(), keys) << "nothing comes back";
  EXPECT_EQ(proof_of(stranger), (Headers{"none", "none", "none"}));
}

TEST_F(Proofs, BringNothingBackThatEndsMeanwhile) {
  constexpr std::size_t kAtOnce = 64;
  TempDir folder;
  RedisServer server(folder);
  server.start();
  RedisClient store = server.client();
  Worker worker(folder, {"--threads", "2"});
  Crowd minters(worker.internal_socket(), kAtOnce);
  Crowd provers(worker.internal_socket(), kAtOnce);
  Crowd enders(worker.public_socket(), kAtOnce);
  const Signed mine = signed_by(HttpPeer(worker.internal_socket()).ask(minting_request(user)));
  for (std::size_t raced = 0; raced < races(10'000); raced += kAtOnce) {
    std::vector<std::string> revocations, proofs, keys = {"EXISTS"};
    for (const Response& response : minters.ask(minting_request(user))) {
      const Signed session = signed_by(response);
      if (revocations.size() % 4 == 0) store({"PEXPIRE", key_of(session), "1"});
      revocations.push_back(revocation_request(mine.token, session.id));
      proofs.push_back(http1::post("/internal/v1/sessions/" + session.id + "/reauthenticated", R"({"user_id":")" + user + R"(","acr":"2fa"})"));
      keys.push_back(key_of(session));
    }
    provers.send(proofs);
    enders.send(revocations);
    for (const Response& response : provers.read()) ASSERT_TRUE(response.status == 204 || response.status == 404) << response.body;
    for (const Response& response : enders.read()) ASSERT_TRUE(response.status == 204 || response.status == 404) << response.body;
    ASSERT_EQ(store(keys).integer, 0) << raced;
  }
}

TEST_F(Proofs, CostACheckNothingMoreUnlessAnAgeIsAskedFor) {
  const Signed session = site.mint(user, {.proof = proven_at(redis.now(), kBoth)});
  redis({"CONFIG", "RESETSTAT"});
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(check(session).status, 204);
    ASSERT_EQ(check(session, "?acr=2fa").status, 204);
  }
  EXPECT_EQ(redis.calls("hmget"), 20);
  EXPECT_EQ(redis.calls("time"), 0);
}

// A site with a page to sign in, and a location that wants a fresh proof with two factors.
struct SiteThatWantsMore : Applications {
  SiteThatWantsMore() : Applications("tests/integration/pages.conf", {{"#add_header Strict", "add_header Strict"}}, {"--login-url", "/login"}) {}
};

class StepUp : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { site_ = std::make_unique<SiteThatWantsMore>(); }
  static void TearDownTestSuite() { site_.reset(); }

  Response visit(const Signed& caller, const std::string& path = "/app/fresh/", Headers headers = {"Sec-Fetch-Mode: navigate"}) {
    headers.push_back(caller.cookie());
    return site.web.send({"GET", path, headers, {}});
  }
  Response prove(const std::string& user, const Signed& session, const std::string& proof) {
    return site.operators.send({"POST", "/internal/v1/sessions/" + session.id + "/reauthenticated", {"Content-Type: application/json"},
                                R"({"user_id":")" + user + "\"," + proof + "}"});
  }

  SiteThatWantsMore& site = *site_;

 private:
  static inline std::unique_ptr<SiteThatWantsMore> site_;
};

TEST_F(StepUp, SendsABrowserToSignInAndLetsItInOnceItHasProvenMore) {
  const Signed alice = site.mint("alice", {.proof = R"("auth_time":"2026-01-02T03:04:05Z","amr":["pwd"],"acr":"1fa")"});
  EXPECT_EQ(visit(alice, "/app/").status, 200);
  const Response sent = visit(alice, "/app/fresh/?x=1");
  EXPECT_EQ(sent.status, 302);
  EXPECT_EQ(sent.header("location"), "/login?rd=%2Fapp%2Ffresh%2F%3Fx%3D1&max_age=300&acr_values=2fa");
  EXPECT_EQ(visit(alice, "/app/fresh/nested/").status, 302);

  ASSERT_EQ(prove("alice", alice, R"("amr":["pwd","otp"],"acr":"2fa")").status, 204);
  for (const char* path : {"/app/fresh/?x=1", "/app/fresh/nested/"}) {
    const Response in = visit(alice, path);
    EXPECT_EQ(in.status, 200) << in.body;
    EXPECT_EQ(told(in, "X-Session-User"), "alice");
    EXPECT_EQ(told(in, "X-Session-Amr"), "pwd,otp");
    EXPECT_EQ(told(in, "X-Session-Acr"), "2fa");
    EXPECT_TRUE(told(in, "X-Session-Auth-Time").value_or("").ends_with("Z"));
  }
}

TEST_F(StepUp, SaysWhatIsWantedBesideTheLongestAddress) {
  const Signed alice = site.mint("alice");
  EXPECT_EQ(visit(alice, "/app/fresh/?" + std::string(4000, 'a')).header("location"), "/login?rd=%2Fapp%2Ffresh%2F%3F" + std::string(4000, 'a') + "&max_age=300&acr_values=2fa");
  EXPECT_EQ(visit(alice, "/app/fresh/?" + std::string(7000, 'a')).header("location"), "/login?rd=&max_age=300&acr_values=2fa");
}

TEST_F(StepUp, TellsAScriptWhatIsWanted) {
  const Signed alice = site.mint("alice", {.proof = kByPassword});
  const Response response = visit(alice, "/app/fresh/", {"Sec-Fetch-Mode: cors"});
  expect_problem(response, 401, "unauthorized");
  EXPECT_EQ(response.header("www-authenticate"), std::string(kInsufficient) + R"(, max_age="300", acr_values="2fa")");
  const Response unsigned_one = site.web.send({"GET", "/app/fresh/", {}, {}});
  expect_problem(unsigned_one, 401, "unauthorized");
  EXPECT_EQ(unsigned_one.header("www-authenticate"), "Bearer");
}

TEST_F(StepUp, SendsWhoIsNotSignedInLikeAnywhere) {
  EXPECT_EQ(site.web.send({"GET", "/app/fresh/", {"Sec-Fetch-Mode: navigate"}, {}}).header("location"), "/login?rd=%2Fapp%2Ffresh%2F");
}

TEST_F(StepUp, LetsACliInNowhere) {
  const Signed cli = site.mint("alice", {.kind = "cli", .proof = kBoth});
  EXPECT_EQ(site.web.send({"GET", "/app/", {cli.bearer()}, {}}).status, 200);
  expect_problem(site.web.send({"GET", "/app/fresh/", {cli.bearer()}, {}}), 401, "unauthorized");
}

TEST_F(StepUp, TakesNoClientsWordForAProof) {
  const Signed alice = site.mint("alice");
  for (const char* name : {"X-Session-Auth-Time: 2999-01-01T00:00:00.000Z", "X-Session-Amr: otp", "X-Session-Acr: 2fa"}) {
    expect_problem(visit(alice, "/app/", {name}), 400, "bad_request");
  }
  for (const char* query : {"?max_age=99999999&acr=1fa", "?"}) EXPECT_EQ(visit(alice, std::string("/app/fresh/") + query).status, 302);
}

TEST_F(StepUp, IsNoAnswerToAnOutage) {
  SiteThatWantsMore broken;
  const Signed alice = broken.mint("alice", {.proof = kBoth});
  broken.redis.crash();
  const Response response = broken.web.send({"GET", "/app/fresh/", {"Sec-Fetch-Mode: navigate", alice.cookie()}, {}});
  expect_problem(response, 503, "internal_error");
}

}  // namespace
}  // namespace sessiond::test
