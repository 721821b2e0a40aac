// What a login service may keep with a session, and how the check is asked for it.
#include "app/metadata.h"

#include <gtest/gtest.h>

namespace sessiond {
namespace {

std::string text_of(std::size_t size) { return R"({"a":")" + std::string(size - 8, 'x') + "\"}"; }

TEST(Metadata, AreTextsByNameWrittenInOneWay) {
  const auto read = read_metadata("{ \"tenant\" :\n\"acme\", \"login.method-2\":\"p\\u0061ss \\\"key\\\"\",\"_\":\"\",\"city\":\"Zürich\",\"azAZ09\":\"\"}");
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(*read, R"({"tenant":"acme","login.method-2":"pass \"key\"","_":"","city":"Zürich","azAZ09":""})");
  EXPECT_EQ(*read_metadata(*read), *read);
  EXPECT_EQ(*read_metadata("{}"), "");
}

TEST(Metadata, AreNothingElse) {
  for (const char* json : {R"({"a":1})", R"({"a":null})", R"({"a":true})", R"({"a":{}})", R"({"a":["b"]})", R"({"a":{"b":"c"}})", R"({"a":"b","a":"c"})",
                           R"({"a":"b\nc"})", R"({"a":"\u0000"})", R"({"a":"\u0085"})", R"({"":"b"})", R"({"a b":"c"})", R"({"\u00e4":"c"})", R"({"a:":"c"})", R"({"a/":"c"})", R"({"a@":"c"})", R"({"a[":"c"})", R"({"a`":"c"})", R"({"a{":"c"})",
                           R"({"a":"b"} x)", "[]", R"("a")", ""}) {
    const auto read = read_metadata(json);
    ASSERT_FALSE(read) << json;
    EXPECT_EQ(read.error().failure, Failure::kBadRequest) << json;
  }
}

TEST(Metadata, AreAtMostAKilobyteAsTheCheckWritesThem) {
  EXPECT_TRUE(read_metadata(text_of(1024)));
  EXPECT_FALSE(read_metadata(text_of(1025)));
  std::string accents;
  for (int i = 0; i < 169; ++i) accents += "é";  // each %C3%A9
  EXPECT_TRUE(read_metadata(R"({"a":")" + accents + "xx\"}"));
  EXPECT_FALSE(read_metadata(R"({"a":")" + accents + "xxx\"}"));
}

TEST(Metadata, AreAtMostSixteenAndTheirNamesAtMost64Letters) {
  const auto many = [](int count) {
    std::string json;
    for (int i = 0; i < count; ++i) json += (i == 0 ? "{\"" : ",\"") + std::to_string(i) + R"(":"x")";
    return json + "}";
  };
  EXPECT_TRUE(read_metadata(many(16)));
  EXPECT_FALSE(read_metadata(many(17)));
  EXPECT_TRUE(read_metadata("{\"" + std::string(64, 'n') + R"(":"x"})"));
  EXPECT_FALSE(read_metadata("{\"" + std::string(65, 'n') + R"(":"x"})"));
}

}  // namespace
}  // namespace sessiond
