#pragma once

#include <cstdint>

#include "app/budget.h"
#include "app/load.h"

namespace sessiond {

/// What all loops of the process share.
struct Limits {
  Limits(std::int64_t redeem_failures, std::int64_t requests)
      : redeem(redeem_failures), device(redeem_failures), load(requests) {}

  RedeemBudget redeem;
  RedeemBudget device;  // the same for user codes: using one budget up leaves the other
  Load load;
};

}  // namespace sessiond
