// What every command that computes needs: the shipped data, a progress line, and what is said after Ctrl-C.
#pragma once

#include <string>
#include <vector>

#include "racemate/cli/console.h"
#include "racemate/cli/progress_line.h"
#include "racemate/core/diagnostic.h"
#include "racemate/study/compare.h"
#include "racemate/study/library.h"

namespace racemate::cli {

[[nodiscard]] Result<study::Library> load_shipped_library();

// A progress line on standard error for as long as it lives; silent when not shown.
class RunProgress {
 public:
  RunProgress(const Console& console, bool shown);
  RunProgress(const RunProgress&) = delete;
  RunProgress& operator=(const RunProgress&) = delete;
  RunProgress(RunProgress&&) = delete;
  RunProgress& operator=(RunProgress&&) = delete;
  ~RunProgress();
  // Valid while this object lives.
  [[nodiscard]] study::ProgressSink sink();

 private:
  bool shown_;
  ProgressLine line_;
};

// Whether both names lead to one file that exists.
[[nodiscard]] bool same_file(const std::string& left, const std::string& right);

// Someone whose rows are '.' from time_h on.
struct ToldFailure {
  std::string who;  // "subject 7"
  double time_h = 0;
  std::string reason;
};
// A problem for each of the first twenty, and one for the rest.
[[nodiscard]] Diagnostics describe_failures(const std::vector<ToldFailure>& failures);

// Says that nothing was written and returns the exit code of an interruption.
[[nodiscard]] int report_interruption(const Console& console);

}  // namespace racemate::cli
