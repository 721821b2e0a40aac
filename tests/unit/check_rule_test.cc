// What a check asks of a caller: how it is written, and who passes.
#include "app/check_rule.h"

#include <gtest/gtest.h>

namespace sessiond {
namespace {

using Names = std::vector<std::string>;
constexpr Millis kNow = 1'800'000'000'000;

CheckRule rule_of(std::string_view query) { return read_check_rule(query).value(); }

Caller caller_with(const Authentication& proof, Kind kind = Kind::kWeb) {
  Caller caller;
  caller.kind = kind;
  caller.authentication = proof;
  return caller;
}

TEST(CheckRule, AsksForGroupsAnAgeAndAClassInAnyOrder) {
  for (const char* query : {"groups=admin,on%20call&max_age=300&acr=2fa,phr", "acr=2fa,phr&groups=admin,on%20call&max_age=300"}) {
    const CheckRule rule = rule_of(query);
    EXPECT_EQ(rule.groups, (Names{"admin", "on call"}));
    EXPECT_EQ(rule.max_age, 300'000);
    EXPECT_EQ(rule.acr, (Names{"2fa", "phr"}));
  }
}

TEST(CheckRule, AsksOnlyForWhatItNames) {
  EXPECT_FALSE(rule_of("groups=admin").asks_for_proof());
  EXPECT_EQ(rule_of("max_age=1").groups, Names{});
  EXPECT_EQ(rule_of("max_age=1").acr, Names{});
  EXPECT_TRUE(rule_of("max_age=1").asks_for_proof());
  EXPECT_TRUE(rule_of("acr=urn:mace:incommon:iap:silver").asks_for_proof());
  EXPECT_EQ(rule_of("acr=2fa").max_age, std::nullopt);
  EXPECT_EQ(rule_of("max_age=316224000").max_age, 316'224'000'000);
  EXPECT_FALSE(rule_of("groups=admin").metadata);
  const std::string name(64, 'a');
  EXPECT_EQ(rule_of("acr=" + name + "," + name + "," + name + "," + name.substr(3)).acr.size(), 4U);  // 256 bytes
}

TEST(CheckRule, AsksForMetadataBesideWhateverElse) {
  for (const char* query : {"metadata=true", "metadata=true&groups=admin", "max_age=1&metadata=true"}) EXPECT_TRUE(rule_of(query).metadata) << query;
  EXPECT_FALSE(rule_of("metadata=true").asks_for_proof());
  EXPECT_EQ(rule_of("metadata=true").groups, Names{});
}

TEST(CheckRule, ThatIsMisspeltIsAFailureThatSaysHowItIsWritten) {
  const std::string long_one = "acr=" + std::string(64, 'a') + "," + std::string(64, 'b') + "," + std::string(64, 'c') + "," + std::string(64, 'd');
  for (const std::string& query :
       {std::string(), std::string("&"), std::string("max_age"), std::string("max_age="), std::string("max_age=0"), std::string("max_age=-1"), std::string("max_age=+1"),
        std::string("max_age= 1"), std::string("max_age=1.5"), std::string("max_age=5m"), std::string("max_age=316224001"), std::string("max_age=99999999999999999999"),
        std::string("max_age=1&max_age=1"), std::string("max-age=1"), std::string("Max_age=1"), std::string("max%5Fage=1"), std::string("max_age=%31"), std::string("acr"), std::string("acr="), std::string("acr=,"),
        std::string("acr=2fa,"), std::string("acr=,2fa"), std::string("acr=2fa&acr=phr"), std::string("acr=%zz"), std::string("acr=a%20b"), std::string("acr=a%22b"),
        std::string("acr=a%5Cb"), std::string("acr=a%2Cb"), std::string("acr=a%0Ab"), std::string("acr=z%C3%AB"), std::string("acr=") + std::string(65, 'a'), long_one,
        std::string("acr=2fa&"), std::string("&acr=2fa"), std::string("acr=2fa&&max_age=1"), std::string("acr=2fa&x=1"), std::string("groups="), std::string("groups=a&groups=b"),
        std::string("groups=a,&max_age=1"), std::string("acr_values=2fa"), std::string("metadata"), std::string("metadata="), std::string("metadata=false"),
        std::string("metadata=true&"), std::string("metadata=true&metadata=true"), std::string("Metadata=true"), std::string("\0", 1)}) {
    const Result<CheckRule> rule = read_check_rule(query);
    ASSERT_FALSE(rule) << query;
    EXPECT_EQ(rule.error().failure, Failure::kInternal) << query;
    EXPECT_TRUE(rule.error().text.starts_with("a check's rule is groups=NAME,NAME")) << rule.error().text;
  }
}

TEST(IsProven, NotByWhoActsAsSomebodyElse) {
  Caller caller = caller_with({kNow, "2fa", ""});
  ASSERT_TRUE(is_proven(rule_of("max_age=300"), caller, kNow));
  caller.impersonator = "op";
  EXPECT_FALSE(is_proven(rule_of("max_age=300"), caller, kNow));
}

TEST(IsProven, ByAProofThatIsNoOlderThanAsked) {
  const CheckRule rule = rule_of("max_age=300");
  for (const Millis age : {0, 1, 299'999, 300'000}) EXPECT_TRUE(is_proven(rule, caller_with({kNow - age, "", ""}), kNow)) << age;
  EXPECT_FALSE(is_proven(rule, caller_with({kNow - 300'001, "", ""}), kNow));
  EXPECT_FALSE(is_proven(rule, caller_with({0, "", ""}), kNow));
}

TEST(IsProven, NeverByAProofWithoutATimeNorByOneYetToCome) {
  const CheckRule rule = rule_of("max_age=300&acr=2fa");
  EXPECT_FALSE(is_proven(rule, caller_with({}), kNow));
  EXPECT_FALSE(is_proven(rule, Caller{}, kNow));
  EXPECT_FALSE(is_proven(rule_of("acr=2fa"), Caller{}, kNow));
  EXPECT_FALSE(is_proven(rule, caller_with({std::nullopt, "2fa", "pwd,otp"}), kNow));
  EXPECT_FALSE(is_proven(rule, caller_with({kNow + 1, "2fa", ""}), kNow));
  EXPECT_TRUE(is_proven(rule, caller_with({kNow, "2fa", ""}), kNow));
}

TEST(IsProven, NeverOfAnyAgeByACli) {
  const Authentication proof{kNow, "2fa", ""};
  EXPECT_FALSE(is_proven(rule_of("max_age=300"), caller_with(proof, Kind::kCli), kNow));
  EXPECT_TRUE(is_proven(rule_of("acr=2fa"), caller_with(proof, Kind::kCli), kNow));
}

TEST(IsProven, ByOneOfTheClassesToTheLetter) {
  const CheckRule rule = rule_of("acr=2fa,phr");
  for (const char* acr : {"2fa", "phr"}) EXPECT_TRUE(is_proven(rule, caller_with({std::nullopt, acr, ""}), 0)) << acr;
  for (const char* acr : {"", "2FA", "2f", "2fa,phr", "2faphr", "1fa"}) EXPECT_FALSE(is_proven(rule, caller_with({kNow, acr, "2fa"}), kNow)) << acr;
}

TEST(IsProven, ByWhatIsBothNewEnoughAndOfTheClass) {
  const CheckRule rule = rule_of("max_age=300&acr=2fa");
  EXPECT_TRUE(is_proven(rule, caller_with({kNow, "2fa", ""}), kNow));
  EXPECT_FALSE(is_proven(rule, caller_with({kNow, "1fa", ""}), kNow));
  EXPECT_FALSE(is_proven(rule, caller_with({kNow - 300'001, "2fa", ""}), kNow));
}

TEST(RenderChallenge, SaysWhatIsAskedForAsRfc9470Has) {
  EXPECT_EQ(render_challenge(rule_of("max_age=300&acr=2fa,urn:x:y")), R"(, max_age="300", acr_values="2fa urn:x:y")");
  EXPECT_EQ(render_challenge(rule_of("max_age=5&groups=admin")), R"(, max_age="5")");
  EXPECT_EQ(render_challenge(rule_of("acr=2fa")), R"(, acr_values="2fa")");
}

TEST(RenderLoginParameters, AddNothingButThose) {
  EXPECT_EQ(render_login_parameters(rule_of("max_age=300&acr=2fa,urn:x%26rd=y")), "&max_age=300&acr_values=2fa%20urn%3Ax%26rd%3Dy");
  EXPECT_EQ(render_login_parameters(rule_of("max_age=5")), "&max_age=5");
}

bool passes(const std::string& user) { return has_group_of(rule_of("groups=admin,ops"), "groups", json::parse_object(user).value()); }

TEST(HasGroupOf, OneOfTheGroupsIsEnough) {
  EXPECT_TRUE(passes(R"({"groups":["staff","ops"]})"));
  EXPECT_TRUE(passes(R"({"groups":["\u0061dmin"]})"));
}

TEST(HasGroupOf, NothingButAStringInAnArrayOfThatNameIsAGroup) {
  for (const char* user : {"{}", R"({"groups":[]})", R"({"groups":"admin"})", R"({"groups":{"admin":"admin"}})", R"({"groups":[["admin"]]})",
                           R"({"groups":[null,1,true,[],{}]})", R"({"groups":[{"staff":"admin"}]})", R"({"groups":["Admin","admin ","admin,ops"]})", R"({"group":["admin"],"x":{"groups":["admin"]}})"}) {
    EXPECT_FALSE(passes(user)) << user;
  }
  EXPECT_FALSE(has_group_of(rule_of("groups=1,true,null"), "groups", json::parse_object(R"({"groups":[1,true,null]})").value()));
}

}  // namespace
}  // namespace sessiond
