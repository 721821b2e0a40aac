// The names of keys in Redis.
#include "session/keys.h"

#include <gtest/gtest.h>

namespace sessiond {
namespace {

const Uuid kId = *parse_uuid("01900000-0000-7000-8000-00000000abcd");

TEST(KeyNames, OfASessionAreReadBack) {
  const UserRef ref = ref_of("alice");
  for (const std::string& prefix : {std::string("sessiond"), std::string("a"), std::string(32, 'z')}) {
    const Keyspace keyspace(prefix);
    const auto name = keyspace.parse_session_key(keyspace.of(ref).session(kId));
    ASSERT_TRUE(name);
    EXPECT_EQ(name->ref, ref);
    EXPECT_EQ(name->id, kId);
  }
}

TEST(KeyNames, OfAnythingElseAreNoSessions) {
  const Keyspace keyspace;
  const UserKeys keys = keyspace.of(ref_of("alice"));
  const std::string session = keys.session(kId).string();
  std::string capitals = session;
  capitals.replace(capitals.size() - 4, 4, "ABCD");
  for (const std::string& key :
       {keys.index().string(), keys.user().string(), keys.bar().string(), keys.session_prefix().string(), keyspace.grant("name"), capitals,
        session + "0", "x" + session, std::string("}:session:x"), std::string("sessiond:{}:session:x"), session.substr(1), std::string("}:session:"), std::string()}) {
    EXPECT_FALSE(keyspace.parse_session_key(key)) << key;
  }
}

TEST(KeyNames, OfTwoPrefixesAreNeverEachOthers) {
  for (const auto& [mine, others] : {std::pair("sessiond", "session"), {"sessiond", "sessiond-staging"}, {"sessiond-staging", "sessiond"}, {"a", "a.b"}, {"a.b", "a"}, {"a", "A"}}) {
    const Keyspace keyspace(mine);
    const std::string session = Keyspace(others).of(ref_of("alice")).session(kId).string();
    EXPECT_FALSE(keyspace.parse_session_key(session)) << session;
    for (const std::string& key : {session, Keyspace(others).grant("name")}) EXPECT_FALSE(keyspace.holds(key)) << key;
    EXPECT_EQ(prefix_of_session_key(session), others);
  }
}

TEST(KeyNames, AllBeginWithThePrefixAndAColon) {
  const Keyspace keyspace("staging");
  const UserKeys keys = keyspace.of(ref_of("alice"));
  for (const std::string& key : {keys.session(kId).string(), keys.index().string(), keys.user().string(), keys.bar().string(), keyspace.grant("n")}) {
    EXPECT_TRUE(key.starts_with("staging:")) << key;
    EXPECT_TRUE(keyspace.holds(key)) << key;
  }
  EXPECT_EQ(keyspace.pattern(), "staging:*");
}

TEST(KeyNames, HaveAPrefixWithoutAMeaningOfItsOwn) {
  for (const std::string& prefix : {std::string("a"), std::string("Staging-2_b.c"), std::string(32, '9')}) EXPECT_TRUE(is_key_prefix(prefix));
  constexpr std::string_view kAllowed = "-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (int c = 0; c < 256; ++c) {
    const std::string prefix(1, static_cast<char>(c));
    EXPECT_EQ(is_key_prefix(prefix), kAllowed.find(prefix) != std::string_view::npos) << c;
  }
  for (const std::string& prefix : {std::string(), std::string(33, 'a'), std::string("a:b"), std::string("a*"), std::string("a?"),
                                    std::string("[a]"), std::string("{a}"), std::string("a b"), std::string("\xC3\xAB"),
                                    std::string("a\0", 2), std::string("a\\")}) {
    EXPECT_FALSE(is_key_prefix(prefix)) << prefix;
  }
}

TEST(KeyNames, OfForeignKeysHaveNoPrefix) {
  for (const char* key : {"", ":{", "cache:{x}:session:y", "a:{AAAAAAAAAAAAAAAAAAAAAA}:sessions", "{AAAAAAAAAAAAAAAAAAAAAA}:session:z"}) {
    EXPECT_EQ(prefix_of_session_key(key), std::nullopt) << key;
  }
  EXPECT_EQ(prefix_of_session_key(Keyspace("a b").of(ref_of("alice")).session(kId)), std::nullopt) << "no prefix of ours";
  EXPECT_FALSE(Keyspace(std::string(32, 'a')).parse_session_key("}:session:x"));
}

}  // namespace
}  // namespace sessiond
