// Which sessions an operator means.
#include "session/filter.h"

#include <gtest/gtest.h>

namespace sessiond {
namespace {

constexpr Millis kToday = 1'790'000'000'000;
constexpr Millis kMinute = 60'000;

// A CLI's, minted ten days ago and used an hour ago.
Session laptop() {
  Session session;
  session.kind = Kind::kCli;
  session.created_at = kToday - 10 * kDay;
  session.user_agent = "Path-CLI/0.8.0 (Linux)";
  session.name = "work laptop";
  session.last_seen_at = kToday - 60 * kMinute;
  session.ip = "203.0.113.7";
  return session;
}

bool fits(const char* name, const std::string& value, const Session& session = laptop()) {
  Filter filter;
  const Result<Done> added = filter.add(name, value);
  EXPECT_TRUE(added) << name << " " << value;
  return filter.fits(session, kToday);
}

std::string refusal(const char* name, const std::string& value) {
  Filter filter;
  const Result<Done> added = filter.add(name, value);
  EXPECT_TRUE(filter.empty() || added) << "what is refused adds nothing";
  return added ? "" : added.error().text;
}

TEST(Filter, OfAKind) {
  EXPECT_TRUE(fits("kind", "cli"));
  EXPECT_FALSE(fits("kind", "web"));
  for (const char* value : {"", "CLI", "all", "cli "}) EXPECT_EQ(refusal("kind", value), "web or cli") << value;
}

TEST(Filter, OfAUserAgentThatContainsAText) {
  for (const char* part : {"Path-CLI/0.8.0 (Linux)", "path-cli", "CLI/0.8", "x)", "P", " "}) EXPECT_TRUE(fits("user_agent", part)) << part;
  for (const char* part : {"Path-CLI/0.8.0 (Linux) ", "curl", "path cli", ".*"}) EXPECT_FALSE(fits("user_agent", part)) << part;
  Session silent = laptop();
  silent.user_agent.reset();
  EXPECT_FALSE(fits("user_agent", "-", silent));
  for (const std::string& value : {std::string(), std::string(513, 'a'), std::string("\xff"), std::string("a\nb"), std::string("a\0b", 3)}) {
    EXPECT_EQ(refusal("user_agent", value), "1 to 512 bytes of text") << value;
  }
}

TEST(Filter, OfAnExternalIdThatIsTheWholeOne) {
  Session theirs = laptop();
  EXPECT_FALSE(fits("external_id", "sid", theirs)) << "what nobody told";
  theirs.external_id = "https://id.example sid-1";
  EXPECT_TRUE(fits("external_id", "https://id.example sid-1", theirs));
  for (const char* other : {"https://id.example sid-12", "https://id.example sid-", "sid-1", "HTTPS://id.example sid-1"}) EXPECT_FALSE(fits("external_id", other, theirs)) << other;
  for (const std::string& value : {std::string(), std::string(513, 'a'), std::string("\xff"), std::string("a\nb")}) {
    EXPECT_EQ(refusal("external_id", value), "1 to 512 bytes of text") << value;
  }
}

TEST(Filter, OfAWayToSignIn) {
  Session proven = laptop();
  EXPECT_FALSE(fits("amr", "pwd", proven)) << "what nobody told";
  proven.authentication = Authentication{std::nullopt, "", "pwd,otp"};
  for (const char* method : {"pwd", "otp"}) EXPECT_TRUE(fits("amr", method, proven)) << method;
  for (const char* method : {"pw", "ot", "hwk", "PWD"}) EXPECT_FALSE(fits("amr", method, proven)) << method;
  for (const char* value : {"", "pwd,otp", "a b"}) EXPECT_EQ(refusal("amr", value), "a method as it was minted with, such as pwd") << value;
}

TEST(Filter, OfAnAddressOrANetwork) {
  for (const char* network : {"203.0.113.7", "203.0.113.0/24", "0.0.0.0/0"}) EXPECT_TRUE(fits("ip", network)) << network;
  for (const char* network : {"203.0.113.8", "203.0.114.0/24", "::/0"}) EXPECT_FALSE(fits("ip", network)) << network;
  Session other = laptop();
  other.ip = "2001:db8:1::/48";  // as it is kept where addresses are truncated
  EXPECT_TRUE(fits("ip", "2001:db8::/32", other));
  EXPECT_TRUE(fits("ip", "2001:db8:1::/48", other));
  EXPECT_FALSE(fits("ip", "2001:db8:1::/64", other)) << "it may be from elsewhere";
  for (const char* none : {"", "nonsense"}) {
    other.ip = none;
    EXPECT_FALSE(fits("ip", "0.0.0.0/0", other));
  }
  other.ip.reset();
  EXPECT_FALSE(fits("ip", "0.0.0.0/0", other));
  for (const char* value : {"", "203.0.113.7/24", "203.0.113", "example.org"}) {
    EXPECT_EQ(refusal("ip", value), "an address or a network such as 203.0.113.0/24 or 2001:db8::/32") << value;
  }
}

TEST(Filter, MintedBeforeATimeOrSoLongAgo) {
  const Millis minted = laptop().created_at;
  EXPECT_TRUE(fits("created_before", rfc3339(minted + 1).string()));
  EXPECT_FALSE(fits("created_before", rfc3339(minted).string()));
  EXPECT_TRUE(fits("created_before", "9d"));
  EXPECT_TRUE(fits("created_before", "239h"));
  EXPECT_FALSE(fits("created_before", "10d"));
  EXPECT_FALSE(fits("created_before", "11d"));
}

TEST(Filter, NotUsedSince) {
  // Uses within five minutes after the one that is noted are not noted.
  const Millis used = *laptop().last_seen_at + 5 * kMinute;
  EXPECT_TRUE(fits("idle_since", rfc3339(used + 1).string()));
  EXPECT_FALSE(fits("idle_since", rfc3339(used).string()));
  EXPECT_TRUE(fits("idle_since", "54m"));
  EXPECT_FALSE(fits("idle_since", "55m"));
  Session unknown = laptop();
  unknown.last_seen_at.reset();
  EXPECT_FALSE(fits("idle_since", "1s", unknown));
}

TEST(Filter, ATimeIsOfRfc3339OrADuration) {
  for (const char* name : {"created_before", "idle_since"}) {
    for (const char* value : {"2026-11-01T00:00:00Z", "2026-11-01T01:00:00.5+01:00", "90d", "1s", "3660d"}) EXPECT_EQ(refusal(name, value), "") << value;
    for (const char* value : {"", "2026-11-01", "2026-02-30T00:00:00Z", "yesterday", "90", "0d", "-1d", "90 d", "d", "3661d", "99999999999999999999d", "1790000000000"}) {
      EXPECT_EQ(refusal(name, value), "a time such as 2026-11-01T00:00:00Z or how long ago that is, such as 12h or 90d") << value;
    }
  }
}

TEST(Filter, OfAName) {
  EXPECT_TRUE(fits("name", "work laptop"));
  for (const char* name : {"work", "Work laptop", "work laptop 2"}) EXPECT_FALSE(fits("name", name)) << name;
  Session cafe = laptop();
  cafe.name = "Caf\xC3\xA9";
  EXPECT_TRUE(fits("name", "Cafe\xCC\x81", cafe)) << "an accent that is written in another way";
  cafe.name.reset();
  EXPECT_FALSE(fits("name", "work laptop", cafe));
  for (const std::string& value : {std::string(), std::string(" "), std::string("a\nb"), std::string(65, 'a')}) {
    EXPECT_EQ(refusal("name", value), "a name of 1 to 64 characters") << value;
  }
}

TEST(Filter, AllItsTermsHaveToFit) {
  Filter filter;
  EXPECT_TRUE(filter.empty());
  EXPECT_TRUE(filter.fits(laptop(), kToday));
  ASSERT_TRUE(filter.add("kind", "cli"));
  EXPECT_FALSE(filter.says_more_than("kind"));
  ASSERT_TRUE(filter.add("user_agent", "Linux"));
  EXPECT_TRUE(filter.says_more_than("kind"));
  EXPECT_TRUE(filter.fits(laptop(), kToday));
  EXPECT_EQ(filter.text(), "kind cli, user_agent Linux");
  EXPECT_EQ(filter.find("kind"), "cli");
  EXPECT_EQ(filter.find("name"), std::nullopt);
  EXPECT_EQ(filter.add("kind", "cli").error().text, "one value");
  ASSERT_TRUE(filter.add("name", "another"));
  EXPECT_FALSE(filter.fits(laptop(), kToday));
  EXPECT_FALSE(filter.add("colour", "red"));
}

TEST(Filter, SaysWhatIsNotRecorded) {
  const auto said = [](const char* name, const char* value, bool activity, RecordIp ip) {
    Filter filter;
    EXPECT_TRUE(filter.add(name, value));
    const Result<Done> judgeable = filter.judgeable(activity, ip);
    return judgeable ? "" : judgeable.error().text;
  };
  EXPECT_EQ(said("kind", "web", false, RecordIp::kOff), "");
  EXPECT_EQ(said("idle_since", "90d", true, RecordIp::kOff), "");
  EXPECT_EQ(said("idle_since", "90d", false, RecordIp::kOff), "when sessions were last used is not recorded: see record-activity");
  EXPECT_EQ(said("ip", "203.0.113.7", true, RecordIp::kFull), "");
  EXPECT_EQ(said("ip", "203.0.113.0/24", true, RecordIp::kTruncated), "");
  EXPECT_EQ(said("ip", "2001:db8::/48", true, RecordIp::kTruncated), "");
  for (const auto& [activity, ip] : {std::pair(true, RecordIp::kOff), {false, RecordIp::kFull}}) {
    EXPECT_EQ(said("ip", "203.0.113.7", activity, ip), "where sessions are used from is not recorded: see record-ip");
  }
  EXPECT_EQ(said("ip", "203.0.113.7", true, RecordIp::kTruncated), "record-ip keeps no more of an address than its network: ask for 203.0.113.0/24");
  EXPECT_EQ(said("ip", "2001:db8:1:2::/64", true, RecordIp::kTruncated), "record-ip keeps no more of an address than its network: ask for 2001:db8:1::/48");
}

}  // namespace
}  // namespace sessiond
