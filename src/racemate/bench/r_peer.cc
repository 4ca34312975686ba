#include "racemate/bench/r_peer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

#include "racemate/core/document.h"

namespace racemate::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostOutput = 1U << 30U;  // bytes of an answer
constexpr int kNoProgram = 127;                 // of exec

struct RPackage {
  const char* name;
  const char* package;
};
constexpr std::array<RPackage, 3> kPackages{{{"mrgsolve", "mrgsolve"}, {"rxode2", "rxode2"}, {"desolve", "deSolve"}}};

const char* equations_name(Equations equations) {
  switch (equations) {
    case Equations::kThreeCompartments:
      return "three-compartments";
    case Equations::kSaturable:
      return "saturable";
    case Equations::kMetabolites:
      return "metabolites";
    case Equations::kNone:
      break;
  }
  return "none";
}

// A folder that goes with this object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "racemate-bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  TemporaryFolder(TemporaryFolder&&) = delete;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }  // "" when there is none

 private:
  std::string path_;
};

// Runs Rscript with its output into files; the exit status, or nullopt when it was ended or could not be started.
std::optional<int> run_rscript(const std::vector<std::string>& arguments, const std::string& folder,
                               const CancelToken& cancel) {
  const std::string out = folder + "/output.txt";
  const pid_t child = fork();
  if (child < 0) return std::nullopt;
  if (child == 0) {
    const int file = open(out.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
    if (file < 0 || dup2(file, STDOUT_FILENO) < 0 || dup2(file, STDERR_FILENO) < 0) _exit(kNoProgram);
    std::vector<std::string> words{"Rscript"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    execvp(pointers.front(), pointers.data());
    _exit(kNoProgram);
  }
  const auto start = std::chrono::steady_clock::now();
  for (int status = 0;;) {
    if (waitpid(child, &status, WNOHANG) == child) {
      return WIFEXITED(status) ? std::optional(WEXITSTATUS(status)) : std::nullopt;
    }
    const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - start;
    if (cancel.cancelled() || waited.count() > kLongestRPeer_s) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return std::nullopt;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void write_lines(const std::string& path, const std::string& header, const std::vector<std::string>& lines) {
  std::ofstream file(path);
  file << header << '\n';
  for (const std::string& line : lines) file << line << '\n';
}

void write_question(const RPeerRequest& request, const std::string& folder) {
  const PeerProblem& problem = *request.problem;
  write_lines(
      folder + "/request.csv", "name,value",
      {fmt::format("equations,{}", equations_name(problem.equations)),
       fmt::format("relative,{}", request.tolerances.relative), fmt::format("absolute,{}", request.tolerances.absolute),
       fmt::format("repetitions,{}", request.repetitions)});
  const std::vector<std::string> names = parameter_names(problem.equations);
  std::vector<std::string> lines;
  for (std::size_t person = 0; person < problem.people(); ++person) {
    const auto begin = problem.parameters.begin() + static_cast<std::ptrdiff_t>(person * names.size());
    lines.push_back(
        fmt::format("{},{}", person + 1, fmt::join(begin, begin + static_cast<std::ptrdiff_t>(names.size()), ",")));
  }
  write_lines(folder + "/people.csv", fmt::format("ID,{}", fmt::join(names, ",")), lines);
  lines.clear();
  for (const Infusion& infusion : problem.infusions) {
    lines.push_back(fmt::format("{},{},{}", infusion.start_h,
                                infusion.rate_mg_per_h * (infusion.end_h - infusion.start_h), infusion.rate_mg_per_h));
  }
  write_lines(folder + "/doses.csv", "TIME,AMT,RATE", lines);
  lines.clear();
  for (const double time_h : problem.times_h) lines.push_back(fmt::format("{}", time_h));
  write_lines(folder + "/times.csv", "TIME", lines);
  lines.clear();
  for (const std::size_t person : request.judge->people()) lines.push_back(fmt::format("{}", person + 1));
  write_lines(folder + "/checked.csv", "ID", lines);
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end = text.find(at); end != std::string::npos; end = text.find(at, begin)) {
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void read_report(const std::string& text, EngineResult& result) {
  for (const std::string& line : split(text, '\n')) {
    const std::size_t comma = line.find(',');
    if (comma == std::string::npos) continue;
    const std::string name = line.substr(0, comma);
    const std::optional<double> value = number(line.substr(comma + 1));
    if (!value) continue;
    if (name == "seconds") result.seconds.push_back(*value);
    if (name == "ready_seconds") result.ready_seconds = value;
    if (name == "memory_beyond_bytes") result.memory_beyond_bytes = std::max(*value, 0.0);
    if (name == "process_bytes") result.process_bytes = value;
  }
}

// The last line that a failed script said.
std::string last_words(const std::string& folder) {
  const Result<std::string> output = read_file(folder + "/output.txt", kMostOutput);
  if (!output) return "it said nothing";
  std::string last;
  for (const std::string& line : split(*output, '\n')) {
    if (!line.empty()) last = line;
  }
  return last.empty() ? "it said nothing" : last;
}

std::string missing(const std::string& package, const std::string& folder, const CancelToken& cancel) {
  const auto status =
      run_rscript({"-e", fmt::format("quit(status = if (requireNamespace('{}', quietly = TRUE)) 0 else 3)", package)},
                  folder, cancel);
  if (!status || *status == kNoProgram) return "skipped: Rscript is not installed";
  return *status == 0 ? "" : fmt::format("skipped: the R package {} is not installed", package);
}

}  // namespace

bool is_r_peer(const std::string& name) {
  return std::any_of(kPackages.begin(), kPackages.end(), [&name](const RPackage& known) { return known.name == name; });
}

Result<Answer> read_r_answer(const std::string& text, const RPeerRequest& request) {
  const std::size_t outputs = output_count(request.problem->equations);
  const std::size_t times = request.problem->times_h.size();
  const std::vector<std::size_t>& people = request.judge->people();
  Answer answer = Answer::by_person(outputs, times, people.back() + 1);
  std::fill_n(answer.values.data(), answer.doubles(), std::nan(""));
  std::vector<std::string> lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  const auto refuse = [](std::size_t line, std::string message) {
    return fail({.code = ErrorCode::kSyntax,
                 .where = {.file = "answer.csv", .line = static_cast<std::uint32_t>(line + 1)},
                 .message = std::move(message),
                 .expected = "ID,TIME and the outputs, person after person",
                 .hint = {}});
  };
  if (lines.size() != 1 + people.size() * times) {
    return refuse(0, fmt::format("{} lines instead of {}", lines.size(), 1 + people.size() * times));
  }
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> cells = split(lines[i], ',');
    if (cells.size() != 2 + outputs) return refuse(i, fmt::format("{} cells", cells.size()));
    const std::size_t person = people[(i - 1) / times];
    const std::size_t time = (i - 1) % times;
    const double time_h = request.problem->times_h[time];
    const std::optional<double> id = number(cells[0]);
    const std::optional<double> at_h = number(cells[1]);
    if (!id || *id != static_cast<double>(person + 1) || !at_h || std::fabs(*at_h - time_h) > 1e-6) {
      return refuse(i, fmt::format("not person {} at {} h", person + 1, time_h));
    }
    for (std::size_t o = 0; o < outputs; ++o) {
      answer.values[person * answer.person_stride + time * answer.time_stride + o] =
          number(cells[2 + o]).value_or(std::nan(""));
    }
  }
  return answer;
}

EngineResult run_r_peer(const RPeerRequest& request, const CancelToken& cancel) {
  const auto* const known = std::find_if(kPackages.begin(), kPackages.end(),
                                         [&](const RPackage& package) { return package.name == request.name; });
  EngineResult result{.engine = std::string(known->package) + " (R)", .people = request.problem->people()};
  const TemporaryFolder folder;
  if (folder.path().empty()) {
    result.why_not = "skipped: no temporary folder";
    return result;
  }
  result.why_not = missing(known->package, folder.path(), cancel);
  if (!result.why_not.empty()) return result;
  write_question(request, folder.path());
  const auto status =
      run_rscript({fmt::format("{}/{}.R", request.scripts, request.name), folder.path()}, folder.path(), cancel);
  if (!status || *status != 0) {
    result.why_not = status ? "failed: " + last_words(folder.path())
                            : fmt::format("ended: it took longer than {} s or crashed", kLongestRPeer_s);
    return result;
  }
  const Result<std::string> text = read_file(folder.path() + "/answer.csv", kMostOutput);
  const Result<std::string> report = read_file(folder.path() + "/report.csv");
  if (!text || !report) {
    result.why_not = "failed: it left no answer";
    return result;
  }
  const Result<Answer> answer = read_r_answer(*text, request);
  if (!answer) {
    result.why_not = "failed: " + answer.error().front().message;
    return result;
  }
  result.error = request.judge->error_of_peak(*answer);
  read_report(*report, result);
  return result;
}

}  // namespace racemate::bench
