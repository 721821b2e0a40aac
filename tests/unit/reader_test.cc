// HTTP/1.1 requests, as read from the bytes of a connection.
#include "httpd/reader.h"

#include <gtest/gtest.h>

namespace sessiond::httpd {
namespace {

const std::string kGet = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

std::string post(const std::string& headers, const std::string& body) {
  return "POST /x HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n" + body;
}

std::string get(const std::string& headers) { return "GET / HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n\r\n"; }

Progress read(std::string_view bytes) { return RequestReader(http::Realm::kCheck).take(bytes); }

// Why the bytes are refused, in one piece and in pieces of one byte alike.
std::optional<Failure> refusal(std::string_view bytes) {
  RequestReader whole(http::Realm::kCheck);
  if (whole.take(bytes) != Progress::kRefused) return std::nullopt;
  RequestReader slow(http::Realm::kCheck);
  for (const char& byte : bytes) {
    const Progress progress = slow.take({&byte, 1});
    EXPECT_NE(progress, Progress::kComplete) << bytes;
    if (progress != Progress::kIncomplete) break;
  }
  return whole.refusal().failure;
}

TEST(ReadHttp, TakesWhatMatters) {
  RequestReader reader(http::Realm::kInternal);
  ASSERT_EQ(reader.take("DELETE /a%2Fb?c=d?e HTTP/1.1\r\nHost: h\r\nauthorization:Bearer t \r\nCookie: a=1\r\nCOOKIE:\tb=2\r\n"
                        "Origin: o\r\nSec-Fetch-Site: none\r\nUser-Agent: u a\r\nContent-Type: application/json\r\n"
                        "X-Forwarded-Proto: https\r\nx-forwarded-host: a.org\r\nX-FORWARDED-URI: /a?b\r\n"
                        "X-Request-Id: 01ab\r\nX-Other: y\r\nTraceparent: 00-0\r\nAccept: text/plain\r\nContent-Length: 2\r\n\r\n{}"),
            Progress::kComplete);
  const http::Request request = reader.request();
  EXPECT_EQ(request.realm, http::Realm::kInternal);
  EXPECT_EQ(request.method, http::Method::kDelete);
  EXPECT_EQ(request.path, "/a%2Fb");
  EXPECT_EQ(request.query, "c=d?e");
  EXPECT_EQ(request.request_id, "01ab");
  EXPECT_EQ(request.authorization.value, "Bearer t");
  EXPECT_EQ(request.cookies, (std::vector<std::string_view>{"a=1", "b=2"}));
  EXPECT_EQ(request.host.value, "h");
  EXPECT_EQ(request.origin.value, "o");
  EXPECT_EQ(request.fetch_site.value, "none");
  EXPECT_EQ(request.user_agent.value, "u a");
  EXPECT_EQ(request.content_type.value, "application/json");
  EXPECT_EQ(request.forwarded_proto.value, "https");
  EXPECT_EQ(request.forwarded_host.value, "a.org");
  EXPECT_EQ(request.forwarded_uri.value, "/a?b");
  EXPECT_EQ(request.trace.value, "00-0");
  EXPECT_EQ(request.accept.value, "text/plain");
  EXPECT_EQ(request.body, "{}");
  EXPECT_TRUE(reader.keep_alive());
}

TEST(ReadHttp, NotesWhatCameTwice) {
  RequestReader reader(http::Realm::kCheck);
  ASSERT_EQ(reader.take("GET / HTTP/1.1\r\nHost: h\r\nAuthorization: a\r\nAuthorization: a\r\nOrigin:\r\nOrigin: o\r\n\r\n"),
            Progress::kComplete);
  const http::Request request = reader.request();
  EXPECT_TRUE(request.authorization.repeated);
  EXPECT_TRUE(request.origin.repeated) << "an empty one is one";
  EXPECT_FALSE(request.host.repeated);
}

TEST(ReadHttp, ARequestIdMustBeOneThatALogCanBear) {
  const auto id_of = [](const std::string& headers) {
    RequestReader reader(http::Realm::kCheck);
    EXPECT_EQ(reader.take("GET / HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n"), Progress::kComplete);
    return std::string(reader.request().request_id);
  };
  EXPECT_EQ(id_of("X-Request-ID: " + std::string(128, 'a') + "\r\n"), std::string(128, 'a'));
  EXPECT_EQ(id_of("X-Request-Id: " + std::string(129, 'a') + "\r\n"), "");
  EXPECT_EQ(id_of("X-Request-Id: a b\r\n"), "");
  EXPECT_EQ(id_of("X-Request-Id: \xC3\xA9\r\n"), "");
  EXPECT_EQ(id_of("X-Request-Id: a\r\nX-Request-Id: a\r\n"), "");
}

TEST(ReadHttp, ByteByByteIsTheSame) {
  for (const std::string& bytes : {kGet, post("Content-Length: 5\r\n", "hello"),
                                   post("Transfer-Encoding: chunked\r\n", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
                                   post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"),
                                   post("transfer-encoding: Chunked\r\n", "5;a=b\r\nhello\r\n0;c\r\nCookie: x=1\r\n\r\n")}) {
    RequestReader whole(http::Realm::kCheck);
    ASSERT_EQ(whole.take(bytes), Progress::kComplete) << bytes;
    RequestReader slow(http::Realm::kCheck);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      ASSERT_EQ(slow.take(bytes.substr(i, 1)), i + 1 < bytes.size() ? Progress::kIncomplete : Progress::kComplete) << bytes << i;
    }
    const http::Request expected = whole.request();
    const http::Request request = slow.request();
    EXPECT_EQ(request.path, expected.path);
    EXPECT_EQ(request.host.value, "x");
    EXPECT_EQ(request.body, expected.body);
    EXPECT_TRUE(request.cookies.empty()) << "what stands behind the body is no header";
    EXPECT_FALSE(slow.has_more());
  }
}

TEST(ReadHttp, OneRequestAfterAnother) {
  RequestReader reader(http::Realm::kCheck);
  EXPECT_TRUE(reader.is_idle());
  ASSERT_EQ(reader.take(post("Content-Length: 1\r\n", "1") + post("Cookie: a=1\r\nContent-Length: 1\r\n", "2") + kGet.substr(0, 9)),
            Progress::kComplete);
  EXPECT_EQ(reader.request().body, "1");
  EXPECT_TRUE(reader.has_more());
  ASSERT_EQ(reader.next(), Progress::kComplete);
  const http::Request second = reader.request();
  EXPECT_EQ(second.body, "2");
  EXPECT_EQ(second.cookies.size(), 1U);
  ASSERT_EQ(reader.next(), Progress::kIncomplete);
  EXPECT_FALSE(reader.is_idle());
  ASSERT_EQ(reader.take(kGet.substr(9)), Progress::kComplete);
  const http::Request third = reader.request();
  EXPECT_EQ(third.path, "/healthz");
  EXPECT_TRUE(third.cookies.empty());
  EXPECT_FALSE(reader.has_more());
  ASSERT_EQ(reader.next(), Progress::kIncomplete);
  EXPECT_TRUE(reader.is_idle());
}

TEST(ReadHttp, KeepsAConnectionUnlessToldOtherwise) {
  const auto kept = [](const std::string& head) {
    RequestReader reader(http::Realm::kCheck);
    EXPECT_EQ(reader.take(head + "\r\n"), Progress::kComplete) << head;
    return reader.keep_alive();
  };
  EXPECT_TRUE(kept("GET / HTTP/1.1\r\nHost: x\r\n"));
  EXPECT_TRUE(kept("GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n"));
  EXPECT_FALSE(kept("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"));
  EXPECT_FALSE(kept("GET / HTTP/1.1\r\nHost: x\r\nConnection: x, Close\r\n"));
  EXPECT_FALSE(kept("GET / HTTP/1.0\r\n"));
  EXPECT_FALSE(kept("GET / HTTP/1.0\r\nConnection: keep-alive\r\n"));
}

TEST(ReadHttp, KnowsWhoWaitsToSendABody) {
  RequestReader reader(http::Realm::kCheck);
  ASSERT_EQ(reader.take(post("Expect: 100-continue\r\nContent-Length: 2\r\n", "")), Progress::kIncomplete);
  EXPECT_TRUE(reader.awaits_continue());
  ASSERT_EQ(reader.take("1"), Progress::kIncomplete);
  EXPECT_FALSE(reader.awaits_continue()) << "the body comes";

  RequestReader other(http::Realm::kCheck);
  ASSERT_EQ(other.take(post("Content-Length: 2\r\n", "")), Progress::kIncomplete);
  EXPECT_FALSE(other.awaits_continue());

  RequestReader old(http::Realm::kCheck);
  ASSERT_EQ(old.take("POST /x HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"), Progress::kIncomplete);
  EXPECT_FALSE(old.awaits_continue()) << "HTTP/1.0 has no such answer";
}

TEST(ReadHttp, NobodyWaitsToSendABodyBeforeTheHeadIsWhole) {
  const std::string head = post("Expect: 100-continue\r\nContent-Length: 2\r\n", "");
  const std::string half = head.substr(0, head.size() - 2);
  RequestReader reader(http::Realm::kCheck);
  const std::string frame = get("X: ");
  ASSERT_EQ(reader.take(get("X: " + std::string(half.size() - frame.size(), 'a'))), Progress::kComplete) << "as long";
  ASSERT_EQ(reader.next(), Progress::kIncomplete);
  ASSERT_EQ(reader.take(half), Progress::kIncomplete);
  EXPECT_FALSE(reader.awaits_continue());
  ASSERT_EQ(reader.take(head.substr(half.size())), Progress::kIncomplete);
  EXPECT_TRUE(reader.awaits_continue());
}

struct Bad {
  const char* name;
  std::string bytes;
};

class Smuggled : public ::testing::TestWithParam<Bad> {};

TEST_P(Smuggled, IsRefusedHoweverItComes) { EXPECT_EQ(refusal(GetParam().bytes), Failure::kBadRequest); }

std::string chunked(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }
const std::string kNul(1, '\0');

INSTANTIATE_TEST_SUITE_P(
    Requests, Smuggled,
    ::testing::Values(
        Bad{"LengthAndCoding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        Bad{"CodingAndLength", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
        Bad{"TwoLengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello")},
        Bad{"TwoEqualLengths", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")},
        Bad{"AListOfLengths", post("Content-Length: 5, 5\r\n", "hello")},
        Bad{"ASignedLength", post("Content-Length: +5\r\n", "hello")},
        Bad{"ANegativeLength", post("Content-Length: -5\r\n", "hello")},
        Bad{"AHexadecimalLength", post("Content-Length: 0x5\r\n", "hello")},
        Bad{"AnEmptyLength", post("Content-Length:\r\n", "hello")},
        Bad{"AnEndlessLength", post("Content-Length: 99999999999999999999999\r\n", "hello")},
        Bad{"AnotherCoding", post("Transfer-Encoding: gzip\r\n", "hello")},
        Bad{"TwoCodings", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
        Bad{"ChunkedTwice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        Bad{"ChunkedInAList", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")},
        Bad{"IdentityBehindChunked", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")},
        Bad{"AnEmptyCoding", post("Transfer-Encoding:\r\n", "hello")},
        Bad{"ACodingInQuotes", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")},
        Bad{"AVerticalTabInTheCoding", post("Transfer-Encoding: \x0B" "chunked\r\n", "0\r\n\r\n")},
        Bad{"ASpaceBeforeTheColon", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")},
        Bad{"CodingInHttp10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        Bad{"AFoldedHeader", get("X: a\r\n b")}, Bad{"AFoldedEmptyHeader", get("X:\r\n b")},
        Bad{"AHeaderFoldedToNothing", get("X:\r\n \r\nY: z")}, Bad{"AHeaderWithAFoldedEnd", get("X: a\r\n\t\r\nY: z")},
        Bad{"AFoldedCoding", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")},
        Bad{"ASpaceBeforeTheFirstHeader", "GET / HTTP/1.1\r\n X: y\r\nHost: x\r\n\r\n"},
        Bad{"ACarriageReturnInAHeader", get("X: a\rY: b")}, Bad{"ALineFeedInAHeader", get("X: a\nY: b")},
        Bad{"ANulInAHeader", get("X: a" + kNul + "b")}, Bad{"ADeleteInAHeader", get("X: a\x7F")},
        Bad{"ANulInAName", get("X" + kNul + ": a")}, Bad{"NoName", get(": a")}, Bad{"NoColon", get("X")},
        Bad{"NoHost", "GET / HTTP/1.1\r\n\r\n"}, Bad{"TwoHosts", get("Host: y")},
        Bad{"ANulInTheTarget", "GET /" + kNul + " HTTP/1.1\r\nHost: x\r\n\r\n"},
        Bad{"ASpaceInTheTarget", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"}, Bad{"ATabBehindTheMethod", "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n"},
        Bad{"TwoSpaces", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"}, Bad{"NoTarget", "GET HTTP/1.1\r\nHost: x\r\n\r\n"},
        Bad{"AnAbsoluteTarget", "GET http://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n"},
        Bad{"AnAuthority", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n"}, Bad{"AnAsterisk", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"},
        Bad{"ALineBefore", "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"}, Bad{"NoMethod", " / HTTP/1.1\r\nHost: x\r\n\r\n"},
        Bad{"Http09", "GET /\r\n"}, Bad{"Http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}, Bad{"Http12", "GET / HTTP/1.2\r\nHost: x\r\n\r\n"},
        Bad{"ALowerCaseVersion", "GET / http/1.1\r\nHost: x\r\n\r\n"}, Bad{"Tls", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 11)},
        Bad{"AChunkOfNoSize", chunked("\r\nhello\r\n0\r\n\r\n")}, Bad{"AHexadecimalPrefix", chunked("0x5\r\nhello\r\n0\r\n\r\n")},
        Bad{"ANegativeChunk", chunked("-5\r\nhello\r\n0\r\n\r\n")}, Bad{"AChunkLargerThanSaid", chunked("4\r\nhello\r\n0\r\n\r\n")},
        Bad{"AChunkSizeThatOverflows", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n")},
        Bad{"ASpaceBehindAChunkSize", chunked("5 \r\nhello\r\n0\r\n\r\n")},
        Bad{"ALineFeedBehindAChunkSize", chunked("5\nhello\r\n0\r\n\r\n")},
        Bad{"ALoneCarriageReturnBehindAChunkSize", chunked("5\rX\nhello\r\n0\r\n\r\n")}),
    [](const auto& each) { return each.param.name; });

TEST(ReadHttp, WhoIsRefusedIsToldWhy) {
  RequestReader reader(http::Realm::kCheck);
  ASSERT_EQ(reader.take(get("X: a\r\n b")), Progress::kRefused);
  EXPECT_EQ(reader.refusal().text, "a header is folded");
}

TEST(ReadHttp, LinesEndWithBoth) {
  EXPECT_EQ(read("GET / HTTP/1.1\nHost: x\n\n"), Progress::kRefused);
  EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: x\n\n"), Progress::kRefused);
  EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: x\r\n\n" + kGet), Progress::kRefused);
  EXPECT_EQ(read("GET / HTTP/1.1\rHost: x\r\r"), Progress::kRefused);
}

TEST(ReadHttp, AHeadHas64KilobytesAtMost) {
  const std::string frame = get("X: ");
  const std::string most = get("X: " + std::string(kMaxHead - frame.size(), 'a'));
  ASSERT_EQ(most.size(), kMaxHead);
  EXPECT_EQ(read(most), Progress::kComplete);
  EXPECT_EQ(refusal(get("X: " + std::string(kMaxHead - frame.size() + 1, 'a'))), Failure::kHeadTooLarge);
  EXPECT_EQ(refusal("GET /" + std::string(kMaxHead, 'a')), Failure::kHeadTooLarge);
  const std::string endless = get("X: " + std::string(kMaxHead, 'a'));
  EXPECT_EQ(read(endless.substr(0, kMaxHead - 1)), Progress::kIncomplete);
  EXPECT_EQ(refusal(endless.substr(0, kMaxHead)), Failure::kHeadTooLarge) << "one byte more would be too many";
  std::string many = "GET / HTTP/1.1\r\nHost: x\r\n";
  while (many.size() < kMaxHead) many += "A: b\r\n";
  EXPECT_EQ(refusal(many), Failure::kHeadTooLarge);
}

TEST(ReadHttp, ABodyHas16KilobytesAtMost) {
  const auto said = [](std::size_t size) { return "Content-Length: " + std::to_string(size) + "\r\n"; };
  const std::string most(16384, 'a');
  EXPECT_EQ(read(post(said(16384), most)), Progress::kComplete);
  EXPECT_EQ(refusal(post(said(16385), "")), Failure::kTooLarge) << "before it comes";
  EXPECT_EQ(read(chunked("4000\r\n" + most + "\r\n0\r\n\r\n")), Progress::kComplete);
  EXPECT_EQ(refusal(chunked("4000\r\n" + most + "\r\n1\r\na\r\n0\r\n\r\n")), Failure::kTooLarge);
  EXPECT_EQ(refusal(chunked("4001\r\n")), Failure::kTooLarge);
}

TEST(ReadHttp, ChunksHaveNoRoomForMoreThanTheirBody) {
  EXPECT_EQ(read(chunked("1;" + std::string(1000, 'a') + "\r\nb\r\n0\r\n\r\n")), Progress::kComplete);
  EXPECT_EQ(read(chunked("1;" + std::string(32766, 'a'))), Progress::kIncomplete);
  EXPECT_EQ(refusal(chunked("1;" + std::string(32767, 'a'))), Failure::kTooLarge);
  std::string grains;
  while (grains.size() <= 32768) grains += "1;a=b;c=d;e=f\r\nx\r\n";
  EXPECT_EQ(refusal(chunked(grains)), Failure::kTooLarge);
  EXPECT_EQ(refusal(chunked("0\r\nX: " + std::string(32768, 'a'))), Failure::kTooLarge) << "nor behind it";
}

}  // namespace
}  // namespace sessiond::httpd
