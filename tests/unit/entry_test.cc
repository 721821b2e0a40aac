// An entry of the stream of events, and where a reader begins.
#include "events/entry.h"

#include <gtest/gtest.h>

#include <array>

#include "operator/events.h"
#include "replies.h"

namespace sessiond::events {
namespace {

using replies::array;
using replies::text;

TEST(Entry, HasAnIdThatIsReadAsItIsWrittenAndNotOtherwise) {
  EXPECT_EQ(parse_entry_id("1790000000000-3"), (EntryId{1'790'000'000'000, 3}));
  EXPECT_EQ(parse_entry_id("0-18446744073709551615"), (EntryId{0, 18446744073709551615U}));
  EXPECT_EQ(format_entry_id({1'790'000'000'000, 3}), "1790000000000-3");
  EXPECT_EQ(parse_entry_id("17-3-16383"), (EntryId{17, 3, Slot{16383}}));
  EXPECT_EQ(format_entry_id({17, 3, Slot{12}}), "17-3-12");
  for (const std::string_view bad : {"1-1-16384", "1-1-", "1-1--1", "1-1-1-1", "", "-", "1", "1x1", "1.1", "1-", "-1", "1-x", "x-1", "1 -1", "1- 1", "1-18446744073709551616", "+", "(1-1"}) {
    EXPECT_EQ(parse_entry_id(bad), std::nullopt) << bad;
  }
}

TEST(Entry, IsReadWithoutTrust) {
  std::array<Reply, 4> words = {text("event"), text("ended"), text("user"), text("a\xFF\n\"b")};
  std::array<Reply, 2> entry = {text("1-2"), array(words)};
  const auto read = read_entry(array(entry));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->find("event"), "ended");
  EXPECT_EQ(read->find("session"), "");
  EXPECT_EQ(json_of(*read), R"({"id":"1-2","at":"1970-01-01T00:00:00.001Z","event":"ended","user":"a)"
                            "\xEF\xBF\xBD\xEF\xBF\xBD"
                            R"(\"b"})");
  EXPECT_EQ(read_entry(text("1-2")), std::nullopt);
  EXPECT_EQ(read_entry(array(std::span(entry).first(1))), std::nullopt);
  entry[0] = text("now");
  EXPECT_EQ(read_entry(array(entry)), std::nullopt);
}

TEST(Since, IsAnIdATimeOrHowLongAgo) {
  constexpr Millis kNow = 1'790'000'000'000;
  EXPECT_EQ(parse_since("", kNow), (EntryId{}));
  EXPECT_EQ(parse_since("1789999999999-1", kNow), (EntryId{kNow - 1, 1}));
  EXPECT_EQ(parse_since("1970-01-01T00:00:01Z", kNow), (EntryId{1000, 0}));
  EXPECT_EQ(parse_since("10m", kNow), (EntryId{kNow - 600'000, 0}));
  for (const std::string_view bad : {"yesterday", "2d", "10", "-10m", "1970-01-01", "2026-11-23"}) EXPECT_EQ(parse_since(bad, kNow), std::nullopt) << bad;
}

}  // namespace
}  // namespace sessiond::events
