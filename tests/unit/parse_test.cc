// Strict JSON: what is read, and all that is refused.
#include "json/parse.h"

#include <gtest/gtest.h>

namespace sessiond::json {
namespace {

using Type = Member::Type;

TEST(JsonObject, HasItsMembersInTheirOrderWithTypeAndValue) {
  const auto object = parse_object(
      R"( {"none": null, "yes": true, "whole": -42, "real": 1.5, "text": "a\"\u00e9\ud83d\ude00", "list": [1], "inner": {"a": 1}} )");
  ASSERT_TRUE(object);
  ASSERT_EQ(object->members().size(), 7U);
  EXPECT_EQ(object->members()[0].name, "none");
  EXPECT_EQ(object->find("none")->type, Type::kNull);
  EXPECT_EQ(object->find("yes")->type, Type::kBool);
  EXPECT_EQ(object->find("whole")->type, Type::kInteger);
  EXPECT_EQ(object->find("whole")->integer, -42);
  EXPECT_EQ(object->find("real")->type, Type::kNumber);
  EXPECT_EQ(object->find("list")->type, Type::kArray);
  EXPECT_EQ(object->find("inner")->type, Type::kObject);
  EXPECT_EQ(object->string("text"), "a\"\xC3\xA9\xF0\x9F\x98\x80");
  EXPECT_EQ(object->find("absent"), nullptr);
  EXPECT_EQ(object->string("whole"), std::nullopt);
  EXPECT_EQ(object->string("absent"), std::nullopt);
}

TEST(JsonObject, AnInnerObjectIsKeptAsItWasWritten) {
  const std::string inner = R"({ "b" : [ 1.50, {"c": "}"} ], "a":"\u0041" })";
  const std::string text = R"({"first": {}, "user":)" + inner + R"(, "last": {"x": {"y": 1}} })";
  const auto object = parse_object(text);
  ASSERT_TRUE(object);
  EXPECT_EQ(object->find("first")->raw, "{}");
  EXPECT_EQ(object->find("user")->raw, inner);
  EXPECT_EQ(object->find("last")->raw, R"({"x": {"y": 1}})");
}

TEST(JsonObject, ANumberIsKeptAsItWasWritten) {
  const auto object = parse_object("{\"a\":-0.50e+1,\"b\" : 12 , \"c\":18446744073709551615,\"d\":[1]}");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->find("a")->raw, "-0.50e+1");
  EXPECT_EQ(object->find("b")->raw, "12");
  EXPECT_EQ(object->find("c")->raw, "18446744073709551615");
}

TEST(JsonObject, OutlivesItsText) {
  std::string text = R"({"list": ["a long text that fits into no string itself"], "inner": {"a": 1}, "number": 12})";
  const auto object = parse_object(text);
  text.assign(text.size(), 'x');
  EXPECT_EQ(elements_of(*object->find("list")).at(0).string, "a long text that fits into no string itself");
  EXPECT_EQ(object->find("inner")->raw, R"({"a": 1})");
  EXPECT_EQ(object->find("number")->raw, "12");
}

TEST(JsonArray, HasItsElementsInTheirOrderWithTypeAndValue) {
  const auto object = parse_object(R"({"a": [ "x\"\u00e9", 1.50,-2 ,true, null, [1, ["y"]], {"b": "]"}, "" ], "none": [ ]})");
  ASSERT_TRUE(object);
  const std::vector<Member> elements = elements_of(*object->find("a"));
  ASSERT_EQ(elements.size(), 8U);
  EXPECT_EQ(elements[0].string, "x\"\xC3\xA9");
  EXPECT_EQ(elements[1].raw, "1.50");
  EXPECT_EQ(elements[2].integer, -2);
  EXPECT_EQ(elements[2].raw, "-2");
  EXPECT_TRUE(elements[3].boolean);
  EXPECT_EQ(elements[4].type, Type::kNull);
  EXPECT_EQ(elements[5].type, Type::kArray);
  EXPECT_EQ(elements[5].raw, R"([1, ["y"]])");
  EXPECT_EQ(elements[6].raw, R"({"b": "]"})");
  EXPECT_EQ(elements[7].type, Type::kString);
  EXPECT_TRUE(elements_of(*object->find("none")).empty());
  EXPECT_EQ(elements_of(elements[5]).size(), 2U);
}

TEST(JsonObject, AMemberOfAnInnerObjectIsNotOneOfTheOuter) {
  const auto object = parse_object(R"({"a": {"b": "inner"}, "c": [{"b": 1}, {"b": 2}]})");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->find("b"), nullptr);
  EXPECT_EQ(object->members().size(), 2U);
}

TEST(JsonObject, AStringMayHoldNul) {
  const auto object = parse_object(R"({"a": "x\u0000y", "b\u0000": 1})");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->string("a"), std::string_view("x\0y", 3));
  EXPECT_EQ(object->find("b"), nullptr);
  EXPECT_NE(object->find(std::string_view("b\0", 2)), nullptr);
}

TEST(JsonObject, WholeNumbersAreThoseThatFit64Bits) {
  const auto object = parse_object(
      R"({"least": -9223372036854775808, "most": 9223372036854775807, "over": 9223372036854775808, "e": 1e3, "zero": -0})");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->find("least")->integer, INT64_MIN);
  EXPECT_EQ(object->find("most")->integer, INT64_MAX);
  EXPECT_EQ(object->find("over")->type, Type::kNumber);
  EXPECT_EQ(object->find("e")->type, Type::kNumber);
  EXPECT_EQ(object->find("zero")->integer, 0);
}

TEST(JsonObject, OnlyKnowsWhatItIsToldToKnow) {
  const auto object = parse_object(R"({"a": 1, "b": 2})");
  ASSERT_TRUE(object);
  EXPECT_TRUE(object->only({"a", "b", "c"}));
  EXPECT_FALSE(object->only({"a"}));
  EXPECT_EQ(object->only({"a"}).error().failure, Failure::kBadRequest);
  EXPECT_NE(object->only({"a"}).error().text.find("\"b\""), std::string::npos);
}

std::string nested(std::size_t depth) {
  std::string text = "1";
  for (std::size_t i = 1; i < depth; ++i) text = "[" + text + "]";
  return R"({"a":)" + text + "}";
}

TEST(JsonObject, NestsAsDeepAsItMayAndNoDeeper) {
  EXPECT_TRUE(parse_object(nested(kMaxDepth)));
  EXPECT_FALSE(parse_object(nested(kMaxDepth + 1)));
  EXPECT_FALSE(parse_object(nested(5'000)));
  EXPECT_FALSE(parse_object(std::string(10'000, '[')));
  EXPECT_FALSE(parse_object(std::string(10'000, '{')));
}

TEST(JsonObject, MayHoldAnyNumberOfObjectsAndArraysBesideEachOther) {
  std::string text = R"({"a":[1)";
  for (int i = 0; i < 100; ++i) text += ",{},[]";
  EXPECT_TRUE(parse_object(text + "]}"));
}

TEST(JsonObject, SaysWhatIsWrongWithNamesAndText) {
  for (const char* text : {R"({"a":1,"a":2})", R"({"b":{"a":1,"a":2}})"}) {
    EXPECT_NE(parse_object(text).error().text.find("same name twice"), std::string::npos) << text;
  }
  for (const char* text : {R"({"a":"\udc00"})", R"({"\udc00":1})", R"({"b":["\udc00"]})"}) {
    EXPECT_NE(parse_object(text).error().text.find("half of a surrogate pair"), std::string::npos) << text;
  }
}

TEST(JsonObject, BracketsInStringsDoNotCount) {
  EXPECT_TRUE(parse_object(R"({"a": "[[[[[[[[[[{{{{{{{{{{\"[[[[[[[[", "1234567890123456789012345678901234567890": 1})"));
}

TEST(JsonObject, TakesABodyOf16KilobytesAndNoMore) {
  const std::string fitting = R"({"a":")" + std::string(kMaxBytes - 8, 'x') + R"("})";
  ASSERT_EQ(fitting.size(), kMaxBytes);
  EXPECT_TRUE(parse_object(fitting));
  const auto over = parse_object(fitting + " ");
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().failure, Failure::kTooLarge);
}

class NoJsonObject : public ::testing::TestWithParam<std::string> {};

TEST_P(NoJsonObject, IsABadRequest) {
  const auto object = parse_object(GetParam());
  ASSERT_FALSE(object) << GetParam();
  EXPECT_EQ(object.error().failure, Failure::kBadRequest);
}

const std::string kUtf16 = std::string("\xFF\xFE{\0}\0", 6);

INSTANTIATE_TEST_SUITE_P(
    Texts, NoJsonObject,
    ::testing::Values(
        // No JSON at all.
        "", " ", "{", "}", "{]", "nul", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{a:1}", "{'a':1}", "{\"a\":1}}",
        "{\"a\":1} x", "{}{}", "{\"a\":01}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":1.}", "{\"a\":1e}", "{\"a\":0x1}",
        "{\"a\":NaN}", "{\"a\":Infinity}", "{\"a\":-Infinity}", "{\"a\":nan}", "{\"a\":True}", "{\"a\":1 /* */}",
        "{\"a\":\"", "{\"a\":\"\\", "{\"a\":\"\\u12\"}", "{\"a\":\"\\x41\"}", "{\"a\":\"\n\"}", "{\"a\":\"\t\"}",
        std::string("{\"a\":\"\0\"}", 9), std::string("{}\0", 3), std::string("{}\0x", 4), std::string("\0{}", 3), "\v{}", "<a/>", "a=1",
        // No object.
        "null", "true", "1", "\"text\"", "[]", "[{}]",
        // Numbers that break parsers.
        "{\"a\":0." + std::string(4000, '0') + "1e-99999999999}", "{\"a\":1e99999999999}",
        "{\"a\":0.000000000000000000e-2147483639}", "{\"a\":0.000000000e-2147483639}", "{\"a\":1e-9999}", "{\"a\":1e400}",
        "{\"a\":" + std::string(4000, '9') + "}", "{\"a\":-" + std::string(40, '1') + "}", "{\"a\":1e-" + std::string(40, '9') + "}",
        // A name twice, at any depth, however it is written.
        R"({"a":1,"a":1})", R"({"a":1,"b":2,"a":3})", R"({"a":1,"\u0061":2})", R"({"x":{"a":1,"a":1}})",
        R"({"x":[{"a":1},{"b":1,"b":1}]})", R"({"":1,"":2})",
        // No UTF-8.
        "\xEF\xBB\xBF{}", kUtf16, "{\"a\":\"\xFF\"}", "{\"a\":\"\xC0\x80\"}", "{\"a\":\"\xED\xA0\x80\"}",
        "{\"a\":\"\xF4\x90\x80\x80\"}", "{\"a\":\"\xC3\"}", "{\"\xC3\x28\":1}", "{\"a\":\"\xE2\x82\"}",
        // Half of a surrogate pair.
        R"({"a":"\ud83d"})", R"({"a":"\ude00"})", R"({"a":"\ud83dx"})", R"({"a":"\ud83d\ud83d"})", R"({"\ude00":1})", R"({"a":["\ude00"]})"));

TEST(JsonObject, ANumberHas32CharactersAndThreeDigitsOfExponentAtMost) {
  const auto reads = [](const std::string& number) {
    const auto object = parse_object("{\"a\":" + number + "}");
    EXPECT_TRUE(object || object.error().text == "a number in the JSON body is too long") << number;
    return object.ok();
  };
  const std::string thirty(30, '1');
  for (const std::string& fits : {thirty + "11", thirty + ".1", "-" + thirty + "1", std::string("0e100"), std::string("0E100"),
                                  std::string("0e-100"), std::string("0e+100"), std::string("1.5e-99"),
                                  thirty + "11,\"b\":" + thirty + "11", std::string("1e100,\"b\":100")}) {
    EXPECT_TRUE(reads(fits)) << fits;
  }
  for (const std::string& over : {thirty + "111", thirty + ".11", "-" + thirty + "11", std::string("0e1000"), std::string("0E1000"),
                                  std::string("0e-1000"), std::string("0e+1000"), std::string("0E-0000"), "0." + thirty + "1",
                                  thirty + "0e1", thirty + "1E1", std::string(33, '0'), std::string(33, '9'),
                                  "1e" + std::string(31, '+'), std::string(33, '-')}) {
    EXPECT_FALSE(reads(over)) << over;
  }
}

TEST(JsonObject, NeverReadsPastItsText) {
  // Every prefix of a valid text, in memory of just its size, where a sanitizer sees a step too far.
  const std::string text = R"({"a": [1.5e3, "\u00e9", {"b": null}], "c": true})";
  for (std::size_t length = 0; length < text.size(); ++length) {
    const std::vector<char> exact(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_FALSE(parse_object({exact.data(), exact.size()})) << length;
  }
}

}  // namespace
}  // namespace sessiond::json
