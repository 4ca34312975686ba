#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <sundials/sundials_context.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_dense.h>

#include <memory>

#include "racemate/bench/equations.h"
#include "racemate/bench/peers.h"

namespace racemate::bench {
namespace {

constexpr long kMostSteps = 1'000'000;  // of one call

struct ContextDeleter {
  void operator()(SUNContext context) const { SUNContext_Free(&context); }
};
struct VectorDeleter {
  void operator()(N_Vector vector) const { N_VDestroy(vector); }
};
struct MatrixDeleter {
  void operator()(SUNMatrix matrix) const { SUNMatDestroy(matrix); }
};
struct SolverDeleter {
  void operator()(SUNLinearSolver solver) const { SUNLinSolFree(solver); }
};
struct MemoryDeleter {
  void operator()(void* memory) const { CVodeFree(&memory); }
};
template <class Handle, class Deleter>
using Owner = std::unique_ptr<std::remove_pointer_t<Handle>, Deleter>;

template <class Model>
struct RightHandSide {
  const Model* model = nullptr;
  double input_mg_per_h = 0;

  static int call(realtype /*time_h*/, N_Vector state, N_Vector slope, void* user) {
    const auto* self = static_cast<const RightHandSide*>(user);
    self->model->derivative(N_VGetArrayPointer(state), self->input_mg_per_h, N_VGetArrayPointer(slope));
    return 0;
  }
};

template <class Model>
std::optional<std::string> solve(const PeerProblem& problem, const PeopleOfPeer& people,
                                 const PeerTolerances& tolerances, std::span<double> values) {
  SUNContext raw_context = nullptr;
  if (SUNContext_Create(nullptr, &raw_context) != 0) return "no context";
  const Owner<SUNContext, ContextDeleter> context(raw_context);
  const Owner<N_Vector, VectorDeleter> x(N_VNew_Serial(Model::kStates, context.get()));
  const Owner<SUNMatrix, MatrixDeleter> matrix(SUNDenseMatrix(Model::kStates, Model::kStates, context.get()));
  const Owner<SUNLinearSolver, SolverDeleter> linear(SUNLinSol_Dense(x.get(), matrix.get(), context.get()));
  const Owner<void*, MemoryDeleter> memory(CVodeCreate(CV_BDF, context.get()));
  RightHandSide<Model> right;
  double* state = N_VGetArrayPointer(x.get());
  Model::initial(state);
  if (CVodeInit(memory.get(), &RightHandSide<Model>::call, 0, x.get()) != CV_SUCCESS ||
      CVodeSStolerances(memory.get(), tolerances.relative, tolerances.absolute) != CV_SUCCESS ||
      CVodeSetUserData(memory.get(), &right) != CV_SUCCESS ||
      CVodeSetLinearSolver(memory.get(), linear.get(), matrix.get()) != CV_SUCCESS ||
      CVodeSetMaxNumSteps(memory.get(), kMostSteps) != CV_SUCCESS ||
      CVodeSetErrFile(memory.get(), nullptr) != CV_SUCCESS) {
    return "CVODE could not be set up";
  }
  const std::vector<Stretch> stretches = stretches_of(problem);
  const std::size_t rows = problem.times_h.size();
  for (std::size_t person = 0; person < people.count; ++person) {
    const Model model(std::span(problem.parameters)
                          .subspan((people.first + person) * Model::kParameters.size(), Model::kParameters.size()));
    right.model = &model;
    double* out = values.data() + person * rows * Model::kOutputs;
    Model::initial(state);
    for (std::size_t row = 0; row < rows && problem.times_h[row] <= 0; ++row) {
      model.outputs(state, out + row * Model::kOutputs);
    }
    for (const Stretch& stretch : stretches) {
      right.input_mg_per_h = stretch.input_mg_per_h;
      CVodeReInit(memory.get(), stretch.from_h, x.get());
      CVodeSetStopTime(memory.get(), stretch.to_h);  // the input jumps there
      double reached_h = stretch.from_h;
      for (std::size_t row = stretch.first_row; row < stretch.first_row + stretch.rows; ++row) {
        if (CVode(memory.get(), problem.times_h[row], x.get(), &reached_h, CV_NORMAL) < 0) return "CVODE gave up";
        model.outputs(state, out + row * Model::kOutputs);
      }
      if (reached_h < stretch.to_h && CVode(memory.get(), stretch.to_h, x.get(), &reached_h, CV_NORMAL) < 0) {
        return "CVODE gave up";
      }
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> solve_with_cvode(const PeerProblem& problem, const PeopleOfPeer& people,
                                            const PeerTolerances& tolerances, std::span<double> values) {
  switch (problem.equations) {
    case Equations::kThreeCompartments:
      return solve<ThreeCompartments>(problem, people, tolerances, values);
    case Equations::kSaturable:
      return solve<Saturable>(problem, people, tolerances, values);
    case Equations::kMetabolites:
      return solve<Metabolites>(problem, people, tolerances, values);
    case Equations::kNone:
      break;
  }
  return "there are no equations";
}

}  // namespace racemate::bench
