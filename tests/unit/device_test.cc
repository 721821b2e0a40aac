// The codes of a client that waits for a person.
#include "session/device.h"

#include <gtest/gtest.h>

#include "session/grant.h"

namespace sessiond {
namespace {

TEST(DeviceCode, ReadsBackAsWhatWasWritten) {
  const DeviceCode code{grant_name("ABCDEFGH"), new_secret()};
  const std::string text = format_device_code(code);
  EXPECT_EQ(text.size(), 64U);
  const auto read = parse_device_code(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->name, code.name);
  EXPECT_EQ(read->secret.bytes, code.secret.bytes);
  EXPECT_EQ(format_device_code(*read), text);
}

TEST(DeviceCode, HasExactlyOneSpelling) {
  const std::string text = format_device_code({grant_name("ABCDEFGH"), new_secret()});
  for (const std::string& wrong : {std::string(), text.substr(1), text + "A", text + "=", " " + text, "+" + text.substr(1),
                                  std::string(100'000, 'A')}) {
    EXPECT_FALSE(parse_device_code(wrong)) << wrong.size();
  }
}

TEST(DeviceCode, WithoutTheNameOfAUserCodeIsNone) { EXPECT_EQ(format_device_code({"nonsense", new_secret()}), ""); }

TEST(DeviceCode, ItsGrantIsNoneThatABrowserIsGiven) {
  for (const char* code : {"ABCDEFGH", "DEVICE22"}) EXPECT_NE(device_grant(grant_name(code)), grant_name(code));
  EXPECT_EQ(device_grant(grant_name("ABCDEFGH")).find_first_of(" \n"), std::string::npos) << "it is a word among a session's grants";
}

TEST(UserCode, IsShownInTwoHalves) {
  EXPECT_EQ(show_user_code("ABCDEFGH"), "ABCD-EFGH");
  EXPECT_EQ(normalise_grant_code(show_user_code("ABCDEFGH")), "ABCDEFGH");
}

}  // namespace
}  // namespace sessiond
