// How many requests may be under way.
#include "app/limits.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sessiond {
namespace {

TEST(Load, HasSoManyPlacesAndTakesThemBack) {
  Load load(2);
  for (int round = 0; round < 3; ++round) {
    const Load::Place first = load.enter();
    Load::Place second = load.enter();
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(load.enter());
    EXPECT_FALSE(load.enter()) << "being refused takes no place";
    second.reset();
    EXPECT_TRUE(load.enter());
  }
}

TEST(Load, LosesNoPlaceBetweenThreads) {
  Load load(3);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 10'000; ++j) static_cast<void>(load.enter());
      });
    }
  }
  const Load::Place places[] = {load.enter(), load.enter(), load.enter()};
  for (const Load::Place& place : places) EXPECT_TRUE(place);
  EXPECT_FALSE(load.enter());
}

}  // namespace
}  // namespace sessiond
