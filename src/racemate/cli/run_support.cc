#include "racemate/cli/run_support.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "racemate/study/data_folder.h"

namespace racemate::cli {

Result<study::Library> load_shipped_library() {
  auto folder = study::find_data_folder(study::data_folder_places());
  if (!folder) {
    return fail(std::move(folder.error()));
  }
  return study::load_library(*folder);
}

RunProgress::RunProgress(const Console& console, bool shown)
    : shown_(shown), line_(std::chrono::steady_clock::now(), [&console](std::string_view text) {
        console.error << text << std::flush;
      }) {}

RunProgress::~RunProgress() { line_.finish(); }

study::ProgressSink RunProgress::sink() {
  return [this](const study::Progress& progress) {
    if (shown_) {
      line_.update(progress.fraction, progress.pattern, std::chrono::steady_clock::now());
    }
  };
}

bool same_file(const std::string& left, const std::string& right) {
  std::error_code error;
  return std::filesystem::equivalent(left, right, error) && !error;
}

int report_interruption(const Console& console) {
  console.error << "racemate: interrupted; no file was written\n" << std::flush;
  return error_info(ErrorCode::kInterrupted).exit_code;
}

Diagnostics describe_failures(const std::vector<ToldFailure>& failures) {
  constexpr std::size_t kMostTold = 20;
  Diagnostics problems;
  for (const ToldFailure& failure : failures) {
    if (problems.size() == kMostTold) {
      problems.push_back(
          {ErrorCode::kNumericalFailure, {}, fmt::format("and {} more", failures.size() - kMostTold), {}, {}});
      break;
    }
    problems.push_back({ErrorCode::kNumericalFailure,
                        {},
                        fmt::format("{} failed at {:.6g} h: {}", failure.who, failure.time_h, failure.reason),
                        {},
                        "the rows from then on are '.'"});
  }
  return problems;
}

}  // namespace racemate::cli
