// Query parameters: those that are known, and errors that name the others.
#include "http/query.h"

#include <gtest/gtest.h>

namespace sessiond::http {
namespace {

constexpr std::string_view kKnown[] = {"except", "kind"};

Result<Query> read(std::string_view text) { return read_query(text, kKnown); }

TEST(ReadQuery, GivesEachValueByItsName) {
  const Result<Query> query = read("kind=web&except=a%20b%3D");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->find("kind"), "web");
  EXPECT_EQ(query->find("except"), "a b=");
  EXPECT_EQ(read("k%69nd=web")->find("kind"), "web");
}

TEST(ReadQuery, TellsAnEmptyValueFromNone) {
  EXPECT_EQ(read("")->find("kind"), std::nullopt);
  EXPECT_EQ(read("&&")->find("kind"), std::nullopt);
  EXPECT_EQ(read("kind")->find("kind"), "");
  EXPECT_EQ(read("kind=")->find("kind"), "");
}

std::string refused(std::string_view text) {
  const Result<Query> query = read(text);
  if (query) return "taken";
  EXPECT_EQ(query.error().failure, Failure::kBadRequest);
  return query.error().text;
}

TEST(ReadQuery, NamesWhatItDoesNotKnow) {
  EXPECT_EQ(refused("exept=1"), "the query parameter \"exept\" is not known here");
  EXPECT_EQ(refused("kind=web&Kind=web"), "the query parameter \"Kind\" is not known here");
  EXPECT_EQ(refused("=1"), "the query parameter \"\" is not known here");
  EXPECT_EQ(refused("a%20b"), "the query parameter \"a b\" is not known here");
  EXPECT_EQ(refused("kind;except=1"), "the query parameter \"kind;except\" is not known here");
}

TEST(ReadQuery, NamesWhatComesTwice) {
  EXPECT_EQ(refused("kind=web&kind=web"), "the query parameter \"kind\" is given twice");
  EXPECT_EQ(refused("kind=&k%69nd="), "the query parameter \"kind\" is given twice");
}

TEST(ReadQuery, RefusesWhatIsNotPercentEncoded) {
  EXPECT_EQ(refused("kind=%4"), "the query parameter \"kind\" is not percent-encoded");
  EXPECT_EQ(refused("%zz=1"), "the query parameter \"%zz\" is not known here");
}

TEST(ReadQuery, ShowsANameBoundedAndFitToBeShown) {
  EXPECT_EQ(refused(std::string(10'000, 'x')).size(), refused(std::string(64, 'x')).size());
  EXPECT_EQ(refused("a%00%0A%FF"), "the query parameter \"a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\" is not known here");
}

TEST(Mentions, AParameterHoweverItIsEncoded) {
  for (const char* text : {"kind", "kind=web", "x=1&k%69nd=web", "&&except=", "%zz=1&kind"}) EXPECT_TRUE(mentions(text, kKnown)) << text;
  for (const char* text : {"", "&", "x=kind", "kinds=web", "Kind=web", "kin%64%00=web", "%zz"}) EXPECT_FALSE(mentions(text, kKnown)) << text;
}

}  // namespace
}  // namespace sessiond::http
