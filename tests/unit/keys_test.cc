// The names of keys in Redis.
#include "session/keys.h"

#include <gtest/gtest.h>

namespace sessiond {
namespace {

TEST(KeyNames, OfASessionAreReadBack) {
  const UserRef ref = ref_of("alice");
  const Uuid id = *parse_uuid("01900000-0000-7000-8000-00000000abcd");
  const auto name = parse_session_key(UserKeys(ref).session(id));
  ASSERT_TRUE(name);
  EXPECT_EQ(name->ref, ref);
  EXPECT_EQ(name->id, id);
}

TEST(KeyNames, OfAnythingElseAreNoSessions) {
  const UserKeys keys(ref_of("alice"));
  const std::string session = keys.session(*parse_uuid("01900000-0000-7000-8000-00000000abcd")).string();
  std::string capitals = session;
  capitals.replace(capitals.size() - 4, 4, "ABCD");
  for (const std::string& key :
       {keys.index().string(), keys.user().string(), keys.session_prefix().string(), grant_key("name"), capitals,
        session + "0", "x" + session, session.substr(1), std::string("}:session:"), std::string()}) {
    EXPECT_FALSE(parse_session_key(key)) << key;
  }
}

}  // namespace
}  // namespace sessiond
