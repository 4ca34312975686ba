// The methods of solver.h, each for the active lanes of a block. Internal to this folder.
#pragma once

#include <cstddef>
#include <memory>

#include "racemate/core/aligned_doubles.h"
#include "racemate/engine/ode/block.h"

namespace racemate::engine::ode {

class ExplicitMethod {
 public:
  explicit ExplicitMethod(const Block& block);
  // Until no lane is active. Lanes that are continued (not fresh) must have been left by this method.
  void run(Block& block);
  // Evaluations of the right-hand side per attempted step.
  static constexpr double kEvaluations = 6;

 private:
  void round(Block& block);
  AlignedDoubles slopes_;  // [stage][state][lanes]
  AlignedDoubles stage_;   // state at stage 7: the result of the step
  AlignedDoubles before_;  // state at stage 6
  AlignedDoubles inverse_tolerance_;
  AlignedDoubles time_h_;
  LaneBits taking_;
  LaneBits accepted_;
  LaneBits known_;  // derivative at the end of the round is that of the lane's state
};

class StiffMethod {
 public:
  explicit StiffMethod(const Block& block);
  void run(Block& block);
  // Evaluations of the right-hand side per attempted step.
  [[nodiscard]] static double evaluations(const LaneSystem& system);

 private:
  void round(Block& block);
  void linearise(Block& block);
  AlignedDoubles slope_;       // at the start of the step
  AlignedDoubles increments_;  // [stage][state][lanes]
  AlignedDoubles stage_;
  AlignedDoubles right_;
  AlignedDoubles inverse_tolerance_;
  AlignedDoubles time_slope_;
  AlignedDoubles jacobian_;  // [row][column][lanes]
  AlignedDoubles factors_;
  AlignedDoubles time_h_;
  AlignedDoubles row_end_h_;  // the end of the segment, or the next row before it
  AlignedDoubles inverse_step_;
  std::vector<std::uint8_t> swaps_;
  LaneBits taking_;
  LaneBits accepted_;
};

// jacobian [row][column][lanes] of the system at (time_h, state) by forward differences from `slope`, the derivative
// there. Increments are sqrt(machine epsilon) times the larger of |state| and absolute / relative. scratch: 2 x states
// x lanes.
void difference_jacobian(LaneSystem& system, const double* time_h, const double* state, const double* slope,
                         const Block& block, double* scratch, double* jacobian);

class CvodeMethod {
 public:
  explicit CvodeMethod(const Block& block);
  CvodeMethod(const CvodeMethod&) = delete;
  CvodeMethod& operator=(const CvodeMethod&) = delete;
  CvodeMethod(CvodeMethod&&) = delete;
  CvodeMethod& operator=(CvodeMethod&&) = delete;
  ~CvodeMethod();
  void run(Block& block);

 private:
  struct Session;
  std::unique_ptr<Session> session_;
};

}  // namespace racemate::engine::ode
