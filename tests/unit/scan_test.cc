// What waits on a FastCGI connection: the beginning of a request, one request, or neither.
#include "fcgi/scan.h"

#include <gtest/gtest.h>

#include <string>

namespace sessiond::fcgi {
namespace {

Scan scan_text(const std::string& bytes) {
  return scan({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

std::string record(unsigned type, const std::string& content, unsigned id = 1, std::size_t padding = 0,
                   unsigned version = 1) {
  const std::string header = {static_cast<char>(version),
                              static_cast<char>(type),
                              static_cast<char>(id >> 8U),
                              static_cast<char>(id),
                              static_cast<char>(content.size() >> 8U),
                              static_cast<char>(content.size()),
                              static_cast<char>(padding),
                              0};
  return header + content + std::string(padding, 'p');
}

constexpr unsigned kBegin = 1;
constexpr unsigned kParams = 4;
constexpr unsigned kStdin = 5;

std::string begin(unsigned role = 1, unsigned id = 1) {
  return record(kBegin, std::string({0, static_cast<char>(role), 1, 0, 0, 0, 0, 0}), id);
}

// A pair with a length of one byte, and one with a length of four.
const std::string kShortPair = std::string("\x04\x05") + "NAMEvalue";
const std::string kLongPair = std::string("\x04\x80\x00\x01\x00", 5) + "NAME" + std::string(256, 'v');
const std::string kEnd = record(kParams, "") + record(kStdin, "");

std::string request_with(const std::string& params) { return begin() + record(kParams, params) + kEnd; }

const std::string kResponderBody = std::string("\0\1\0\0\0\0\0\0", 8);

TEST(Scan, SeesAWholeRequest) {
  EXPECT_EQ(scan_text(begin() + kEnd), Scan::kComplete);
  EXPECT_EQ(scan_text(request_with(kShortPair + kLongPair)), Scan::kComplete);
  EXPECT_EQ(scan_text(begin() + record(kParams, kShortPair, 1, 7) + record(kParams, "") +
                      record(kStdin, "body", 1, 4) + record(kStdin, "more", 1, 255) + record(kStdin, "")),
            Scan::kComplete);
  EXPECT_EQ(scan_text(request_with(std::string(2, '\0'))), Scan::kComplete) << "an empty name and value";
}

TEST(Scan, PaddingBehindNothingIsRefused) {
  EXPECT_EQ(scan_text(begin() + record(kParams, kShortPair) + record(kParams, "", 1, 8) + record(kStdin, "")),
            Scan::kMalformed);
}

TEST(Scan, ARequestMayHaveAnyIdButZero) {
  const std::string high = begin(1, 0xFFFF) + record(kParams, "", 0xFFFF) + record(kStdin, "", 0xFFFF);
  EXPECT_EQ(scan_text(high), Scan::kComplete);
  EXPECT_EQ(scan_text(begin(1, 0)), Scan::kMalformed);
}

TEST(Scan, ARequestCutAtAnyByteIsIncomplete) {
  const std::string whole =
      begin() + record(kParams, kShortPair + kLongPair, 1, 3) + record(kParams, "") + record(kStdin, "body", 1, 4) + record(kStdin, "");
  ASSERT_EQ(scan_text(whole), Scan::kComplete);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(scan_text(whole.substr(0, length)), Scan::kIncomplete) << length;
  }
}

TEST(Scan, PairsMayBeCutAnywhereBetweenRecords) {
  const std::string pairs = kShortPair + kLongPair + kShortPair;
  for (std::size_t cut = 1; cut < pairs.size(); ++cut) {
    EXPECT_EQ(scan_text(begin() + record(kParams, pairs.substr(0, cut)) + record(kParams, pairs.substr(cut)) + kEnd),
              Scan::kComplete)
        << cut;
  }
}

TEST(Scan, PairsMustAddUp) {
  const std::string pairs = kShortPair + kLongPair;
  for (std::size_t length = 1; length < pairs.size(); ++length) {
    if (length == kShortPair.size()) continue;
    EXPECT_EQ(scan_text(request_with(pairs.substr(0, length))), Scan::kMalformed) << length;
  }
}

TEST(Scan, AHugePairIsRefusedAtOnce) {
  for (const std::string& length : {std::string("\xFF\xFF\xFF\xFF", 4), std::string("\xC0\x00\x00\x01", 4),
                                    std::string("\x80\x02\x00\x01", 4)}) {
    EXPECT_EQ(scan_text(begin() + record(kParams, length)), Scan::kMalformed);
    EXPECT_EQ(scan_text(begin() + record(kParams, "\x01" + length)), Scan::kMalformed);
  }
}

TEST(Scan, MoreThanOneRequestIsMalformed) {
  const std::string one = request_with(kShortPair);
  EXPECT_EQ(scan_text(one + one), Scan::kMalformed);
  EXPECT_EQ(scan_text(one + "\x01"), Scan::kMalformed);
}

TEST(Scan, ARequestOverTheBoundIsMalformed) {
  std::string endless = begin() + record(kParams, "");
  while (endless.size() < kMaxRequest) endless += record(kStdin, std::string(16'000, 'x'));
  EXPECT_EQ(scan_text(endless.substr(0, kMaxRequest)), Scan::kMalformed);
  // Also where its last record fills the bound, and nothing more can come.
  std::string full = begin() + record(kParams, "");
  while (kMaxRequest - full.size() > 32'000) full += record(kStdin, std::string(16'000, 'x'));
  full += record(kStdin, std::string(kMaxRequest - full.size() - 8, 'x'));
  ASSERT_EQ(full.size(), kMaxRequest);
  EXPECT_EQ(scan_text(full), Scan::kMalformed);
  // As soon as a record's header says so.
  const std::string half = record(kStdin, std::string(65'000, 'x'));
  EXPECT_EQ(scan_text(begin() + record(kParams, "") + half + half.substr(0, 8)), Scan::kIncomplete);
  EXPECT_EQ(scan_text(begin() + record(kParams, "") + half + half + half.substr(0, 8)),
            Scan::kMalformed);
}

TEST(Scan, ARequestMayFillTheBound) {
  std::string whole = begin() + record(kParams, "");
  const std::size_t last = 8 + 8;  // the headers of the last body's record and of the end
  while (kMaxRequest - whole.size() > 60'000) whole += record(kStdin, std::string(50'000, 'x'));
  whole += record(kStdin, std::string(kMaxRequest - whole.size() - last, 'x'));
  EXPECT_EQ(scan_text(whole), Scan::kIncomplete);
  whole += record(kStdin, "");
  ASSERT_EQ(whole.size(), kMaxRequest);
  EXPECT_EQ(scan_text(whole), Scan::kComplete);
}

TEST(Scan, ARequestThatFillsTheBoundAndGoesOnIsMalformed) {
  std::string whole = begin() + record(kParams, "");
  while (kMaxRequest - whole.size() > 60'000) whole += record(kStdin, std::string(50'000, 'x'));
  whole += record(kStdin, std::string(kMaxRequest - whole.size() - 8 - 4, 'x'));
  EXPECT_EQ(scan_text(whole), Scan::kIncomplete);
  EXPECT_EQ(scan_text(whole + record(kStdin, "").substr(0, 4)), Scan::kMalformed);
}

TEST(Scan, PaddingOfTheFirstRecordIsRefused) {
  EXPECT_EQ(scan_text(record(kBegin, kResponderBody, 1, 8) + kEnd), Scan::kMalformed);
}

TEST(Scan, ALengthThatIsCutIsRefused) {
  EXPECT_EQ(scan_text(request_with("\x80")), Scan::kMalformed);
  EXPECT_EQ(scan_text(request_with(std::string("\x80\0\0", 3))), Scan::kMalformed);
}

class Garbage : public ::testing::TestWithParam<std::string> {};

TEST_P(Garbage, IsMalformed) { EXPECT_EQ(scan_text(GetParam()), Scan::kMalformed); }

INSTANTIATE_TEST_SUITE_P(
    Bytes, Garbage,
    ::testing::Values("GET / HTTP/1.1\r\n", std::string(8, '\0'), std::string(8, '\xFF'),
                      // Another version.
                      record(kBegin, kResponderBody, 1, 0, 0) + kEnd, record(kBegin, kResponderBody, 1, 0, 2) + kEnd,
                      // Not a responder: authorizer, filter, none.
                      begin(2), begin(3), begin(0), begin(255),
                      // BEGIN_REQUEST of another size.
                      record(kBegin, ""), record(kBegin, std::string(7, '\0')), record(kBegin, std::string(9, '\0')),
                      // Anything but BEGIN_REQUEST first: abort, end, params, stdin, data, management.
                      record(2, ""), record(3, std::string(8, '\0')), record(3, kResponderBody) + kEnd, record(kParams, kShortPair), record(kStdin, "x"),
                      record(8, "x"), record(9, "", 0), record(9, "", 1), record(11, std::string(8, '\0'), 0), record(77, ""),
                      // Out of order.
                      begin() + begin(), begin() + record(kStdin, ""), begin() + record(2, ""), begin() + record(9, "", 0),
                      begin() + record(kParams, "") + record(kParams, ""), begin() + record(kParams, "") + record(8, "x"),
                      begin() + record(kParams, "") + begin(),
                      // Another request's records in between.
                      begin() + record(kParams, kShortPair, 2), begin() + record(kParams, "") + record(kStdin, "", 2),
                      begin() + begin(1, 2)));

}  // namespace
}  // namespace sessiond::fcgi
