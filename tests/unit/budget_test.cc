// How many wrong codes may be tried in a minute.
#include "app/budget.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sessiond {
namespace {

// Takes until a minute's budget is spent. A minute may end meanwhile, which begins a second one.
int take_all(RedeemBudget& budget) {
  int taken = 0;
  while (budget.take()) ++taken;
  return taken;
}

bool is_one_or_two_minutes_of(int most, int taken) { return taken >= most && taken <= 2 * most; }

TEST(RedeemBudget, EndsAfterSoManyFailures) {
  RedeemBudget budget(10);
  EXPECT_TRUE(is_one_or_two_minutes_of(10, take_all(budget)));
}

TEST(RedeemBudget, WhatIsGivenBackCanBeTakenAgain) {
  RedeemBudget budget(1);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(budget.take());
    budget.give_back();
  }
}

TEST(RedeemBudget, IsOneForAllThreads) {
  RedeemBudget budget(10'000);
  std::atomic<int> taken = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 5'000; ++j) taken += budget.take() ? 1 : 0;
      });
    }
  }
  EXPECT_TRUE(is_one_or_two_minutes_of(10'000, taken));
}

}  // namespace
}  // namespace sessiond
