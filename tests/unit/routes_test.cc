// Which paths have the form of a route's pattern.
#include "app/routes.h"

#include <gtest/gtest.h>

namespace sessiond {
namespace {

constexpr const char* kOne = "/sessions/{id}";
constexpr const char* kTwo = "/users/{user_id}/sessions/{id}";

TEST(Match, WithoutParametersIsEquality) {
  EXPECT_TRUE(match("/healthz", "/healthz"));
  for (const char* path : {"", "/", "/health", "/healthzz", "/healthz/", "//healthz", "healthz", "/HEALTHZ", "/healthz%00"}) {
    EXPECT_FALSE(match("/healthz", path)) << path;
  }
}

TEST(Match, AParameterIsOneSegmentAsItWasSent) {
  EXPECT_EQ(match(kOne, "/sessions/a")->at(0), "a");
  EXPECT_EQ(match(kOne, "/sessions/a%2Fb%00")->at(0), "a%2Fb%00");
  EXPECT_EQ(match(kOne, "/sessions/..")->at(0), "..");
  EXPECT_EQ(match(kOne, "/sessions/{id}")->at(0), "{id}");
  EXPECT_EQ(match(kOne, "/sessions/" + std::string(10'000, 'a'))->at(0).size(), 10'000U);
}

TEST(Match, ParametersComeInTheirOrder) {
  const auto parameters = match(kTwo, "/users/u/sessions/s");
  ASSERT_TRUE(parameters);
  EXPECT_EQ(parameters->at(0), "u");
  EXPECT_EQ(parameters->at(1), "s");
}

TEST(Match, AnEmptySegmentOrOneMoreIsAnotherPath) {
  for (const char* path : {"/sessions", "/sessions/", "/sessions//", "/sessions/a/", "/sessions/a/b", "/sessions//a", "/session/a"}) {
    EXPECT_FALSE(match(kOne, path)) << path;
  }
  for (const char* path : {"/users//sessions/s", "/users/u/sessions/", "/users/u/sessions", "/users/u/s", "/users/u/x/sessions/s"}) {
    EXPECT_FALSE(match(kTwo, path)) << path;
  }
}

}  // namespace
}  // namespace sessiond
