// A model's right-hand side as instructions over lanes.
//
// Made from the instructions of level kState: only what the derivatives need; amounts and states are read where the
// solver has them, flows and derivatives are written where it wants them. Differs from expr::evaluate() by rounding
// alone: a product that only one sum uses is not rounded by itself, and what does not change between events divides by
// its reciprocal.
#pragma once

#include <cstdint>
#include <vector>

#include "racemate/core/aligned_doubles.h"
#include "racemate/engine/kernels/expression_kernels.h"
#include "racemate/model/model.h"

namespace racemate::engine::events {

class LaneProgram {
 public:
  // The frame must outlive it; parameters are read from it.
  LaneProgram(const model::CompiledModel& model, expr::Frame& frame);

  // The frame holds other parameters than before.
  void parameters_changed() { stale_ = true; }
  // derivative = d state / dt: [component][lanes], compartments first. input: [compartment][lanes], mg/h; nullptr:
  // none. Allocates nothing.
  void derivative(const double* time_h, const double* state, const double* input, double* derivative);

 private:
  friend class LaneProgramBuilder;
  std::size_t lanes_;
  std::size_t compartments_;
  std::size_t components_;
  std::vector<kernels::LaneInstruction> parameters_;    // reciprocals
  std::vector<kernels::LaneInstruction> instructions_;  // the right-hand side
  std::vector<double*> rows_;                           // frame, then state, derivative, input, time, then scratch
  std::size_t first_state_ = 0;                         // numbers of rows
  std::size_t first_derivative_ = 0;
  std::size_t first_input_ = 0;
  std::size_t time_ = 0;
  AlignedDoubles scratch_;
  AlignedDoubles no_input_;  // a row of zeros
  bool stale_ = true;
};

}  // namespace racemate::engine::events
