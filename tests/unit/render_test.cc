// The texts that the API answers with.
#include "app/render.h"

#include <gtest/gtest.h>

namespace sessiond {
namespace {

Session session(std::uint8_t id, Kind kind, std::optional<std::string> user_agent) {
  Session session;
  session.id.bytes.fill(id);
  session.kind = kind;
  session.created_at = 0;
  session.expires_at = 1;
  session.user_agent = std::move(user_agent);
  return session;
}

std::string array_of(const std::vector<Session>& sessions, const Uuid& current) {
  SessionArray array(current);
  for (const Session& session : sessions) array.add(session);
  return std::move(array).finish();
}

TEST(SessionArray, HoldsThemInTheOrderGivenAndMarksTheCurrentOne) {
  const std::vector<Session> sessions = {session(0x11, Kind::kWeb, "a\"b"), session(0x22, Kind::kCli, std::nullopt)};
  EXPECT_EQ(array_of(sessions, sessions[1].id),
            R"([{"id":"11111111-1111-1111-1111-111111111111","kind":"web","created_at":"1970-01-01T00:00:00.000Z",)"
            R"("expires_at":"1970-01-01T00:00:00.001Z","is_current":false,"user_agent":"a\"b"},)"
            R"({"id":"22222222-2222-2222-2222-222222222222","kind":"cli","created_at":"1970-01-01T00:00:00.000Z",)"
            R"("expires_at":"1970-01-01T00:00:00.001Z","is_current":true,"user_agent":null}])");
}

TEST(SessionArray, SaysHowAPersonSignedInWhereThatIsKnown) {
  std::vector<Session> sessions = {session(1, Kind::kWeb, std::nullopt)};
  sessions[0].authentication = Authentication{1, "2fa", "pwd,otp"};
  EXPECT_NE(array_of(sessions, Uuid{}).find(R"("user_agent":null,"auth_time":"1970-01-01T00:00:00.001Z","acr":"2fa","amr":["pwd","otp"]})"), std::string::npos) << array_of(sessions, Uuid{});
  sessions[0].authentication = Authentication{std::nullopt, "", "hwk"};
  EXPECT_NE(array_of(sessions, Uuid{}).find(R"("user_agent":null,"amr":["hwk"]})"), std::string::npos);
  sessions[0].authentication = Authentication{std::nullopt, "2fa", ""};
  EXPECT_NE(array_of(sessions, Uuid{}).find(R"("user_agent":null,"acr":"2fa"})"), std::string::npos) << array_of(sessions, Uuid{});
}

TEST(SessionArray, SaysWhatItIsCalledAndWhatItIsOn) {
  std::vector<Session> sessions = {session(1, Kind::kWeb, std::nullopt)};
  sessions[0].name = "work";
  sessions[0].device = "Brave on \"Windows 11\"";
  EXPECT_NE(array_of(sessions, Uuid{}).find(R"("user_agent":null,"name":"work","device":"Brave on \"Windows 11\""})"), std::string::npos) << array_of(sessions, Uuid{});
}

TEST(SessionArray, OfNoneIsEmpty) { EXPECT_EQ(array_of({}, Uuid{}), "[]"); }

TEST(SessionArray, ForAnOperatorHasNoCurrentOne) {
  const std::vector<Session> sessions = {session(1, Kind::kWeb, std::nullopt)};
  EXPECT_EQ(array_of(sessions, Uuid{}).find("\"is_current\":true"), std::string::npos);
}

CallerAndUser caller_and_user(const std::string& user_json) {
  Caller caller;
  caller.id = *parse_uuid("0193585c-2b1e-7000-8000-00000000abcd");
  caller.kind = Kind::kCli;
  caller.user_id = "a\"b";
  caller.expires_at = 1'999;
  return {caller, user_json, json::parse_object(user_json).value()};
}

TEST(SessionArray, CanBeWrittenOutPieceByPiece) {
  SessionArray array(Uuid{});
  std::string text;
  for (const char* user : {"a\"b", ""}) {
    array.add(Session{}, user);
    text += array.take();
  }
  text += std::move(array).finish();
  SessionArray whole(Uuid{});
  whole.add(Session{}, "a\"b");
  whole.add(Session{});
  EXPECT_EQ(text, std::move(whole).finish());
  EXPECT_NE(text.find(R"(,"user_id":"a\"b"},{)"), std::string::npos) << text;
}

TEST(RenderActive, TellsWhoseTokenItIsInTheWordsOfRfc7662AndNeverThatItLivesLonger) {
  EXPECT_EQ(render_active(caller_and_user(R"({"id":"a\"b","username":"\"x","email":"secret"})")),
            R"({"active":true,"sub":"a\"b","username":"\"x","client_id":"cli","token_type":"Bearer","iat":1732354255,"exp":1,)"
            R"("jti":"0193585c-2b1e-7000-8000-00000000abcd"})");
}

TEST(RenderActive, OfAStoredUserWithoutAUsernameHasNone) {
  for (const char* user : {"{}", R"({"username":1})"}) {
    EXPECT_EQ(render_active(caller_and_user(user)).find("username"), std::string::npos) << user;
  }
}

TEST(RenderDevice, EscapesWhateverItCallsItselfAndLeavesOutWhatIsNotKnown) {
  Device device;
  device.client_id = "\"\\\n";
  device.expires_at = 1;
  EXPECT_EQ(render_device(device), R"({"client_id":"\"\\\n","created_at":"1970-01-01T00:00:00.000Z","expires_at":"1970-01-01T00:00:00.001Z"})");
  device.user_agent = "a\"";
  device.address = "::1";
  device.place = "\xC3\x84";
  EXPECT_NE(render_device(device).find(",\"user_agent\":\"a\\\"\",\"ip\":\"::1\",\"place\":\"\xC3\x84\","), std::string::npos) << render_device(device);
}

TEST(RenderAccessToken, NeverSaysThatItLivesLonger) {
  Minted minted;
  minted.token.kind = Kind::kCli;
  minted.created_at = 1;
  minted.expires_at = 2'000;
  EXPECT_TRUE(render_access_token(minted).starts_with(R"({"access_token":"pat_)"));
  EXPECT_TRUE(render_access_token(minted).ends_with(R"(,"expires_in":1})"));
}

TEST(RenderActive, OfAnImpersonatedSessionSaysWhoActsInIt) {
  CallerAndUser found = caller_and_user(R"({"id":"a\"b"})");
  found.caller.impersonator = "op\"7";
  EXPECT_NE(render_active(found).find(R"(,"act":{"sub":"op\"7"},)"), std::string::npos) << render_active(found);
}

TEST(SessionArray, TellsWhoActsInASessionAndItsMetadataUnlessTheyAreDamaged) {
  Session theirs = session(1, Kind::kWeb, std::nullopt);
  theirs.impersonator = "op\"7";
  theirs.metadata = R"({"tenant":"acme"})";
  EXPECT_TRUE(array_of({theirs}, Uuid{}).ends_with(R"("user_agent":null,"impersonator":"op\"7","metadata":{"tenant":"acme"}}])")) << array_of({theirs}, Uuid{});
  for (const char* none : {R"({"tenant":1})", "{}"}) {
    theirs.metadata = none;
    EXPECT_TRUE(array_of({theirs}, Uuid{}).ends_with(R"("impersonator":"op\"7"}])")) << array_of({theirs}, Uuid{});
  }
}

TEST(RenderRevoked, TellsHowMany) {
  EXPECT_EQ(render_revoked(0), R"({"revoked":0})");
  EXPECT_EQ(render_revoked(12), R"({"revoked":12})");
}

TEST(RenderNewUser, EscapesWhateverItIsCalled) {
  const std::string user = render_new_user("dev:\"", "\"\\\n");
  EXPECT_TRUE(user.starts_with(R"({"id":"dev:\"","username":"\"\\\n","created_at":")")) << user;
}

}  // namespace
}  // namespace sessiond
