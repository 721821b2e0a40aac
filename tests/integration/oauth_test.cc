// A token in the words of OAuth: introspection (RFC 7662) and revocation (RFC 7009).
#include <gtest/gtest.h>

#include "integration/document.h"
#include "integration/redis_client.h"
#include "integration/site.h"
#include "session/token.h"

namespace sessiond::test {
namespace {

constexpr const char* kForm = "Content-Type: application/x-www-form-urlencoded";
constexpr const char* kInactive = R"({"active":false})";

Response introspect(Site& site, const std::string& token, const std::vector<std::string>& headers = {kForm}) {
  return site.operators.send({"POST", "/internal/v1/introspect", headers, "token_type_hint=access_token&token=" + token});
}

Response revoke(Site& site, const std::string& token, std::vector<std::string> headers = {}) {
  headers.emplace_back(kForm);
  return site.web.send({"POST", "/oauth/revoke", headers, "token=" + token + "&token_type_hint=refresh_token&client_id=x"});
}

std::string forged(const Signed& session) {
  Token token = parse_token(session.token).value();
  token.secret.bytes[31] ^= 1;
  return format_token(token);
}

std::string at(std::int64_t seconds) { return rfc3339(seconds * 1000).string().substr(0, 19); }

class Introspection : public SiteTest {};

TEST_F(Introspection, TellsWhoseALivingTokenIsWithMembersThatAreRegistered) {
  const Signed web = site.mint(user);
  const Signed cli = site.mint(user, {.kind = "cli"});
  const Document list(site.list(web).body);
  for (const auto& [session, kind] : {std::pair{web, "web"}, {cli, "cli"}}) {
    const Response response = introspect(site, session.token);
    ASSERT_EQ(response.status, 200);
    const Document answer(response.body);
    EXPECT_EQ(answer.root().MemberCount(), 8U) << response.body;
    EXPECT_TRUE(answer["active"].GetBool());
    EXPECT_EQ(answer["sub"].GetString(), user);
    EXPECT_STREQ(answer["username"].GetString(), "alice");
    EXPECT_STREQ(answer["token_type"].GetString(), "Bearer");
    EXPECT_STREQ(answer["client_id"].GetString(), kind);
    EXPECT_EQ(answer["jti"].GetString(), session.id);
    const Json& summary = list.root()[session.id == web.id ? 1 : 0];
    EXPECT_EQ(at(answer["iat"].GetInt64()), std::string(summary["created_at"].GetString()).substr(0, 19));
    EXPECT_EQ(at(answer["exp"].GetInt64()), std::string(summary["expires_at"].GetString()).substr(0, 19));
    EXPECT_EQ(response.body.find(session.token.substr(50)), std::string::npos);
  }
}

TEST_F(Introspection, TellsTheUserAsItIsNow) {
  const Signed session = site.mint(user);
  site.operators.send({"PUT", "/internal/v1/users/" + user, {"Content-Type: application/json"},
                       user_json(user, "\"another\"\\")});
  EXPECT_STREQ(Document(introspect(site, session.token).body)["username"].GetString(), "\"another\"\\");
}

TEST_F(Introspection, OfWhateverIsNoLivingTokenSaysOnlyThat) {
  const Signed kept = site.mint(user);
  const Signed revoked = site.mint(user);
  ASSERT_EQ(site.revoke(kept, revoked.id).status, 204);
  const Signed short_lived = site.mint(user, {.ttl_seconds = 1});
  site.worker.process().wait_until([&] { return site.list(short_lived).status == 401; }, "the end of a session");
  Token elsewhere = parse_token(kept.token).value();
  elsewhere.ref = ref_of("a stranger");
  Token other_kind = parse_token(kept.token).value();
  other_kind.kind = Kind::kCli;
  for (const std::string& token :
       {revoked.token, short_lived.token, forged(kept), format_token(elsewhere), format_token(other_kind), kept.id,
        kept.token + "+", "+" + kept.token, kept.token.substr(4), kept.token.substr(0, 89), kept.token + "%00", std::string("x"),
        std::string("%FF"), "Bearer+" + kept.token, std::string(15'000, 'a')}) {
    const Response response = introspect(site, token);
    EXPECT_EQ(response.status, 200) << token;
    EXPECT_EQ(response.body, kInactive) << token;
  }
  EXPECT_NE(introspect(site, kept.token).body, kInactive);
}

// Who may ask is decided by the socket. The client's own credential is none of a session's, good or bad.
TEST_F(Introspection, DoesNotLookAtTheClientsOwnCredential) {
  const Signed session = site.mint(user);
  const Signed other = site.mint(user);
  for (const std::string& header : {std::string("Authorization: Basic Z2F0ZXdheTpzZWNyZXQ="), other.bearer(),
                                    std::string("Authorization: Bearer nonsense"), other.cookie()}) {
    EXPECT_EQ(Document(introspect(site, session.token, {kForm, header}).body)["jti"].GetString(), session.id) << header;
    EXPECT_EQ(introspect(site, "x", {kForm, header}).body, kInactive) << header;
  }
}

TEST_F(Introspection, OfAFormThatIsNoneIsA400ThatAnOAuthClientCanRead) {
  const Signed session = site.mint(user);
  for (const std::string& form : {std::string(), std::string("token="), "tokens=" + session.token, "token=x&token=" + session.token,
                                  "token=%zz" + session.token, R"({"token":")" + session.token + R"("})"}) {
    for (const auto& [client, path] : {std::pair{&site.operators, "/internal/v1/introspect"}, {&site.web, "/oauth/revoke"}}) {
      const Response response = client->send({"POST", path, {kForm}, form});
      expect_problem(response, 400, "bad_request");
      const std::string error = Document(response.body)["error"].GetString();
      EXPECT_EQ(error.find_first_of("\"\\"), std::string::npos) << "RFC 6749, section 5.2: " << error;
      EXPECT_EQ(response.body.find(session.token.substr(50)), std::string::npos) << response.body;
    }
  }
  for (const char* type : {"Content-Type: application/json", "Content-Type: multipart/form-data; boundary=x", "Content-Type:"}) {
    expect_problem(introspect(site, session.token, {type}), 415, "bad_request");
    expect_problem(site.web.send({"POST", "/oauth/revoke", {type}, "token=" + session.token}), 415, "bad_request");
  }
  EXPECT_NE(introspect(site, session.token, {std::string(kForm) + "; charset=UTF-8"}).body, kInactive);
}

class Revocation : public SiteTest {};

TEST_F(Revocation, EndsJustTheSessionWhoseWholeTokenItHas) {
  const Signed kept = site.mint(user);
  for (const Signed& ended : {site.mint(user), site.mint(user, {.kind = "cli"})}) {
    const Response response = revoke(site, ended.token);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(response.header("set-cookie"), std::nullopt);
    EXPECT_EQ(site.list(ended).status, 401);
    EXPECT_TRUE(site.worker.says("revoked session " + ended.id + " by its token"));
  }
  EXPECT_EQ(ids_in(site.list(kept)), std::vector{kept.id});
}

TEST_F(Revocation, OfWhateverProvesNothingEndsNothingAndGetsTheSameAnswer) {
  const Signed kept = site.mint(user);
  const Signed ended = site.mint(user);
  const std::string answer = bytes_of(revoke(site, ended.token));
  for (const std::string& token : {ended.token, forged(kept), kept.id, kept.token.substr(0, 89), std::string("nonsense")}) {
    EXPECT_EQ(bytes_of(revoke(site, token)), answer) << token;
  }
  EXPECT_EQ(site.list(kept).status, 200);
}

// A form is what any site can have a browser send, cookie and all.
TEST_F(Revocation, FromAnotherSiteCanDoNothingWithTheCookie) {
  const Signed mine = site.mint(user);
  const Signed other = site.mint(user);
  const std::vector<std::string> from_elsewhere = {mine.cookie(), "Origin: https://evil.example", "Sec-Fetch-Site: cross-site"};
  EXPECT_EQ(revoke(site, "nonsense", from_elsewhere).status, 200);
  expect_problem(site.web.send({"POST", "/oauth/revoke", {mine.cookie(), kForm}, "token="}), 400, "bad_request");
  EXPECT_EQ(ids_in(site.list(mine)), (std::vector{other.id, mine.id}));

  const Response by_token = revoke(site, other.token, from_elsewhere);
  EXPECT_EQ(by_token.status, 200) << "whoever has the token needs no browser";
  EXPECT_EQ(by_token.header("set-cookie"), std::nullopt);
  EXPECT_EQ(ids_in(site.list(mine)), std::vector{mine.id});
  EXPECT_EQ(revoke(site, "nonsense", {mine.bearer()}).status, 200) << "nor does another credential count";
  EXPECT_EQ(site.list(mine).status, 200);
}

TEST_F(Revocation, ThatNginxItselfRefusesIsRefusedInShape) {
  const std::string long_text(40'000, 'x');
  expect_problem(site.web.send({"POST", "/oauth/revoke?" + long_text, {kForm}, "token=x"}), 414, "bad_request");
  expect_problem(site.web.send({"POST", "/oauth/revoke", {kForm, "X-Long: " + long_text}, "token=x"}), 400, "bad_request");
  expect_problem(site.web.send({"POST", "/oauth/revoke", {kForm}, "token=" + long_text}), 413, "bad_request");
}

TEST(OAuthInAnOutage, NobodySaysThatALivingTokenIsDead) {
  Site site({"--store-timeout", "1"});
  const Signed session = site.mint("alice");
  site.redis.crash();
  for (const Response& response : {introspect(site, session.token), revoke(site, session.token)}) {
    expect_problem(response, 503, "internal_error");
    EXPECT_EQ(response.header("retry-after"), "1");
  }
  EXPECT_EQ(introspect(site, "nonsense").body, kInactive) << "of this one no store knows more";
}

// What is stored is a session's and no user's: whose token it is nobody can say.
TEST(OAuthInAnOutage, NorWhenWhatIsStoredIsDamaged) {
  Site site;
  const Signed session = site.mint("alice");
  site.redis.client()({"HSET", keys_of(session) + "user", "json", "nonsense"});
  expect_problem(introspect(site, session.token), 503, "internal_error");
}

TEST(Introspecting, IsNotShutOutByThoseWhoAskForLists) {
  Site site({"--max-requests", "1", "--threads", "1", "--store-timeout", "5"});
  const Signed session = site.mint("alice");
  const std::string list = fastcgi::request("GET", "/api/v1/auth/sessions", session.token);
  FastCgiClient one(site.worker.public_socket());
  FastCgiClient one_more(site.worker.public_socket());
  site.redis.pause();
  EXPECT_TRUE(one.write(list));
  // With a token it could be the one, and wait for Redis.
  site.worker.process().wait_until([&] { return one_more.ask(fastcgi::request("GET", "/api/v1/u/me")).status == 503; }, "the bound");
  const Response response = introspect(site, session.token);
  EXPECT_EQ(response.status, 503) << "Redis does not answer";
  EXPECT_EQ(response.body.find("too many requests"), std::string::npos) << response.body;
  site.redis.resume();
}

}  // namespace
}  // namespace sessiond::test
