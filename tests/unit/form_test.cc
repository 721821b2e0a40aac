// Forms as OAuth clients send them.
#include "http/form.h"

#include <gtest/gtest.h>

namespace sessiond::http {
namespace {

std::string token_in(std::string_view form) {
  const Result<std::string> value = read_field(form, "token");
  if (value) return *value;
  EXPECT_EQ(value.error().failure, Failure::kBadRequest);
  return "! " + value.error().text;
}

TEST(ReadField, GivesItsValueDecodedWhereverItStands) {
  EXPECT_EQ(token_in("token=a"), "a");
  EXPECT_EQ(token_in("token_type_hint=access_token&token=a&client_id=x"), "a");
  EXPECT_EQ(token_in("&&token=a&"), "a");
  EXPECT_EQ(token_in("tok%65n=a+b%20c%2Bd%26e%3d"), "a b c+d&e=");
  EXPECT_EQ(token_in("token=a=b"), "a=b");
  EXPECT_EQ(token_in("token=%00"), std::string(1, '\0'));
}

TEST(ReadField, IgnoresWhatItIsNotAskedFor) {
  EXPECT_EQ(token_in("resource=x&token=a&resource=y&Token=b&token[]=c&tokens=d&%20token=e"), "a");
}

TEST(ReadField, TakesAFieldWithoutAValueForNone) {
  for (const char* form : {"", "&", "token", "token=", "token=&token", "a=token", "=token", "Token=a"}) {
    EXPECT_EQ(token_in(form), "! the form has no token") << form;
  }
  EXPECT_EQ(token_in("token=&token=a&token"), "a");
}

TEST(ReadField, RefusesTwoOfThem) {
  for (const char* form : {"token=a&token=a", "token=a&x=y&token=b", "token=a&%74oken=b"}) {
    EXPECT_EQ(token_in(form), "! the form has more than one token") << form;
  }
}

TEST(ReadField, RefusesWhatIsNotPercentEncodedWhereverItStands) {
  for (const char* form : {"token=%", "token=%4", "token=%zz", "token=a%", "token=a&x=%zz", "%zz=x&token=a", "token=%+1"}) {
    EXPECT_EQ(token_in(form), "! the form is not percent-encoded") << form;
  }
}

}  // namespace
}  // namespace sessiond::http
