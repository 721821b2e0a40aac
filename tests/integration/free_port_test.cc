// Programs of tests run at once. Each gets ports of its own.
#include <gtest/gtest.h>

#include <set>

#include "integration/socket.h"

namespace sessiond::test {
namespace {

TEST(FreePort, IsGivenOnlyOnce) {
  std::set<int> ports;
  while (ports.size() < 600) ASSERT_TRUE(ports.insert(free_port()).second) << ports.size();
}

}  // namespace
}  // namespace sessiond::test
