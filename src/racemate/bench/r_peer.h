// Engines that run under R: mrgsolve, rxode2 and deSolve, where they are installed.
//
// Each has a script, which is called as `Rscript NAME.R FOLDER` and finds in the folder
//   request.csv   name,value: equations, relative, absolute, repetitions
//   people.csv    ID (from 1) and the parameters
//   doses.csv     TIME,AMT,RATE
//   times.csv     TIME
//   checked.csv   ID of the people whose answer is wanted
// and leaves there
//   answer.csv    ID,TIME and the outputs, for those people
//   report.csv    name,value: seconds (one line for each repetition), ready_seconds, memory_beyond_bytes, process_bytes
#pragma once

#include <string>

#include "racemate/bench/judge.h"
#include "racemate/bench/peers.h"
#include "racemate/bench/result.h"
#include "racemate/core/parallel.h"

namespace racemate::bench {

inline constexpr double kLongestRPeer_s = 900;  // then it is ended and reported

[[nodiscard]] bool is_r_peer(const std::string& name);

struct RPeerRequest {
  std::string name;  // "mrgsolve", "rxode2", "desolve"
  std::string scripts;
  const PeerProblem* problem = nullptr;
  PeerTolerances tolerances;
  int repetitions = 1;
  const Judge* judge = nullptr;
};

// With its error by the judge. Without R or the package, why_not says which is missing.
[[nodiscard]] EngineResult run_r_peer(const RPeerRequest& request, const CancelToken& cancel);

// The answer.csv of a script, for judge.people(). Error: kSyntax where it is not what was asked for.
[[nodiscard]] Result<Answer> read_r_answer(const std::string& text, const RPeerRequest& request);

}  // namespace racemate::bench
