// The User changes without a new sign-in: GET and PUT /internal/v1/users/{user_id}.
#include <gtest/gtest.h>

#include "integration/document.h"
#include "integration/redis_client.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

// A User who was changed then.
std::string changed_at(const std::string& id, const std::string& time, const std::string& username = "alice") {
  std::string user = user_json(id, username);
  const std::string was = "2026-02-03T04:05:06.789Z";
  return user.replace(user.find(was), was.size(), time);
}

class Users : public SiteTest {
 protected:
  Response get(const std::string& id) { return site.operators.send({"GET", "/internal/v1/users/" + id, {}, {}}); }
  Response put(const std::string& id, const std::string& body) {
    return site.operators.send({"PUT", "/internal/v1/users/" + id, {"Content-Type: application/json"}, body});
  }
  Response mint(const std::string& json) { return site.post_internal("/internal/v1/sessions", minting_json(json)); }
  std::string shown(const Signed& caller) { return site.get("/api/v1/u/me", caller).body; }
};

TEST_F(Users, AreShownAsTheyWereHandedOver) {
  site.mint(user);
  const Response response = get(user);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("content-type"), "application/json");
  EXPECT_EQ(response.body, user_json(user));
}

TEST_F(Users, ChangeWithoutANewSignIn) {
  const Signed mine = site.mint(user);
  const std::string renamed = changed_at(user, "2026-03-01T00:00:00.000Z", "alice the second");
  const Response response = put(user, "\r\n " + renamed + "\t\n");
  EXPECT_EQ(response.status, 204) << response.body;
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(shown(mine), renamed);
  EXPECT_EQ(get(user).body, renamed);
}

TEST_F(Users, AreNotThereWithoutASessionAndAChangeBringsNobodyBack) {
  RedisClient redis = site.redis.client();
  const std::string later = changed_at(user, "2026-03-01T00:00:00Z");
  expect_problem(get(user), 404, "not_found");
  expect_problem(put(user, later), 404, "not_found");
  const Signed mine = site.mint(user);
  ASSERT_EQ(put(user, later).status, 204);
  ASSERT_EQ(site.revoke(mine, mine.id).status, 204);
  expect_problem(get(user), 404, "not_found");
  expect_problem(put(user, later), 404, "not_found");
  EXPECT_TRUE(redis.keys(keys_of(mine) + "*").empty());
}

TEST_F(Users, WhoseSessionsAreGoneButForTheIndexAreNotBroughtBack) {
  RedisClient redis = site.redis.client();
  const Signed mine = site.mint(user);
  redis({"DEL", key_of(mine)});
  redis({"DEL", keys_of(mine) + "user"});
  expect_problem(put(user, changed_at(user, "2026-03-01T00:00:00Z")), 404, "not_found");
  EXPECT_TRUE(redis.keys(keys_of(mine) + "user").empty());
}

TEST_F(Users, EndWithTheirLastSessionHoweverOftenTheyChange) {
  RedisClient redis = site.redis.client();
  const Signed brief = site.mint(user, {.ttl_seconds = 100});
  const Signed longer = site.mint(user, {.ttl_seconds = 1000});
  const auto end = [&](const std::string& key) { return redis({"PEXPIRETIME", keys_of(brief) + key}).integer; };
  ASSERT_EQ(put(user, changed_at(user, "2026-03-01T00:00:00Z")).status, 204);
  EXPECT_EQ(end("user"), end("session:" + longer.id));
  ASSERT_EQ(site.revoke(brief, longer.id).status, 204);
  ASSERT_EQ(put(user, changed_at(user, "2026-03-02T00:00:00Z")).status, 204);
  EXPECT_EQ(end("user"), end("session:" + brief.id));
  // Also when the User was lost meanwhile.
  redis({"DEL", keys_of(brief) + "user"});
  ASSERT_EQ(put(user, changed_at(user, "2026-03-03T00:00:00Z")).status, 204);
  EXPECT_EQ(end("user"), end("session:" + brief.id));
}

// Earlier and later, as instants: the texts are in no such order.
const std::vector<std::pair<std::string, std::string>> kInOrder = {
    {"2026-03-01T00:00:00Z", "2026-03-01T00:00:01Z"},
    {"2026-03-01T00:00:00.999Z", "2026-03-01T00:00:01Z"},
    {"2026-03-01T00:00:00Z", "2026-03-01T00:00:00.000000001Z"},
    {"2026-03-01T00:00:00.09Z", "2026-03-01T00:00:00.1Z"},
    {"2026-03-01T09:00:00+02:00", "2026-03-01T08:00:00Z"},
    {"2026-03-01T23:30:00+01:00", "2026-03-01T22:30:00.5Z"},
    {"2026-03-01T00:00:00Z", "2026-02-28T23:00:00-02:00"},
    {"2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z"},
    {"2024-02-29T12:00:00Z", "2024-03-01T00:00:00Z"},
    {"2023-02-28T23:59:60Z", "2023-03-01t00:00:01z"},
    {"1969-12-31T00:00:00Z", "1970-01-01T00:00:00Z"},
    {"0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}};

TEST_F(Users, AreNotChangedToWhatTheyWereEarlier) {
  for (std::size_t i = 0; i < kInOrder.size(); ++i) {
    const auto& [earlier, later] = kInOrder[i];
    const std::string id = user + std::to_string(i);
    const std::string newer = changed_at(id, later);
    const Signed session = signed_by(mint(changed_at(id, earlier)));
    EXPECT_EQ(put(id, newer).status, 204) << later;
    expect_problem(put(id, changed_at(id, earlier, "an older name")), 409, "conflict");
    EXPECT_EQ(shown(session), newer) << earlier;
  }
}

TEST_F(Users, AreNotMadeOlderByASignInWhichSucceeds) {
  for (std::size_t i = 0; i < kInOrder.size(); ++i) {
    const auto& [earlier, later] = kInOrder[i];
    const std::string id = user + std::to_string(i);
    const std::string newer = changed_at(id, later);
    const Signed first = signed_by(mint(changed_at(id, earlier)));
    ASSERT_EQ(mint(newer).status, 201);
    EXPECT_EQ(shown(first), newer) << later;
    const Signed last = signed_by(mint(changed_at(id, earlier, "an older name")));
    EXPECT_EQ(shown(last), newer) << earlier;
    EXPECT_EQ(get(id).body, newer);
  }
  EXPECT_TRUE(site.worker.says("kept the user that is stored"));
}

TEST_F(Users, OfTheSameInstantAreTheOnesHandedOverLast) {
  const Signed mine = signed_by(mint(changed_at(user, "2026-03-01T10:00:00.5+02:00")));
  int count = 0;
  for (const char* same : {"2026-03-01T08:00:00.5Z", "2026-03-01T08:00:00.500000z", "2026-03-01T08:00:00.50-00:00"}) {
    const std::string put_last = changed_at(user, same, "put " + std::to_string(++count));
    EXPECT_EQ(put(user, put_last).status, 204) << same;
    EXPECT_EQ(shown(mine), put_last);
    const std::string minted_last = changed_at(user, same, "minted " + std::to_string(count));
    ASSERT_EQ(mint(minted_last).status, 201);
    EXPECT_EQ(shown(mine), minted_last);
  }
}

TEST_F(Users, ThatAnEarlierVersionOrAStrangerStoredGiveWay) {
  RedisClient redis = site.redis.client();
  const Signed mine = site.mint(user);
  std::string timeless = user_json(user);
  timeless.resize(timeless.find(",\"created_at\""));
  for (const std::string& stored : {changed_at(user, "yesterday"), changed_at(user, "2099"), timeless + "}", timeless + R"(,"updated_at":1})",
                                    changed_at("somebody else", "2099-01-01T00:00:00Z"), std::string("[]"), std::string("{"), std::string()}) {
    redis({"HSET", keys_of(mine) + "user", "json", stored});
    const std::string later = changed_at(user, "2026-03-01T00:00:00Z");
    EXPECT_EQ(put(user, later).status, 204) << stored;
    EXPECT_EQ(shown(mine), later);
    redis({"HSET", keys_of(mine) + "user", "json", stored});
    EXPECT_EQ(mint(later).status, 201) << stored;
    EXPECT_EQ(shown(mine), later);
  }
  redis({"HSET", keys_of(mine) + "user", "json", user_json("somebody else")});
  expect_problem(get(user), 503, "internal_error");
}

TEST_F(Users, AreWholeAndOfThatId) {
  const Signed mine = site.mint(user);
  const auto without = [&](const std::string& name) {
    std::string json = user_json(user);
    return json.replace(json.find("\"" + name + "\""), name.size() + 2, "\"other\"");
  };
  for (const std::string& body : {std::string(), std::string("{}"), std::string("[]"), std::string("null"), user_json(user) + "x", user_json(user + "x"),
                                  R"({"user":)" + user_json(user) + "}", without("id"), without("username"), without("created_at"), without("updated_at"),
                                  changed_at(user, "2026-02-30T00:00:00Z"), changed_at(user, "2026-03-01"), changed_at(user, "2026-03-01 00:00:00Z")}) {
    expect_problem(put(user, body), 400, "bad_request");
  }
  expect_problem(site.operators.send({"PUT", "/internal/v1/users/" + user, {"Content-Type: text/plain"}, user_json(user)}), 415, "bad_request");
  expect_problem(put(user, std::string(17'000, ' ')), 413, "bad_request");
  expect_problem(put(user + "%FF", user_json(user)), 400, "bad_request");
  expect_problem(get(user + "%FF"), 400, "bad_request");
  EXPECT_EQ(shown(mine), user_json(user));
}

TEST_F(Users, OfAnyIdStandPercentEncodedInThePath) {
  const std::string odd = user + "/\xC3\xA9 %";
  site.mint(odd);
  const std::string path = user + "%2F%C3%A9%20%25";
  EXPECT_EQ(put(path, changed_at(odd, "2026-03-01T00:00:00Z")).status, 204);
  EXPECT_EQ(get(path).body, changed_at(odd, "2026-03-01T00:00:00Z"));
}

TEST_F(Users, AreOfTheInternalRealmOnly) {
  const Signed mine = site.mint(user);
  for (const char* method : {"GET", "PUT"}) {
    FastCgiClient worker(site.worker.public_socket());
    EXPECT_EQ(worker.ask(fastcgi::request(method, "/internal/v1/users/" + user, mine.token)).status, 404);
  }
  const Response refused = site.operators.send({"DELETE", "/internal/v1/users/" + user, {}, {}});
  expect_problem(refused, 405, "bad_request");
  EXPECT_EQ(refused.header("allow"), "GET, HEAD, PUT");
}

TEST_F(Users, ThatChangeTellTheNextCheck) {
  Site own({"--check-header", "Remote-Groups: groups"});
  const auto with_groups = [&](const std::string& time, const std::string& groups) {
    std::string json = changed_at(user, time);
    return json.replace(json.size() - 1, 1, R"(,"groups":)" + groups + "}");
  };
  const auto change = [&](const std::string& json) {
    return own.operators.send({"PUT", "/internal/v1/users/" + user, {"Content-Type: application/json"}, json});
  };
  const auto groups_in_check = [&](const Signed& caller) {
    return own.operators.send({"GET", "/internal/v1/check", {caller.bearer()}, {}}).header("remote-groups");
  };
  const Signed mine = signed_by(own.post_internal("/internal/v1/sessions", minting_json(with_groups("2026-03-01T00:00:00Z", R"(["admin","ops"])"))));
  EXPECT_EQ(groups_in_check(mine), "admin,ops");
  ASSERT_EQ(change(with_groups("2026-03-02T00:00:00Z", R"(["ops"])")).status, 204);
  EXPECT_EQ(groups_in_check(mine), "ops");
  expect_problem(change(with_groups("2026-03-01T00:00:00Z", R"(["admin"])")), 409, "conflict");
  EXPECT_EQ(groups_in_check(mine), "ops");
  // As at minting, one that is too long for the headers is refused.
  const Response too_long = change(with_groups("2026-03-03T00:00:00Z", "[\"" + std::string(4000, 'x') + "\"]"));
  expect_problem(too_long, 400, "bad_request");
  EXPECT_NE(too_long.body.find("Remote-Groups"), std::string::npos) << too_long.body;
  EXPECT_EQ(groups_in_check(mine), "ops");
}

}  // namespace
}  // namespace sessiond::test
