// What is stored, read without trust: replies as Redis, a fault or a foe may give them.
#include "store/rows.h"

#include <gtest/gtest.h>

#include <vector>

#include "replies.h"
#include "session/activity.h"

namespace sessiond::rows {
namespace {

using Type = Reply::Type;

using replies::text;

// A reply to HMGET: texts and nils.
class Row {
 public:
  explicit Row(std::initializer_list<std::optional<std::string_view>> fields) {
    for (const auto& field : fields) elements_.push_back(field ? text(*field) : Reply{});
  }
  [[nodiscard]] Reply reply() { return replies::array(elements_); }
  Reply& operator[](std::size_t i) { return elements_[i]; }

 private:
  std::vector<Reply> elements_;
};

TEST(Millis, AreDecimalAndNothingElse) {
  EXPECT_EQ(parse_millis("0"), 0);
  EXPECT_EQ(parse_millis("1790000000000"), 1'790'000'000'000);
  EXPECT_EQ(parse_millis("9999999999999999"), 9'999'999'999'999'999) << "sums of some such fit";
  for (const std::string_view bad : {"", " 1", "1 ", "+1", "-1", "1.0", "1e3", "0x1", "10000000000000000", "00000000000000001", "/", ":", "nan",
                                     "99999999999999999999999"}) {
    EXPECT_EQ(parse_millis(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(parse_millis(std::string_view("1\0", 2)), std::nullopt);
  EXPECT_EQ(parse_millis(std::nullopt), std::nullopt);
}

class Confirm : public ::testing::Test {
 protected:
  Confirm() {
    token.kind = Kind::kCli;
    token.secret.bytes.fill(7);
    hash_ = hash_of(token.secret);
  }
  Row row() { return Row{text_of(hash_), "user", "cli", "1790000000000"}; }

  Token token;

 private:
  SecretHash hash_;
};

TEST_F(Confirm, ATokenWhoseHashIsStoredProvesItsSession) {
  Row stored = row();
  const auto caller = confirm(token, stored.reply());
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->user_id, "user");
  EXPECT_EQ(caller->kind, Kind::kCli);
  EXPECT_EQ(caller->expires_at, 1'790'000'000'000);
}

TEST_F(Confirm, AnotherSecretProvesNothing) {
  Row stored = row();
  token.secret.bytes[31] ^= 1;
  EXPECT_EQ(confirm(token, stored.reply()).error().failure, Failure::kInvalidToken);
}

TEST_F(Confirm, AHashWithSomethingBehindItOrCutShortProvesNothing) {
  const SecretHash hash = hash_of(token.secret);
  for (const std::string& stored : {std::string(text_of(hash)) + "x", std::string(text_of(hash)).substr(0, 31), std::string()}) {
    Row odd = row();
    odd[0] = text(stored);
    EXPECT_EQ(confirm(token, odd.reply()).error().failure, Failure::kInvalidToken) << stored.size();
  }
}

TEST_F(Confirm, EveryBitOfTheHashCounts) {
  const SecretHash hash = hash_of(token.secret);
  const auto proves = [&](std::string_view stored) { return confirm(token, Row{stored, "user", "cli", "1790000000000"}.reply()); };
  for (std::size_t bit = 0; bit < 8 * hash.size(); ++bit) {
    SecretHash changed = hash;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1U << bit % 8);
    EXPECT_FALSE(proves(text_of(changed))) << bit;
  }
  EXPECT_TRUE(proves(text_of(hash)));
}

TEST_F(Confirm, TheKindOfTheTokenIsTheKindOfTheSession) {
  Row stored = row();
  token.kind = Kind::kWeb;
  EXPECT_EQ(confirm(token, stored.reply()).error().failure, Failure::kInvalidToken);
}

TEST_F(Confirm, ASessionInWhichAnOperatorActsSaysWho) {
  token.kind = Kind::kWeb;
  Row stored = row();
  stored[2] = text("web op 7");
  const auto caller = confirm(token, stored.reply());
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->kind, Kind::kWeb);
  EXPECT_EQ(caller->impersonator, "op 7");
  stored[2] = text("cli op 7");
  EXPECT_EQ(confirm(token, stored.reply()).error().failure, Failure::kUnavailable);
}

TEST_F(Confirm, WhatIsGoneProvesNothing) {
  Row gone{{}, {}, {}, {}};
  EXPECT_EQ(confirm(token, gone.reply()).error().failure, Failure::kInvalidToken);
}

TEST_F(Confirm, WhatIsNoSessionIsTheStoresFaultNotTheCallers) {
  const auto failure = [&](std::size_t field, const Reply& value) {
    Row stored = row();
    stored[field] = value;
    const auto caller = confirm(token, stored.reply());
    return caller ? Failure::kInternal : caller.error().failure;
  };
  const Reply integer = replies::number(0);
  for (std::size_t field = 0; field < 4; ++field) {
    EXPECT_EQ(failure(field, Reply{}), Failure::kUnavailable) << field;
    EXPECT_EQ(failure(field, integer), Failure::kUnavailable) << field;
  }
  EXPECT_EQ(failure(2, text("")), Failure::kUnavailable);
  EXPECT_EQ(failure(2, text("root")), Failure::kUnavailable);
  EXPECT_EQ(failure(1, text("")), Failure::kUnavailable);
  EXPECT_EQ(failure(1, text("\xFF")), Failure::kUnavailable);
  EXPECT_EQ(failure(1, text(std::string(256, 'a'))), Failure::kUnavailable);
  EXPECT_EQ(failure(3, text("soon")), Failure::kUnavailable);
}

TEST_F(Confirm, AHashOfAnotherLengthProvesNothing) {
  const SecretHash right = hash_of(token.secret);
  const std::string whole(text_of(right));
  for (const std::string& hash : {whole.substr(0, 0), whole.substr(0, 16), whole.substr(16), whole.substr(0, 31), whole + "x", whole + whole,
                                  std::string(1'000'000, 'x')}) {
    Row stored = row();
    stored[0] = text(hash);
    EXPECT_EQ(confirm(token, stored.reply()).error().failure, Failure::kInvalidToken) << hash.size();
  }
}

TEST_F(Confirm, ARowOfAnotherShapeIsNoSession) {
  Row shorter{"x", "user", "cli"};
  EXPECT_EQ(confirm(token, shorter.reply()).error().failure, Failure::kUnavailable);
  for (const Type type : {Type::kError, Type::kInteger, Type::kText, Type::kNil}) {
    Reply reply;
    reply.type = type;
    EXPECT_EQ(confirm(token, reply).error().failure, Failure::kUnavailable);
  }
}

TEST(ReadSession, IsBehindTheSecretFieldsOfACallersRow) {
  Row row{"hash", "user", "web", "2", "Firefox"};
  const auto session = read_session({}, row.reply().without_first(kSecretFields));
  ASSERT_TRUE(session);
  EXPECT_EQ(session->expires_at, 2);
  EXPECT_EQ(session->user_agent, "Firefox");
  Row nothing_more{"hash"};
  EXPECT_FALSE(read_session({}, nothing_more.reply().without_first(kSecretFields)));
}

TEST(ReadSession, TakesAWholeRow) {
  Row row{"web", "1790000000002", "Firefox", "false", "work", "Pixel 9"};
  const auto session = read_session(*parse_uuid("01a0c4d0-5c01-7000-8000-000000000000"), row.reply());
  ASSERT_TRUE(session);
  EXPECT_EQ(session->kind, Kind::kWeb);
  EXPECT_EQ(session->created_at, 0x01a0c4d05c01) << "as its id says";
  EXPECT_EQ(session->expires_at, 1'790'000'000'002);
  EXPECT_EQ(session->user_agent, "Firefox");
  EXPECT_FALSE(session->persistent);
  EXPECT_EQ(session->name, "work");
  EXPECT_EQ(session->device, "Pixel 9");
}

TEST(ReadSession, AUserAgentADeviceAndANameMayBeMissing) {
  Row row{"cli", "2", {}, {}, {}, {}};
  EXPECT_EQ(read_session({}, row.reply())->user_agent, std::nullopt);
  EXPECT_EQ(read_session({}, row.reply())->name, std::nullopt);
  EXPECT_EQ(read_session({}, row.reply())->device, std::nullopt);
}

TEST(ReadSession, ItsTextsAreMadePresentableWhoeverWroteThem) {
  const std::string long_one(100'000, 'x');
  Row row{"cli", "2", long_one, {}, long_one, long_one};
  EXPECT_EQ(read_session({}, row.reply())->user_agent->size(), kMaxUserAgent);
  EXPECT_EQ(read_session({}, row.reply())->name->size(), 256U);
  EXPECT_EQ(read_session({}, row.reply())->device->size(), 256U);
  for (const std::size_t field : {2U, 4U, 5U}) row[field] = text("a\xFF\n");
  const auto session = read_session({}, row.reply());
  for (const auto& shown : {session->user_agent, session->name, session->device}) EXPECT_EQ(shown, "a\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(ReadSession, AnIncompleteRowIsNoSession) {
  for (std::size_t field = 0; field < 2; ++field) {
    Row row{"web", "2", "Firefox"};
    row[field] = Reply{};
    EXPECT_FALSE(read_session({}, row.reply())) << field;
    row[field] = text("x");
    EXPECT_FALSE(read_session({}, row.reply())) << field;
  }
  EXPECT_FALSE(read_session({}, Reply{}));
}

TEST(ReadSession, HasAProofOnlyIfItCanBeReadAndOfABrowserItsTime) {
  const auto proof_of = [](std::string_view kind, std::string_view field) {
    Row row{kind, "2", {}, {}, {}, {}, field};
    return read_session({}, row.reply())->authentication;
  };
  EXPECT_EQ(proof_of("web", "1790000000000 2fa pwd")->at, 1'790'000'000'000);
  EXPECT_EQ(proof_of("cli", "1790000000000 2fa pwd")->at, std::nullopt);
  EXPECT_EQ(proof_of("cli", "1790000000000 2fa pwd")->acr, "2fa");
  for (const std::string_view kind : {"web", "cli"}) EXPECT_FALSE(proof_of(kind, "no proof")) << kind;
}

TEST(ReadSession, EndsWithoutUseOnlyWhereAnIdleTimeIsStored) {
  const auto seen = [](std::optional<std::string_view> field) {
    Row row{"web", "1790000000000", {}, {}, {}, {}, {}, field, {}, {}};
    return *read_session(*parse_uuid("01a0c4d0-5c01-7000-8000-000000000000"), row.reply());
  };
  EXPECT_EQ(seen("1780000000000").last_seen_at, 1'780'000'000'000);
  EXPECT_EQ(seen("1780000000000").idle_expires_at, std::nullopt);
  EXPECT_EQ(seen("1780000000000 60000").idle_expires_at, end_of(1'790'000'000'000, {1'780'000'000'000, 60'000}));
  for (const auto& nothing : {std::optional<std::string_view>(), std::optional<std::string_view>("odd")}) {
    EXPECT_EQ(seen(nothing).last_seen_at, 0x01a0c4d05c01) << "when it was minted";
    EXPECT_EQ(seen(nothing).idle_expires_at, std::nullopt);
  }
}

TEST(ReadForOperators, ARowThatIsCutShortHasNoIdOfTheLoginService) {
  Session session;
  for (Row row : {Row{}, Row{"{}"}}) {
    read_for_operators(row.reply(), session);
    EXPECT_EQ(session.external_id, "");
  }
  Row whole{"their-7", "{}"};
  read_for_operators(whole.reply(), session);
  EXPECT_EQ(session.external_id, "their-7");
  EXPECT_EQ(session.metadata, "{}");
}

TEST(ReadDevice, TakesOnlyAWholeOneThatWaits) {
  Row row{"pending", "cli", "a\xFF", {}, {}, "1", "2"};
  const auto device = read_device(row.reply());
  ASSERT_TRUE(device);
  EXPECT_EQ(device->client_id, "cli");
  EXPECT_EQ(device->user_agent, "a\xEF\xBF\xBD");
  EXPECT_EQ(device->address, "");
  EXPECT_EQ(device->expires_at, 2);
  for (const std::size_t field : {0U, 1U, 5U, 6U}) {
    Row broken{"pending", "cli", {}, {}, {}, "1", "2"};
    broken[field] = Reply{};
    EXPECT_FALSE(read_device(broken.reply())) << field;
  }
  for (const char* status : {"approved", "denied", "Pending", ""}) {
    Row decided{status, "cli", {}, {}, {}, "1", "2"};
    EXPECT_FALSE(read_device(decided.reply())) << status;
  }
  EXPECT_FALSE(read_device(Reply{}));
}

TEST(ReadSession, KnowsHowItsPersonSignedIn) {
  Row row{"web", "2", {}, {}, {}, {}, "1 2fa pwd,otp"};
  EXPECT_EQ(read_session({}, row.reply())->authentication, (Authentication{1, "2fa", "pwd,otp"}));
  row[6] = text("damaged");
  EXPECT_EQ(read_session({}, row.reply())->authentication, std::nullopt);
}

TEST(ReadAuthentication, OfACliHasNoTime) {
  EXPECT_EQ(read_authentication(Kind::kWeb, "1 2fa otp"), (Authentication{1, "2fa", "otp"}));
  EXPECT_EQ(read_authentication(Kind::kCli, "1 2fa otp"), (Authentication{std::nullopt, "2fa", "otp"}));
  EXPECT_EQ(read_authentication(Kind::kWeb, std::nullopt), std::nullopt);
}

TEST(IsGone, MeansThatEveryFieldIsNil) {
  Row gone{{}, {}};
  EXPECT_TRUE(is_gone(gone.reply()));
  Row partly{{}, "x"};
  EXPECT_FALSE(is_gone(partly.reply()));
  EXPECT_FALSE(is_gone(text("x")));
  EXPECT_FALSE(is_gone(Reply{}));
}

}  // namespace
}  // namespace sessiond::rows
