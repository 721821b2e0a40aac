// The field that tells the person's own session from one in which an operator acts as them.
#include <gtest/gtest.h>

#include "session/session.h"

namespace sessiond {
namespace {

TEST(KindField, IsReadAsItIsWritten) {
  for (const std::string_view operators : {"", "op-7", "a b", " ", "web", "\xC3\xB6p\n"}) {
    const std::string text = write_kind_field({Kind::kWeb, operators});
    const auto read = parse_kind_field(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->kind, Kind::kWeb);
    EXPECT_EQ(read->impersonator, operators);
  }
}

TEST(KindField, OfThePersonsOwnSessionIsItsKind) {
  EXPECT_EQ(write_kind_field({Kind::kWeb, ""}), "web");
  EXPECT_EQ(write_kind_field({Kind::kCli, ""}), "cli");
  EXPECT_EQ(parse_kind_field("cli")->kind, Kind::kCli);
  EXPECT_EQ(parse_kind_field("web")->impersonator, "");
}

TEST(KindField, IsNothingElse) {
  const std::string too_long(256, 'x');
  for (const std::string& text : {std::string(), std::string("web "), std::string("cli op-7"), std::string(" op-7"), std::string("Web op-7"),
                                  std::string("webop-7"), std::string("web\top-7"), std::string("web \xFF"), "web " + too_long}) {
    EXPECT_FALSE(parse_kind_field(text)) << text;
  }
  EXPECT_TRUE(parse_kind_field("web " + too_long.substr(1)));
}

}  // namespace
}  // namespace sessiond
