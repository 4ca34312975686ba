// What a table is filled by, behind one face: the engine as a caller of the library would use it, and its peers.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "racemate/bench/workload.h"
#include "racemate/core/diagnostic.h"
#include "racemate/core/parallel.h"

namespace racemate::bench {

class TableEngine {
 public:
  TableEngine() = default;
  TableEngine(const TableEngine&) = delete;
  TableEngine& operator=(const TableEngine&) = delete;
  TableEngine(TableEngine&&) = delete;
  TableEngine& operator=(TableEngine&&) = delete;
  virtual ~TableEngine() = default;

  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual std::size_t people() const = 0;
  [[nodiscard]] virtual bool is_peer() const { return true; }  // one thread, and not ours
  // Memory for the result, as this engine likes it best; untouched.
  [[nodiscard]] virtual Answer room() const = 0;
  // One whole call. Returns why it failed.
  [[nodiscard]] virtual std::optional<std::string> run(int threads, Answer& answer) = 0;
};

// Draws the people, plans and propagates: exactly for a linear model, else by the solvers of differential equations.
[[nodiscard]] std::unique_ptr<TableEngine> racemate_engine(const Workload& workload, std::size_t people,
                                                           const PeerTolerances& tolerances);
// name: "odeint" or "cvode". Parameters are drawn beforehand.
[[nodiscard]] std::unique_ptr<TableEngine> cpp_peer(const std::string& name, PeerProblem problem,
                                                    const PeerTolerances& tolerances);

}  // namespace racemate::bench
