// How many wrong codes may be tried.
#include "app/budget.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sessiond {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const RedeemBudget::Clock::time_point kStart{std::chrono::hours(1)};

int take_all(RedeemBudget& budget, RedeemBudget::Clock::time_point now) {
  int taken = 0;
  while (budget.take(now)) ++taken;
  return taken;
}

TEST(RedeemBudget, HoldsAMinutesFailuresAndNoMore) {
  RedeemBudget budget(300);
  EXPECT_EQ(take_all(budget, kStart), 300);
  EXPECT_FALSE(budget.take(kStart)) << "being refused neither costs nor gives anything";
  EXPECT_EQ(take_all(budget, kStart + minutes(60)), 300) << "what nobody takes is not saved up";
}

TEST(RedeemBudget, RefillsSteadily) {
  RedeemBudget budget(300);
  take_all(budget, kStart);
  EXPECT_FALSE(budget.take(kStart + milliseconds(199)));
  EXPECT_EQ(take_all(budget, kStart + milliseconds(200)), 1) << "the 300th part of a minute";
  EXPECT_EQ(take_all(budget, kStart + milliseconds(1200)), 5);
  EXPECT_EQ(take_all(budget, kStart + milliseconds(31'200)), 150) << "half of it in half a minute";
}

TEST(RedeemBudget, InAnHourOfGuessingAllowsAnHoursFailuresAndWhatItHeld) {
  RedeemBudget budget(300);
  int taken = 0;
  for (milliseconds passed{0}; passed < minutes(60); passed += milliseconds(7)) taken += budget.take(kStart + passed) ? 1 : 0;
  EXPECT_LE(taken, 61 * 300);
  EXPECT_GE(taken, 61 * 300 - 1);
}

TEST(RedeemBudget, WhatIsGivenBackCanBeTakenAgain) {
  RedeemBudget budget(1);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(budget.take(kStart));
    budget.give_back();
  }
  // Even much later it holds no more than it did.
  ASSERT_TRUE(budget.take(kStart));
  budget.give_back();
  EXPECT_EQ(take_all(budget, kStart + minutes(10)), 1);
}

TEST(RedeemBudget, TellsHowManyAreLeft) {
  RedeemBudget budget(300);
  EXPECT_EQ(budget.size(), 300);
  EXPECT_EQ(budget.left(kStart), 300);
  for (int i = 0; i < 5; ++i) static_cast<void>(budget.take(kStart));
  EXPECT_EQ(budget.left(kStart), 295);
  budget.give_back();
  EXPECT_EQ(budget.left(kStart), 296);
  EXPECT_EQ(budget.left(kStart + milliseconds(400)), 298);
  EXPECT_EQ(budget.left(kStart + minutes(1)), 300);
  take_all(budget, kStart + minutes(1));
  EXPECT_EQ(budget.left(kStart + minutes(1)), 0);
}

TEST(RedeemBudget, IsOneForAllThreads) {
  RedeemBudget budget(10'000);
  std::atomic<int> taken = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 5'000; ++j) taken += budget.take(kStart) ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(taken, 10'000);
}

}  // namespace
}  // namespace sessiond
