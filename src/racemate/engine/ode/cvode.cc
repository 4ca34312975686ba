// CVODE of SUNDIALS: Hindmarsh et al., SUNDIALS: Suite of nonlinear and differential/algebraic equation solvers, ACM
// Transactions on Mathematical Software 31 (2005) 363-396. The only place that includes it.
#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_dense.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "racemate/core/check.h"
#include "racemate/engine/ode/methods.h"

namespace racemate::engine::ode {
namespace {

struct FreeContext {
  void operator()(SUNContext context) const { SUNContext_Free(&context); }
};
struct FreeVector {
  void operator()(N_Vector vector) const { N_VDestroy(vector); }
};
struct FreeMatrix {
  void operator()(SUNMatrix matrix) const { SUNMatDestroy(matrix); }
};
struct FreeSolver {
  void operator()(SUNLinearSolver solver) const { SUNLinSolFree(solver); }
};
struct FreeMemory {
  void operator()(void* memory) const { CVodeFree(&memory); }
};
template <class Pointer, class Free>
using Owned = std::unique_ptr<std::remove_pointer_t<Pointer>, Free>;

// Failures come back as codes and end up in LaneFailure; CVODE's own messages would go to the terminal.
void be_silent(int /*code*/, const char* /*module*/, const char* /*function*/, char* /*message*/, void* /*data*/) {}

FailureReason reason_of(int code) {
  switch (code) {
    case CV_TOO_MUCH_WORK:
      return FailureReason::kStepBound;
    case CV_ERR_FAILURE:
    case CV_CONV_FAILURE:
    case CV_TOO_MUCH_ACC:
    case CV_REPTD_RHSFUNC_ERR:
      return FailureReason::kStepUnderflow;
    case CV_FIRST_RHSFUNC_ERR:
      return FailureReason::kNotFinite;
    default:
      return FailureReason::kCvode;
  }
}

}  // namespace

struct CvodeMethod::Session {
  explicit Session(const Block& shape)
      : state(shape.states * shape.lanes),
        slope(shape.states * shape.lanes),
        jacobian(shape.states * shape.states * shape.lanes),
        time_h(shape.lanes) {}

  // One lane's column within arrays of the whole block: the system evaluates all lanes or none.
  AlignedDoubles state;
  AlignedDoubles slope;
  AlignedDoubles jacobian;
  AlignedDoubles time_h;
  Block* block = nullptr;
  std::size_t lane = 0;

  void place(double time, N_Vector y) {
    const double* from = N_VGetArrayPointer(y);
    for (std::size_t s = 0; s < block->states; ++s) state[s * block->lanes + lane] = from[s];
    time_h[lane] = time;
  }

  static int derivative(double time, N_Vector y, N_Vector y_dot, void* self) {
    auto& me = *static_cast<Session*>(self);
    const Block& b = *me.block;
    me.place(time, y);
    me.block->system->derivative(me.time_h.data(), me.state.data(), me.slope.data());
    double* to = N_VGetArrayPointer(y_dot);
    double finite = 0;
    for (std::size_t s = 0; s < b.states; ++s) {
      to[s] = me.slope[s * b.lanes + me.lane];
      finite += 0.0 * to[s];
    }
    return finite == 0 ? 0 : 1;  // 1: try a smaller step
  }

  static int dense_jacobian(double time, N_Vector y, N_Vector /*f*/, SUNMatrix matrix, void* self, N_Vector /*a*/,
                            N_Vector /*b*/, N_Vector /*c*/) {
    auto& me = *static_cast<Session*>(self);
    const Block& b = *me.block;
    me.place(time, y);
    me.block->system->jacobian(me.time_h.data(), me.state.data(), me.jacobian.data());
    for (std::size_t column = 0; column < b.states; ++column) {
      double* to = SUNDenseMatrix_Column(matrix, static_cast<sunindextype>(column));
      for (std::size_t row = 0; row < b.states; ++row) {
        to[row] = me.jacobian[(row * b.states + column) * b.lanes + me.lane];
      }
    }
    return 0;
  }

  // The segment from where the lane is to its end. False when the lane failed.
  bool run_segment();
  void run_lane();
};

bool CvodeMethod::Session::run_segment() {
  Block& b = *block;
  const auto n = static_cast<sunindextype>(b.states);
  SUNContext raw_context = nullptr;
  RACEMATE_CHECK(SUNContext_Create(nullptr, &raw_context) == 0, "SUNDIALS gives a context");
  const Owned<SUNContext, FreeContext> context(raw_context);
  const Owned<N_Vector, FreeVector> y(N_VNew_Serial(n, raw_context));
  const Owned<N_Vector, FreeVector> absolute(N_VNew_Serial(n, raw_context));
  const Owned<SUNMatrix, FreeMatrix> matrix(SUNDenseMatrix(n, n, raw_context));
  const Owned<SUNLinearSolver, FreeSolver> linear(SUNLinSol_Dense(y.get(), matrix.get(), raw_context));
  const std::unique_ptr<void, FreeMemory> memory(CVodeCreate(CV_BDF, raw_context));
  RACEMATE_CHECK(y && absolute && matrix && linear && memory, "CVODE has memory");

  double& time = b.steps.time_h[lane];
  const double end = b.steps.end_h[lane];
  double* values = N_VGetArrayPointer(y.get());
  for (std::size_t s = 0; s < b.states; ++s) {
    values[s] = b.state[s * b.lanes + lane];
    N_VGetArrayPointer(absolute.get())[s] = b.absolute[s];
  }
  const auto keep = [&] {
    for (std::size_t s = 0; s < b.states; ++s) b.state[s * b.lanes + lane] = values[s];
  };

  void* const cvode = memory.get();
  CVodeInit(cvode, &Session::derivative, time, y.get());
  CVodeSVtolerances(cvode, b.options.tolerances.relative, absolute.get());
  CVodeSetUserData(cvode, this);
  CVodeSetErrHandlerFn(cvode, &be_silent, nullptr);
  CVodeSetLinearSolver(cvode, linear.get(), matrix.get());
  if (b.system->has_jacobian()) CVodeSetJacFn(cvode, &Session::dense_jacobian);
  CVodeSetMaxNumSteps(cvode, 1);
  CVodeSetStopTime(cvode, end);
  if (std::isfinite(b.options.largest_step_h)) CVodeSetMaxStep(cvode, b.options.largest_step_h);
  if (b.options.first_step_h > 0) CVodeSetInitStep(cvode, std::min(b.options.first_step_h, end - time));

  const kernels::DenseTimes times = b.dense_times();
  const Owned<N_Vector, FreeVector> at(N_VNew_Serial(n, raw_context));
  int code = 0;
  for (std::uint32_t attempt = 0; time < end; ++attempt) {
    if (attempt == b.options.most_attempts) {
      code = CV_TOO_MUCH_WORK;
      break;
    }
    double reached = time;
    code = CVode(cvode, end, y.get(), &reached, CV_ONE_STEP);
    if (code == CV_TOO_CLOSE) {  // shorter than rounding of time: nothing changes
      reached = end;
      code = 0;
    }
    if (code < 0) break;
    while (b.has_outputs && times.pending_h[lane] <= reached) {
      std::size_t& cursor = times.cursor[lane];
      const double wanted = times.pending_h[lane];
      const bool exact = wanted == reached || CVodeGetDky(cvode, wanted, 0, at.get()) != CV_SUCCESS;
      const double* from = exact ? values : N_VGetArrayPointer(at.get());
      for (std::size_t s = 0; s < b.states; ++s) b.output_values[(cursor * b.states + s) * b.lanes + lane] = from[s];
      ++cursor;
      times.pending_h[lane] = cursor < times.count[lane] ? times.times_h[lane][cursor] : HUGE_VAL;
    }
    time = reached;
    keep();
  }
  long int steps = 0;
  long int evaluations = 0;
  long int linear_evaluations = 0;
  long int failed_tests = 0;
  long int jacobians = 0;
  CVodeGetNumSteps(cvode, &steps);
  CVodeGetNumRhsEvals(cvode, &evaluations);
  CVodeGetNumLinRhsEvals(cvode, &linear_evaluations);
  CVodeGetNumErrTestFails(cvode, &failed_tests);
  CVodeGetNumJacEvals(cvode, &jacobians);
  LaneStatistics& statistics = b.statistics[lane];
  statistics.accepted += static_cast<std::uint64_t>(steps);
  statistics.rejected += static_cast<std::uint64_t>(failed_tests);
  statistics.evaluations += static_cast<std::uint64_t>(evaluations + linear_evaluations);
  statistics.jacobians += static_cast<std::uint64_t>(jacobians);
  if (code < 0) b.fail(lane, reason_of(code));
  return code >= 0;
}

void CvodeMethod::Session::run_lane() {
  // Bounded: arrive() takes the next segment of the caller's list, or ends the lane.
  while (block->active.has(lane)) {
    if (run_segment()) block->arrive(lane);
  }
}

CvodeMethod::CvodeMethod(const Block& block) : session_(std::make_unique<Session>(block)) {}
CvodeMethod::~CvodeMethod() = default;

void CvodeMethod::run(Block& block) {
  session_->block = &block;
  std::copy_n(block.state.data(), block.states * block.lanes, session_->state.data());
  std::copy_n(block.steps.time_h, block.lanes, session_->time_h.data());
  const LaneBits lanes = block.active;
  lanes.for_each([&](std::size_t lane) {
    session_->lane = lane;
    session_->run_lane();
  });
}

}  // namespace racemate::engine::ode
