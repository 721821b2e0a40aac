// A signed-in person's own sessions: listing, revoking, logging out.
#include <gtest/gtest.h>

#include "integration/document.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

class Sessions : public SiteTest {};

TEST_F(Sessions, AreListedNewestFirstWithAllThatTheContractNames) {
  const Signed first = site.mint(user, {.user_agent = "Firefox \"128\""});
  const Signed second = site.mint(user, {.kind = "cli"});
  const Response response = site.list(first);
  ASSERT_EQ(response.status, 200);
  const Document list(response.body);
  ASSERT_EQ(list.root().Size(), 2U);
  const Json& newest = list.root()[0];
  EXPECT_STREQ(newest["id"].GetString(), second.id.c_str());
  EXPECT_STREQ(newest["kind"].GetString(), "cli");
  EXPECT_FALSE(newest["is_current"].GetBool());
  EXPECT_TRUE(newest["user_agent"].IsNull());
  const Json& own = list.root()[1];
  EXPECT_STREQ(own["id"].GetString(), first.id.c_str());
  EXPECT_STREQ(own["kind"].GetString(), "web");
  EXPECT_TRUE(own["is_current"].GetBool());
  EXPECT_STREQ(own["user_agent"].GetString(), "Firefox \"128\"");
  EXPECT_STREQ(own["expires_at"].GetString(), first.expires_at.c_str());
  EXPECT_LT(std::string(own["created_at"].GetString()), first.expires_at);
}

TEST_F(Sessions, AListNeverCarriesAnythingThatSignsIn) {
  const Signed mine = site.mint(user);
  const Signed other = site.mint(user);
  const std::string body = site.list(mine).body;
  for (const Signed& session : {mine, other}) {
    // Not the token, and not its secret half either.
    EXPECT_EQ(body.find(session.token.substr(50)), std::string::npos);
  }
}

TEST_F(Sessions, ARevokedSessionIsRefusedOnItsVeryNextRequest) {
  const Signed mine = site.mint(user);
  const Signed lost = site.mint(user);
  ASSERT_EQ(site.list(lost).status, 200);
  const Response revoked = site.revoke(mine, lost.id);
  EXPECT_EQ(revoked.status, 204);
  EXPECT_EQ(revoked.body, "");
  const Response refused = site.list(lost);
  expect_problem(refused, 401, "unauthorized");
  EXPECT_EQ(refused.header("www-authenticate"), "Bearer error=\"invalid_token\"");
  EXPECT_EQ(ids_in(site.list(mine)), std::vector{mine.id});
}

TEST_F(Sessions, RevokingTwiceFindsNothingTheSecondTime) {
  const Signed mine = site.mint(user);
  const Signed lost = site.mint(user);
  EXPECT_EQ(site.revoke(mine, lost.id).status, 204);
  expect_problem(site.revoke(mine, lost.id), 404, "not_found");
}

TEST_F(Sessions, TheCallersOwnCanBeRevokedById) {
  const Signed mine = site.mint(user);
  EXPECT_EQ(site.revoke(mine, mine.id).status, 204);
  EXPECT_EQ(site.list(mine).status, 401);
}

TEST_F(Sessions, AnIdMayBeWrittenInUpperCase) {
  const Signed mine = site.mint(user);
  const Signed lost = site.mint(user);
  std::string upper = lost.id;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(site.revoke(mine, upper).status, 204);
  EXPECT_EQ(site.list(lost).status, 401);
}

TEST_F(Sessions, AnothersIdUnknownIdsAndNonsenseGetTheSameBytes) {
  const Signed mine = site.mint(user);
  const Signed foreign = site.mint(user + " (another)");
  const Signed ended = site.mint(user);
  ASSERT_EQ(site.revoke(mine, ended.id).status, 204);

  const std::string unknown = bytes_of(site.revoke(mine, "01900000-0000-7000-8000-000000000000"));
  EXPECT_TRUE(unknown.starts_with("404\n"));
  EXPECT_EQ(bytes_of(site.revoke(mine, foreign.id)), unknown);
  EXPECT_EQ(bytes_of(site.revoke(mine, ended.id)), unknown);
  for (const std::string id : {"1", "not-a-uuid", "00000000-0000-0000-0000-000000000000", "%2e%2e", "..", "%2f",
                               "*", "{id}", "sessions%7D", "01900000-0000-7000-8000-00000000000g"}) {
    EXPECT_EQ(bytes_of(site.revoke(mine, id)), unknown) << id;
  }
  EXPECT_EQ(bytes_of(site.revoke(mine, foreign.id + "0")), unknown);
  EXPECT_EQ(bytes_of(site.revoke(mine, "{" + mine.id + "}")), unknown);
  EXPECT_EQ(bytes_of(site.revoke(mine, std::string(7000, 'a'))), unknown);
  EXPECT_EQ(site.list(foreign).status, 200);
  EXPECT_EQ(site.list(mine).status, 200);
}

TEST_F(Sessions, WhatNginxWouldRefuseAsAPathIsNoSessionToTheWorkerEither) {
  const Signed mine = site.mint(user);
  FastCgiClient worker(site.worker.public_socket());
  const auto revoke = [&](const std::string& id) {
    return bytes_of(worker.ask(fastcgi::request("DELETE", "/api/v1/auth/sessions/" + id, mine.token)));
  };
  const std::string unknown = revoke("01900000-0000-7000-8000-000000000000");
  EXPECT_TRUE(unknown.starts_with("404\n"));
  for (const std::string end : {"%00", "%", "%zz", "%2", "\n", "\r\nX-Forged: 1", "\xFF", " "}) {
    EXPECT_EQ(revoke(mine.id + end), unknown) << end;
  }
  EXPECT_EQ(revoke(mine.id.substr(0, 35)), unknown);
  EXPECT_EQ(revoke(std::string(10'000, 'a')), unknown);
  EXPECT_EQ(site.list(mine).status, 200);

  for (const std::string end : {"%00", "%", "%zz"}) {
    SCOPED_TRACE("nginx refuses " + end + " by itself");
    expect_problem(site.revoke(mine, mine.id + end), 400, "bad_request");
  }
}

TEST_F(Sessions, LoggingOutEndsTheSessionAndClearsTheCookie) {
  const Signed mine = site.mint(user);
  const Signed other = site.mint(user);
  const Response response = site.web.send({"POST", "/api/v1/auth/logout", {mine.cookie()}, ""});
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(response.header("set-cookie"), "__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
  EXPECT_FALSE(response.header("clear-site-data")) << "nothing private is in the browser's cache, and emptying it takes seconds";
  EXPECT_EQ(site.list(mine).status, 401);
  EXPECT_EQ(site.list(other).status, 200);
}

TEST_F(Sessions, MeIsTheUserAsTheLoginServiceHandedItOver) {
  const std::string json =
      R"({ "id": "Sessions.Me", "username":"zoë \ud83d\ude00", "created_at":"2026-01-02T03:04:05.678Z",)"
      R"( "updated_at":"2026-02-03T04:05:06.789Z", "plan": {"seats": [1, 2.50, null]} })";
  const Response minted = site.post_internal("/internal/v1/sessions", minting_json(json));
  ASSERT_EQ(minted.status, 201) << minted.body;
  const Signed mine{"", Document(minted.body)["token"].GetString(), ""};
  const Response me = site.get("/api/v1/u/me", mine);
  EXPECT_EQ(me.status, 200);
  EXPECT_EQ(me.body, json);
}

TEST_F(Sessions, HeadIsGetWithoutTheBody) {
  const Signed mine = site.mint(user);
  for (const std::string path : {"/api/v1/auth/sessions", "/api/v1/u/me"}) {
    const Response get = site.get(path, mine);
    const Response head = site.web.send({"HEAD", path, {mine.bearer()}, {}});
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.body, "");
    EXPECT_EQ(head.header("content-length"), std::to_string(get.body.size()));
    EXPECT_EQ(head.header("content-type"), "application/json");
  }
}

}  // namespace
}  // namespace sessiond::test
