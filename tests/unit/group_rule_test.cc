// Who may pass by a rule, from the User as it was read.
#include "app/group_rule.h"

#include <gtest/gtest.h>

namespace sessiond {
namespace {

bool passes(const std::string& user) { return has_group_of({"admin", "ops"}, "groups", json::parse_object(user).value()); }

TEST(HasGroupOf, OneOfTheGroupsIsEnough) {
  EXPECT_TRUE(passes(R"({"groups":["staff","ops"]})"));
  EXPECT_TRUE(passes(R"({"groups":["\u0061dmin"]})"));
}

TEST(HasGroupOf, NothingButAStringInAnArrayOfThatNameIsAGroup) {
  for (const char* user : {"{}", R"({"groups":[]})", R"({"groups":"admin"})", R"({"groups":{"admin":"admin"}})", R"({"groups":[["admin"]]})",
                           R"({"groups":[null,1,true,[],{}]})", R"({"groups":[{"staff":"admin"}]})", R"({"groups":["Admin","admin ","admin,ops"]})", R"({"group":["admin"],"x":{"groups":["admin"]}})"}) {
    EXPECT_FALSE(passes(user)) << user;
  }
}

}  // namespace
}  // namespace sessiond
