// What is sent to Redis, and who waits for the replies.
#include "redis/send_buffer.h"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <random>
#include <vector>

#include "redis/command.h"
#include "redis/waiting.h"

namespace sessiond {
namespace {

std::string command(std::initializer_list<std::string_view> words) {
  SendBuffer buffer;
  buffer.append(std::span(words.begin(), words.size()));
  return std::string(buffer.text());
}

TEST(SendBuffer, HoldsCommandsAsRedisReadsThem) {
  EXPECT_EQ(command({"PING"}), "*1\r\n$4\r\nPING\r\n");
  EXPECT_EQ(command({"HGET", "key", ""}), "*3\r\n$4\r\nHGET\r\n$3\r\nkey\r\n$0\r\n\r\n");
  EXPECT_EQ(command({std::string_view("a\0\r\n", 4)}), std::string("*1\r\n$4\r\na\0\r\n\r\n", 14));
  for (const std::size_t size : {9U, 10U, 99U, 100U, 101U, 99'999U}) {
    const std::string word(size, 'x');
    EXPECT_EQ(command({word}), "*1\r\n$" + std::to_string(size) + "\r\n" + word + "\r\n");
  }
}

TEST(Command, HasRoomForEachOfManyWords) {
  for (const std::size_t size : {9U, 10U, 99U, 100U, 101U}) {
    const std::string word(size, 'x');
    const std::vector<std::string_view> words(90, word);
    std::string expected = "before*90\r\n";
    for (std::size_t i = 0; i < words.size(); ++i) expected += "$" + std::to_string(size) + "\r\n" + word + "\r\n";
    std::string bytes = "before";
    append_command(bytes, words);
    EXPECT_EQ(bytes, expected) << size;
  }
}

TEST(SendBuffer, HasNothingOfWhatItHeldBefore) {
  SendBuffer buffer;
  std::string expected;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; ++i) {
      const std::string word(static_cast<std::size_t>(i), static_cast<char>('a' + round));
      buffer.append(std::array<std::string_view, 1>{word});
      buffer.append("+OK");
      expected += "*1\r\n$" + std::to_string(i) + "\r\n" + word + "\r\n+OK";
    }
    EXPECT_EQ(buffer.text(), expected);
    buffer.clear();
    expected.clear();
    EXPECT_TRUE(buffer.empty());
  }
}

TEST(WaitingLine, KeepsTheOrderHoweverManyComeAndGo) {
  std::mt19937 random(18);
  WaitingLine line;
  WaitingLine held;
  std::deque<std::size_t> expected;
  std::size_t next = 0;
  for (int i = 0; i < 20'000; ++i) {
    const bool growing = i / 2'000 % 2 == 0;
    for (std::size_t count = random() % (growing ? 4 : 2); count > 0; --count) {
      held.push_back({nullptr, next, 0});
      expected.push_back(next++);
    }
    EXPECT_EQ(held.empty(), held.size() == 0);
    line.take(held);
    ASSERT_TRUE(held.empty());
    for (std::size_t count = random() % (growing ? 3 : 5); count > 0 && !line.empty(); --count) {
      ASSERT_EQ(line.front().index, expected.front());
      line.pop_front();
      expected.pop_front();
    }
    ASSERT_EQ(line.size(), expected.size());
    if (!expected.empty()) {
      ASSERT_EQ(line.back().index, expected.back());
    }
  }
  std::deque<std::size_t> left;
  for (const Waiting& waiting : line) left.push_back(waiting.index);
  EXPECT_EQ(left, expected);
}

}  // namespace
}  // namespace sessiond
