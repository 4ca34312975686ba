#include "racemate/exposure/nca_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_set>
#include <utility>

#include "racemate/core/csv_line.h"

namespace racemate::exposure {
namespace {

enum Known : std::size_t {
  kId,
  kTime,
  kStudy,
  kReplicate,
  kDose,  // the ones from here on are not in a table that simulations write
  kAmt,
  kRate,
  kBlq,
  kLloq,
  kEvid,
  kMdv,
  kAddl,
  kKnownColumns
};
constexpr std::array<std::string_view, kKnownColumns> kKnownNames{"ID",   "TIME", "STUDY", "REP",  "DOSE", "AMT",
                                                                  "RATE", "BLQ",  "LLOQ",  "EVID", "MDV",  "ADDL"};
constexpr std::string_view kSubjectName = "SUBJECT";  // another word for ID
constexpr std::array<std::string_view, 4> kUnusedNames{"CMT", "II", "SS", "C"};
// Numbers, and no concentrations: a table with one of these is not taken to hold concentrations in all its columns.
constexpr std::array<std::string_view, 18> kCovariateNames{"WT",     "BW",  "WEIGHT", "AGE",   "SEX",  "HT",
                                                           "HEIGHT", "BMI", "BSA",    "RACE",  "CRCL", "ARM",
                                                           "GROUP",  "TRT", "PERIOD", "VISIT", "DAY",  "OCC"};
constexpr std::array<std::string_view, 3> kOutputNames{"CONC", "CONCENTRATION", "DV"};  // the first that is there
constexpr std::array<std::string_view, 5> kBelowWords{"BLQ", "BLOQ", "BQL", "<LLOQ", "<LOQ"};

template <class Names>
bool among(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

struct OutputColumn {
  std::size_t index;
  std::string name;  // as in the header
  bool is_dv;
};

struct DoseRecord {
  double time;
  double amount;
  double rate;
};

Diagnostic too_many_problems(const std::string& file) {
  return {.code = ErrorCode::kInconsistent,
          .where = {.file = file},
          .message = fmt::format("more than {} problems; the others are not shown", kMaxNcaTableProblems),
          .expected = {},
          .hint = {}};
}

class Reader {
 public:
  Reader(const std::string& file, const NcaTableOptions& options) : file_(file), options_(options) {}

  Result<std::vector<NcaProfile>> read(std::string_view text) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark)) {
      text.remove_prefix(kByteOrderMark.size());
    }
    bool header_read = false;
    while (!text.empty() && !stopped_) {
      const std::size_t end = text.find('\n');
      const std::string_view line = text.substr(0, end);
      text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
      ++line_;
      const std::string_view content = trim_blanks(line);
      if (content.empty() || content.front() == '#' || content.front() == '@') {
        continue;
      }
      split_csv_line(line, cells_);
      if (header_read) {
        read_line();
      } else {
        header_read = true;
        read_header();
        if (!problems_.empty()) {
          return fail(sorted_problems());
        }
      }
    }
    finish_subject();
    if (problems_.empty() && profiles_.empty()) {
      line_ = 0;
      problem(ErrorCode::kMissingField, 0, header_read ? "the table has no lines" : "the table is empty",
              "a header line and at least one sample");
    }
    if (!problems_.empty()) {
      return fail(sorted_problems());
    }
    return std::move(profiles_);
  }

 private:
  void problem(Diagnostic diagnostic) {
    if (problems_.size() == kMaxNcaTableProblems) {
      stopped_ = true;
    } else {
      problems_.push_back(std::move(diagnostic));
    }
  }
  // Those of a profile are found when its last line is read, and those of a line not from left to right.
  Diagnostics sorted_problems() {
    std::stable_sort(problems_.begin(), problems_.end(), [](const Diagnostic& a, const Diagnostic& b) {
      return std::pair(a.where.line, a.where.column) < std::pair(b.where.line, b.where.column);
    });
    if (stopped_) {
      problems_.push_back(too_many_problems(file_));
    }
    return std::move(problems_);
  }
  void problem(ErrorCode code, std::uint32_t column, std::string message, std::string expected, std::string hint = {}) {
    problem(Diagnostic{.code = code,
                       .where = {.file = file_, .line = line_, .column = column},
                       .message = std::move(message),
                       .expected = std::move(expected),
                       .hint = std::move(hint)});
  }
  // A problem of the value in a known column.
  void problem_in(Known known, ErrorCode code, const std::string& message, std::string expected) {
    const CsvCell* cell = find(known);
    problem(code, cell == nullptr ? 1 : cell->column, fmt::format("{}: {}", kKnownNames[known], message),
            std::move(expected));
  }

  void read_header() {
    columns_ = cells_.size();
    if (columns_ > kMaxNcaTableColumns) {
      problem(ErrorCode::kOutOfRange, 1, fmt::format("the header has {} columns", columns_),
              fmt::format("at most {} columns", kMaxNcaTableColumns));
      return;
    }
    for (std::size_t i = 0; i < columns_; ++i) {
      enter_column(i);
    }
    const bool other_separator = columns_ == 1 && cells_.front().text.find_first_of(";\t") != std::string_view::npos;
    for (const Known required : {kId, kTime}) {
      if (!where_[required]) {
        const std::string name(kKnownNames[required]);
        problem(ErrorCode::kMissingField, 1, fmt::format("there is no column {}", name), "columns ID and TIME",
                other_separator ? "cells are separated by commas"
                                : (nearest_name(name, names_).empty() ? "" : suggest_name(name, names_)));
      }
    }
    if (where_[kDose] && where_[kAmt]) {
      problem_in(kAmt, ErrorCode::kInconsistent, "the table has a column DOSE too", "one of the two");
    }
    if (options_.dose && (where_[kDose] || where_[kAmt])) {
      problem_in(where_[kDose] ? kDose : kAmt, ErrorCode::kInconsistent, "a dose is given beside the table too",
                 "one of the two");
    }
    if (options_.dose_time && where_[kAmt]) {
      problem_in(kAmt, ErrorCode::kInconsistent, "a time of the dose is given beside the table too", "one of the two");
    }
    if (problems_.empty()) {
      choose_outputs();
    }
  }

  void enter_column(std::size_t index) {
    const CsvCell& cell = cells_[index];
    std::string name = upper_case(cell.text);
    if (name == kSubjectName) {
      name = kKnownNames[kId];
    }
    if (name.empty()) {
      problem(ErrorCode::kMissingField, cell.column, fmt::format("column {} has no name", index + 1), "a name");
      return;
    }
    if (among(names_, name)) {
      problem(ErrorCode::kInconsistent, cell.column, fmt::format("column {} is there twice", name),
              "each column once, whatever the case of its name");
      return;
    }
    names_.push_back(name);
    const auto known = std::find(kKnownNames.begin(), kKnownNames.end(), name);
    if (known != kKnownNames.end()) {
      where_[static_cast<std::size_t>(known - kKnownNames.begin())] = index;
    } else if (!among(kUnusedNames, name)) {
      candidates_.push_back({.index = index, .name = std::string(cell.text), .is_dv = name == "DV"});
    }
  }

  [[nodiscard]] const OutputColumn* candidate(std::string_view upper_name) const {
    const auto found = std::find_if(candidates_.begin(), candidates_.end(),
                                    [&](const OutputColumn& column) { return upper_case(column.name) == upper_name; });
    return found == candidates_.end() ? nullptr : &*found;
  }

  void choose_outputs() {
    std::vector<std::string> names;
    for (const OutputColumn& column : candidates_) {
      names.push_back(column.name);
    }
    for (const std::string& name : options_.outputs) {
      const OutputColumn* column = candidate(upper_case(name));
      if (column == nullptr) {
        problem(ErrorCode::kUnknownName, 1, fmt::format("there is no output '{}'", name), "a column of the table",
                suggest_name(name, names));
      } else if (among_outputs(column->index)) {
        problem(ErrorCode::kInconsistent, 1, fmt::format("output '{}' is asked for twice", name), "each output once");
      } else {
        outputs_.push_back(*column);
      }
    }
    if (!options_.outputs.empty()) {
      return;
    }
    for (const std::string_view name : kOutputNames) {
      if (const OutputColumn* column = candidate(name)) {
        outputs_ = {*column};
        return;
      }
    }
    if (candidates_.size() == 1 || is_simulated()) {
      outputs_ = candidates_;
    } else if (candidates_.empty()) {
      problem(ErrorCode::kMissingField, 1, "there is no column of concentrations", "CONC, DV or a name of your own");
    } else {
      problem(ErrorCode::kInconsistent, 1, "more than one column could hold concentrations",
              "the names of the outputs to analyse", fmt::format("columns: {}", fmt::join(names, ", ")));
    }
  }

  // Whether the table is of the kind that simulations write: who, when, and concentrations.
  [[nodiscard]] bool is_simulated() const {
    const bool has_records =
        std::any_of(where_.begin() + kDose, where_.end(), [](const auto& at) { return at.has_value(); });
    const bool has_unused = std::any_of(kUnusedNames.begin(), kUnusedNames.end(),
                                        [this](std::string_view name) { return among(names_, name); });
    const bool has_covariates = std::any_of(kCovariateNames.begin(), kCovariateNames.end(),
                                            [this](std::string_view name) { return among(names_, name); });
    return !candidates_.empty() && !has_records && !has_unused && !has_covariates;
  }

  [[nodiscard]] bool among_outputs(std::size_t index) const {
    return std::any_of(outputs_.begin(), outputs_.end(),
                       [index](const OutputColumn& column) { return column.index == index; });
  }

  [[nodiscard]] const CsvCell* find(Known known) const { return where_[known] ? &cells_[*where_[known]] : nullptr; }

  // nullopt where it is missing or, after a report, no number.
  std::optional<double> number(Known known) {
    const CsvCell* cell = find(known);
    if (cell == nullptr || is_missing_cell(cell->text)) {
      return std::nullopt;
    }
    const std::optional<double> value = parse_cell_number(cell->text);
    if (!value) {
      problem_in(known, ErrorCode::kWrongType, fmt::format("'{}' is not a number", cell->text),
                 "a finite number or '.'");
    }
    return value;
  }

  bool flag(Known known) {
    const double value = number(known).value_or(0);
    if (value != 0 && value != 1) {
      problem_in(known, ErrorCode::kOutOfRange, fmt::format("{} is not allowed", value), "0 or 1");
    }
    return value == 1;
  }

  void read_line() {
    if (cells_.size() != columns_) {
      problem(ErrorCode::kSyntax, 1, fmt::format("the line has {} cells", cells_.size()),
              fmt::format("{}, as in the header", columns_));
      return;
    }
    if (is_missing_cell(find(kId)->text)) {
      problem_in(kId, ErrorCode::kMissingField, "it is missing", "the subject of the line");
      return;
    }
    if (!is_current_subject()) {
      finish_subject();
      begin_subject();
    }
    if (is_missing_cell(find(kTime)->text)) {
      problem_in(kTime, ErrorCode::kMissingField, "it is missing", "the time of the line");
      return;
    }
    const std::optional<double> time = number(kTime);
    const bool is_dose = read_dose(time);
    if (time) {
      read_samples(*time, is_dose);
    }
  }

  [[nodiscard]] std::string_view text_of(Known known) const {
    const CsvCell* cell = find(known);
    return cell == nullptr || is_missing_cell(cell->text) ? std::string_view{} : cell->text;
  }

  [[nodiscard]] bool is_current_subject() const {
    return subject_ && subject_->id == text_of(kId) && subject_->study == text_of(kStudy) &&
           subject_->replicate == text_of(kReplicate);
  }

  void begin_subject() {
    subject_ = NcaSubject{.id = std::string(text_of(kId)),
                          .study = std::string(text_of(kStudy)),
                          .replicate = std::string(text_of(kReplicate))};
    first_line_ = line_;
    // Cells hold no line break.
    if (!subjects_.insert(fmt::format("{}\n{}\n{}", subject_->study, subject_->replicate, subject_->id)).second) {
      problem_in(kId, ErrorCode::kInconsistent, fmt::format("'{}' returns after another subject", to_string(*subject_)),
                 "the lines of a subject together");
    }
    dose_record_.reset();
    dose_.reset();
    current_.clear();
    for (const OutputColumn& column : outputs_) {
      current_.push_back({.subject = *subject_,
                          .output = column.name,
                          .dose = options_.dose,
                          .route = options_.route,
                          .infusion_duration = options_.infusion_duration,
                          .file = file_});
    }
  }

  // Returns whether the line gives a dose.
  bool read_dose(const std::optional<double>& time) {
    if (const std::optional<double> dose = number(kDose)) {
      if (!(*dose > 0)) {
        problem_in(kDose, ErrorCode::kOutOfRange, fmt::format("a dose of {}", *dose), "a dose above 0, or '.'");
      } else if (dose_ && *dose_ != *dose) {
        problem_in(kDose, ErrorCode::kInconsistent, fmt::format("{} after {} in the lines above", *dose, *dose_),
                   "one dose for a subject");
      } else {
        dose_ = dose;
      }
    }
    const double amount = number(kAmt).value_or(0);
    const double rate = number(kRate).value_or(0);
    if (amount == 0) {
      return false;
    }
    if (amount < 0) {
      problem_in(kAmt, ErrorCode::kOutOfRange, fmt::format("a dose of {}", amount), "a dose above 0, 0 or '.'");
    } else if (dose_record_) {
      problem_in(kAmt, ErrorCode::kUnsupported, "a second dose of this subject",
                 "one dose: the analysis is of the interval after it (a dose that stands on every line belongs in a "
                 "column DOSE)");
    } else if (time) {
      dose_record_ = DoseRecord{.time = *time, .amount = amount, .rate = rate};
      check_dose_record(rate);
    }
    return true;
  }

  void check_dose_record(double rate) {
    if (number(kAddl).value_or(0) != 0) {
      problem_in(kAddl, ErrorCode::kUnsupported, "additional doses", "one dose for a subject");
    }
    if (rate < 0) {
      problem_in(kRate, ErrorCode::kUnsupported, fmt::format("a rate of {}", rate),
                 "a rate that the table knows, or 0");
    } else if (rate > 0 && options_.route != NcaRoute::kExtravascular) {
      problem_in(kRate, ErrorCode::kInconsistent, "a bolus or an infusion is given beside the table too",
                 "one of the two");
    }
  }

  void read_samples(double time, bool is_dose) {
    const bool below = flag(kBlq);
    std::optional<double> limit = number(kLloq);
    if (limit && !(*limit > 0)) {
      problem_in(kLloq, ErrorCode::kOutOfRange, fmt::format("a limit of {}", *limit), "a limit above 0, or '.'");
      limit.reset();
    }
    const bool no_observation = number(kEvid).value_or(0) != 0;
    const bool missing = flag(kMdv);
    if (no_observation || missing) {
      return;
    }
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      const CsvCell& cell = cells_[outputs_[i].index];
      const bool dose_in_dv = is_dose && outputs_[i].is_dv;
      if (is_missing_cell(cell.text) || upper_case(cell.text) == "NA" || dose_in_dv) {
        continue;
      }
      NcaSample sample{
          .time = time,
          .concentration = 0,
          .below_limit = below,
          .lower_limit = limit ? limit : options_.lower_limit,
          .origin = {.line = line_, .time_column = find(kTime)->column, .concentration_column = cell.column}};
      if (read_concentration(cell, sample)) {
        current_[i].samples.push_back(sample);
      }
    }
  }

  bool read_concentration(const CsvCell& cell, NcaSample& sample) {
    if (among(kBelowWords, upper_case(cell.text))) {
      sample.below_limit = true;
      return true;
    }
    const bool under = cell.text.front() == '<';
    const std::optional<double> value = parse_cell_number(under ? trim_blanks(cell.text.substr(1)) : cell.text);
    if (!value || (under && !(*value > 0))) {
      problem(ErrorCode::kWrongType, cell.column, fmt::format("'{}' is not a concentration", cell.text),
              "a finite number, '.', BLQ or <LIMIT");
      return false;
    }
    sample.below_limit = sample.below_limit || under;
    (under ? sample.lower_limit.emplace() : sample.concentration) = *value;
    return true;
  }

  void finish_subject() {
    const double time_zero = options_.dose_time ? *options_.dose_time : dose_record_ ? dose_record_->time : 0;
    for (NcaProfile& profile : current_) {
      for (NcaSample& sample : profile.samples) {
        sample.time -= time_zero;
      }
      if (dose_) {
        profile.dose = dose_;
      }
      if (dose_record_) {
        profile.dose = dose_record_->amount;
        if (dose_record_->rate > 0) {
          profile.route = NcaRoute::kInfusion;
          profile.infusion_duration = dose_record_->amount / dose_record_->rate;
        }
      }
      for (Diagnostic& diagnostic : check_profile(profile)) {
        if (diagnostic.where.line == 0) {  // of the profile as a whole
          diagnostic.where.line = first_line_;
          diagnostic.where.column = 1;
        }
        problem(std::move(diagnostic));
      }
      profiles_.push_back(std::move(profile));
    }
    current_.clear();
  }

  const std::string& file_;
  const NcaTableOptions& options_;
  Diagnostics problems_;
  bool stopped_ = false;
  std::uint32_t line_ = 0;
  std::vector<CsvCell> cells_;

  // Of the header.
  std::size_t columns_ = 0;
  std::vector<std::string> names_;  // in upper case
  std::array<std::optional<std::size_t>, kKnownColumns> where_;
  std::vector<OutputColumn> candidates_;
  std::vector<OutputColumn> outputs_;

  std::optional<NcaSubject> subject_;  // the one that is being read, and its profiles
  std::uint32_t first_line_ = 0;
  std::optional<DoseRecord> dose_record_;
  std::optional<double> dose_;
  std::vector<NcaProfile> current_;
  std::unordered_set<std::string> subjects_;
  std::vector<NcaProfile> profiles_;
};

}  // namespace

Result<std::vector<NcaProfile>> read_nca_table(std::string_view text, const std::string& file,
                                               const NcaTableOptions& options) {
  return Reader(file, options).read(text);
}

Result<std::vector<NcaResult>> analyse_profiles(const std::vector<NcaProfile>& profiles, const NcaUnits& units,
                                                const NcaOptions& options) {
  Diagnostics problems = check_nca_options(options);
  if (!problems.empty()) {
    return fail(std::move(problems));
  }
  std::vector<NcaResult> results;
  results.reserve(profiles.size());
  for (const NcaProfile& profile : profiles) {
    Result<NcaResult> result = analyse_profile(profile, units, options);
    if (result) {
      results.push_back(std::move(*result));
      continue;
    }
    for (Diagnostic& problem : result.error()) {
      if (problems.size() == kMaxNcaTableProblems) {
        problems.push_back(too_many_problems(profile.file));
        return fail(std::move(problems));
      }
      problems.push_back(std::move(problem));
    }
  }
  if (!problems.empty()) {
    return fail(std::move(problems));
  }
  return results;
}

}  // namespace racemate::exposure
