// Requests, as read from CGI variables; percent-encoding.
#include "http/request.h"

#include <gtest/gtest.h>

namespace sessiond::http {
namespace {

class ReadRequest : public ::testing::Test {
 protected:
  // The strings must live as long as the request's views.
  const Request& read(std::vector<std::string> variables, Realm realm = Realm::kPublic) {
    variables_ = std::move(variables);
    std::vector<const char*> pointers;
    for (const std::string& variable : variables_) pointers.push_back(variable.c_str());
    pointers.push_back(nullptr);
    request_ = read_request(pointers.data(), realm, path_buffer_);
    return request_;
  }

 private:
  std::vector<std::string> variables_;
  std::string path_buffer_;
  Request request_;
};

TEST_F(ReadRequest, TakesWhatMatters) {
  const Request& request =
      read({"REQUEST_METHOD=DELETE", "REQUEST_URI=/api/v1/x?y=1", "REQUEST_ID=abc", "CONTENT_TYPE=application/json",
            "HTTP_AUTHORIZATION=Bearer t", "HTTP_COOKIE=a=1", "HTTP_HOST=h", "HTTP_ORIGIN=o", "HTTP_SEC_FETCH_SITE=none",
            "HTTP_USER_AGENT=ua=1", "HTTP_ACCEPT=text/plain"});
  EXPECT_EQ(request.method, Method::kDelete);
  EXPECT_EQ(request.path, "/api/v1/x");
  EXPECT_EQ(request.query, "y=1");
  EXPECT_EQ(request.request_id, "abc");
  EXPECT_EQ(request.content_type.value, "application/json");
  EXPECT_EQ(request.authorization.value, "Bearer t");
  EXPECT_EQ(request.cookies, std::vector<std::string_view>{"a=1"});
  EXPECT_EQ(request.host.value, "h");
  EXPECT_EQ(request.origin.value, "o");
  EXPECT_EQ(request.fetch_site.value, "none");
  EXPECT_EQ(request.user_agent.value, "ua=1");
  EXPECT_EQ(request.accept.value, "text/plain");
}

TEST_F(ReadRequest, TellsATraceThatIsFitForALogOrNone) {
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  EXPECT_EQ(trace_of(read({"HTTP_TRACEPARENT=" + trace})), trace);
  for (std::string other : {trace + "0", trace.substr(1), "\n" + trace.substr(1), "\xC3\xA9" + trace.substr(2)}) {
    EXPECT_EQ(trace_of(read({"HTTP_TRACEPARENT=" + other})), "") << other;
  }
}

TEST_F(ReadRequest, WhatIsMissingStaysEmpty) {
  const Request& request = read({});
  EXPECT_EQ(request.method, Method::kOther);
  EXPECT_EQ(request.path, "");
  EXPECT_EQ(request.request_id, "");
  EXPECT_EQ(request.authorization.value, std::nullopt);
  EXPECT_TRUE(request.cookies.empty());
}

TEST_F(ReadRequest, TellsAnEmptyQueryFromNone) {
  EXPECT_FALSE(read({"REQUEST_URI=/a"}).has_query);
  EXPECT_TRUE(read({"REQUEST_URI=/a?"}).has_query);
  EXPECT_EQ(read({"REQUEST_URI=/a?"}).query, "");
  EXPECT_TRUE(read({"REQUEST_URI=/a?b"}).has_query);
  // Of CGI, where a server that has none says that it is empty.
  EXPECT_FALSE(read({"SCRIPT_NAME=/a", "QUERY_STRING="}).has_query);
  EXPECT_TRUE(read({"SCRIPT_NAME=/a", "QUERY_STRING=b"}).has_query);
}

TEST_F(ReadRequest, KnowsMethodsByTheirExactNames) {
  EXPECT_EQ(read({"REQUEST_METHOD=GET"}).method, Method::kGet);
  EXPECT_EQ(read({"REQUEST_METHOD=HEAD"}).method, Method::kHead);
  EXPECT_EQ(read({"REQUEST_METHOD=POST"}).method, Method::kPost);
  EXPECT_EQ(read({"REQUEST_METHOD=PUT"}).method, Method::kPut);
  EXPECT_EQ(read({"REQUEST_METHOD=PATCH"}).method, Method::kPatch);
  for (const std::string name : {"get", "GET ", "put", "OPTIONS", "TRACE", "BREW", ""}) {
    EXPECT_EQ(read({"REQUEST_METHOD=" + name}).method, Method::kOther) << name;
  }
}

TEST_F(ReadRequest, NotesWhatCameTwice) {
  const Request& request = read({"HTTP_AUTHORIZATION=a", "HTTP_AUTHORIZATION=a", "HTTP_HOST=h", "HTTP_HOST=i",
                                 "HTTP_ORIGIN=o", "HTTP_COOKIE=a=1", "HTTP_COOKIE=b=2", "CONTENT_TYPE=a", "CONTENT_TYPE=b"});
  EXPECT_TRUE(request.authorization.repeated);
  EXPECT_TRUE(request.host.repeated);
  EXPECT_TRUE(request.content_type.repeated);
  EXPECT_FALSE(request.origin.repeated);
  EXPECT_EQ(request.cookies.size(), 2U);
}

TEST_F(ReadRequest, ThePathIsTheRawOneWithoutTheQuery) {
  EXPECT_EQ(read({"REQUEST_URI=/a%2Fb/../c?d/e?f"}).path, "/a%2Fb/../c");
  EXPECT_EQ(read({"REQUEST_URI=/a", "SCRIPT_NAME=/x", "PATH_INFO=/y"}).path, "/a");
  EXPECT_EQ(read({"SCRIPT_NAME=/api", "PATH_INFO=/v1/x"}).path, "/api/v1/x");
  EXPECT_EQ(read({"SCRIPT_NAME=/api", "PATH_INFO=/v1/x?y"}).path, "/api/v1/x?y") << "it is decoded already";
}

TEST_F(ReadRequest, TakesTheQueryFromWhereThePathCameFrom) {
  EXPECT_EQ(read({"REQUEST_URI=/a"}).query, "");
  EXPECT_EQ(read({"REQUEST_URI=/a?"}).query, "");
  EXPECT_EQ(read({"REQUEST_URI=/a?b=%3F?c", "QUERY_STRING=d"}).query, "b=%3F?c");
  EXPECT_EQ(read({"REQUEST_URI=/a", "QUERY_STRING=d"}).query, "") << "a server's own idea of it is not what was sent";
  EXPECT_EQ(read({"SCRIPT_NAME=/a", "QUERY_STRING=d=1"}).query, "d=1");
}

TEST_F(ReadRequest, TheRealmIsTheSocketsWhateverTheRequestSays) {
  const std::vector<std::string> claims = {"REALM=internal", "HTTP_REALM=internal", "HTTP_X_REALM=internal"};
  EXPECT_EQ(read(claims).realm, Realm::kPublic);
  EXPECT_EQ(read({}, Realm::kInternal).realm, Realm::kInternal);
}

TEST_F(ReadRequest, OddVariablesAreIgnored) {
  const Request& request = read({"", "=", "=x", "REQUEST_METHOD", "HTTP_", "HTTP_=x", "HTTP_AUTHORIZATIONS=x",
                                 "XHTTP_AUTHORIZATION=x", "http_authorization=x", "HTTP_AUTHORIZATION", "HTTP_COOKIE",
                                 "REQUEST_METHOD=GET"});
  EXPECT_EQ(request.method, Method::kGet);
  EXPECT_EQ(request.authorization.value, std::nullopt);
  EXPECT_TRUE(request.cookies.empty());
}

TEST(PercentDecode, GivesTheBytes) {
  EXPECT_EQ(percent_decode(""), "");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("%41%2f%2F%c3%AB"), "A//\xC3\xAB");
  EXPECT_EQ(percent_decode("a%00b"), std::string("a\0b", 3));
  EXPECT_EQ(percent_decode("%2541"), "%41");
}

TEST(PercentDecode, RefusesWhatIsCutOrNoHexadecimal) {
  for (const char* text : {"%", "%4", "a%", "a%4", "%4g", "%g4", "%%41", "% 41", "%-1", "%+1", "%0x"}) {
    EXPECT_EQ(percent_decode(text), std::nullopt) << text;
  }
}

TEST(PercentEncode, MakesAnyTextFitForAHeader) {
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  const std::string encoded = percent_encode(every);
  for (const char c : encoded) EXPECT_TRUE(c >= 0x20 && c < 0x7F);
  EXPECT_EQ(percent_decode(encoded), every);
  EXPECT_EQ(encoded.size(), 94U + 3 * (256 - 94)) << "all that is not printable, and %, is encoded";
}

TEST(PercentEncode, LeavesAllThatAHeaderCanHoldAsItIs) {
  std::string printable;
  for (int c = 0x21; c < 0x7F; ++c) printable += c == '%' ? std::string("  ") : std::string(1, static_cast<char>(c));
  EXPECT_EQ(percent_encode(printable), printable);
  EXPECT_EQ(percent_encode("a b%\xC3\xAB\t\x7F"), "a b%25%C3%AB%09%7F");
  EXPECT_EQ(percent_encode(std::string("\r\n\0", 3)), "%0D%0A%00");
  EXPECT_EQ(percent_encode(""), "");
}

TEST(PercentEncode, KeepsASpaceAtAnEndFromBeingTrimmed) {
  EXPECT_EQ(percent_encode(" a b "), "%20a b%20");
  EXPECT_EQ(percent_encode("  "), "%20%20");
  EXPECT_EQ(percent_encode(" "), "%20");
}

TEST(PercentEncode, TakesFurtherCharacters) {
  EXPECT_EQ(percent_encode("a,b;c", ","), "a%2Cb;c");
}

}  // namespace
}  // namespace sessiond::http
