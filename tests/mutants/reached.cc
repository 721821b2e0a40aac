// In the mutants' copy of the tests only: tells, after each test, how long it took and which mutants it
// reached, as a line of MUTANTS_LOG: test, milliseconds, those of its suite's set-up, mutants.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

namespace sessiond::mutants {
namespace {

using Clock = std::chrono::steady_clock;

long milliseconds_since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
}

class Reached : public testing::EmptyTestEventListener {
 public:
  void OnTestSuiteStart(const testing::TestSuite&) override { start_ = Clock::now(); }
  void OnTestStart(const testing::TestInfo&) override {
    setup_ = milliseconds_since(start_);
    start_ = Clock::now();
  }
  void OnTestEnd(const testing::TestInfo& test) override {
    name_ = std::string(test.test_suite_name()) + "." + test.name();
    write(test.result()->Failed() ? "failed" : std::to_string(milliseconds_since(start_)));
    start_ = Clock::now();
  }
  // What ends with the suite, as the worker of all its tests, the last one tells.
  void OnTestSuiteEnd(const testing::TestSuite&) override { write("0"); }

 private:
  void write(const std::string& time) {
    if (state.reached == nullptr) return;
    std::ofstream log(std::getenv("MUTANTS_LOG"), std::ios::app);
    log << name_ << '\t' << time << '\t' << setup_ << '\t';
    for (std::size_t i = 0; i < state.size; ++i) {
      if (state.reached[i] != 0) log << i << ' ';
    }
    log << '\n';
    std::memset(state.reached, 0, state.size);
  }

  Clock::time_point start_;
  long setup_ = 0;
  std::string name_;
};

[[maybe_unused]] const bool kListens = [] {
  testing::UnitTest::GetInstance()->listeners().Append(new Reached);
  return true;
}();

}  // namespace
}  // namespace sessiond::mutants
