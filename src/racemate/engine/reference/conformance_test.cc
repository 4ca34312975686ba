// The shipped conformance cases (conformance/README.md) on the reference.
#include "racemate/engine/conformance_testing.h"

#include <gtest/gtest.h>

namespace racemate::engine::reference {
namespace {

using testing::ConformanceCase;

Result<std::vector<std::vector<double>>> simulate(const ConformanceCase& a_case) {
  return simulate_records(a_case.records, a_case.systems, a_case.states(), a_case.covariates, a_case.file,
                          a_case.options);
}

TEST(Conformance, DosingOnTheReference) { testing::expect_conformance(simulate); }

TEST(Conformance, OnlyLagsBeyondTheIntervalUnderNonmemsRuleGoBackward) {
  std::size_t backward = 0;
  for (const ConformanceCase& a_case : testing::load_conformance()) {
    if (!testing::goes_backward(a_case)) continue;
    ++backward;
    EXPECT_NE(a_case.title.find("lag beyond II"), std::string::npos) << a_case.title;
  }
  EXPECT_EQ(backward, 15u * 4);
}

}  // namespace
}  // namespace racemate::engine::reference
