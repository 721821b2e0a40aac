// How many requests may be under way.
#include "app/limits.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sessiond {
namespace {

constexpr Load::Work kCheck = Load::Work::kCheck;
constexpr Load::Work kOther = Load::Work::kOther;

TEST(Load, HasSoManyPlacesAndTakesThemBack) {
  Load load(2);
  for (int round = 0; round < 3; ++round) {
    const Load::Place first = load.enter(kOther);
    Load::Place second = load.enter(kOther);
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(load.enter(kOther));
    EXPECT_FALSE(load.enter(kOther)) << "being refused takes no place";
    second.reset();
    EXPECT_TRUE(load.enter(kOther));
  }
}

TEST(Load, KeepsAQuarterMoreForChecksAlone) {
  for (const auto& [most, kept] : {std::pair(1, 1), std::pair(2, 1), std::pair(8, 2), std::pair(1024, 256)}) {
    Load load(most);
    std::vector<Load::Place> places;
    for (int i = 0; i < most; ++i) places.push_back(load.enter(kOther));
    EXPECT_FALSE(load.enter(kOther)) << most;
    for (int i = 0; i < kept; ++i) places.push_back(load.enter(kCheck));
    for (const Load::Place& place : places) EXPECT_TRUE(place) << most;
    EXPECT_FALSE(load.enter(kCheck)) << most;
    places.pop_back();
    EXPECT_FALSE(load.enter(kOther)) << most << ": what a check leaves is for checks";
    EXPECT_TRUE(load.enter(kCheck)) << most;
  }
}

TEST(Load, TellsHowManyAreUnderWay) {
  Load load(2);
  EXPECT_EQ(load.most(), 2);
  EXPECT_EQ(load.under_way(), 0);
  {
    const Load::Place first = load.enter(kOther);
    EXPECT_EQ(load.under_way(), 1);
  }
  EXPECT_EQ(load.under_way(), 0);
}

TEST(Load, LosesNoPlaceBetweenThreads) {
  Load load(3);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 10'000; ++j) static_cast<void>(load.enter(kOther));
      });
    }
  }
  const Load::Place places[] = {load.enter(kOther), load.enter(kOther), load.enter(kOther)};
  for (const Load::Place& place : places) EXPECT_TRUE(place);
  EXPECT_FALSE(load.enter(kOther));
}

}  // namespace
}  // namespace sessiond
