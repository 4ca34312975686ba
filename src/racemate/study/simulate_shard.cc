#include "racemate/study/simulate_shard.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>

#include "racemate/core/gzip.h"
#include "racemate/study/simulate_summary.h"

namespace racemate::study {

namespace {

constexpr std::string_view kMark = "# racemate-shard/1 ";
constexpr std::size_t kDigestDigits = 64;
constexpr std::size_t kWriteBytes = 1U << 20U;  // rows are written in pieces of about this size

std::string_view next_word(std::string_view& rest) {
  const std::size_t begin = std::min(rest.find_first_not_of(' '), rest.size());
  const std::size_t end = std::min(rest.find(' ', begin), rest.size());
  const std::string_view word = rest.substr(begin, end - begin);
  rest.remove_prefix(end);
  return word;
}

template <class Number>
bool read_number(std::string_view word, Number& number) {
  const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc() && stop == word.data() + word.size() && !word.empty();
}

Diagnostic inconsistent(const std::string& file, std::string message, std::string expected) {
  return {ErrorCode::kInconsistent, {file}, std::move(message), std::move(expected), {}};
}

std::string kind_of(const ShardHeader& header) { return header.summary ? "summary" : "table"; }

// A file that is read as a shard.
struct ShardFile {
  std::string file;
  ShardHeader header;
};

Result<ShardFile> look_at(const std::string& file) {
  auto lines = LineFile::open(file);
  if (!lines) return fail(std::move(lines.error()));
  std::string_view line;
  const Result<bool> more = (*lines)->next(line);
  if (!more) return fail(more.error());
  Result<ShardHeader> header = parse_shard_line(*more ? line : std::string_view(), file);
  if (!header) return fail(std::move(header.error()));
  return ShardFile{file, std::move(*header)};
}

// All problems of the set: every shard of one run once.
Diagnostics problems_of(std::vector<ShardFile>& shards) {
  Diagnostics problems;
  std::stable_sort(shards.begin(), shards.end(),
                   [](const ShardFile& a, const ShardFile& b) { return a.header.shard.index < b.header.shard.index; });
  const ShardFile& first = shards.front();
  for (const ShardFile& shard : shards) {
    if (shard.header.summary != first.header.summary) {
      problems.push_back(inconsistent(
          shard.file, fmt::format("holds a {} and '{}' a {}", kind_of(shard.header), first.file, kind_of(first.header)),
          "shards of one kind"));
    } else if (shard.header.run_sha256 != first.header.run_sha256) {
      problems.push_back(inconsistent(shard.file, fmt::format("is of another run than '{}'", first.file),
                                      "the same model, protocol, people, seed, options and program"));
    } else if (shard.header.shard.of != first.header.shard.of) {
      problems.push_back(inconsistent(shard.file,
                                      fmt::format("is one of {} shards and '{}' one of {}", shard.header.shard.of,
                                                  first.file, first.header.shard.of),
                                      "shards of one division"));
    }
  }
  if (!problems.empty()) return problems;
  const std::uint64_t of = first.header.shard.of;
  const auto missing = [&](std::uint64_t from, std::uint64_t to) {
    if (from > to) return;
    problems.push_back(inconsistent({},
                                    from == to ? fmt::format("shard {}/{} is missing", from, of)
                                               : fmt::format("shards {} to {} of {} are missing", from, to, of),
                                    "every shard of the run"));
  };
  std::uint64_t expected = 1;
  for (const ShardFile& shard : shards) {
    const std::uint64_t index = shard.header.shard.index;
    if (index < expected) {
      problems.push_back(inconsistent(shard.file, fmt::format("is shard {} a second time", index), "each shard once"));
      continue;
    }
    missing(expected, index - 1);
    expected = index + 1;
  }
  missing(expected, of);
  return problems;
}

Diagnostic cut_short(const ShardFile& shard, std::uint64_t rows) {
  return inconsistent(shard.file, fmt::format("has {} rows and says {}", rows, shard.header.rows), "a whole file");
}

// The lines of a shard after its first.
class ShardLines {
 public:
  explicit ShardLines(const ShardFile& shard) : shard_(shard) {}
  // each(line, number) returns a result; stops at the first problem.
  template <class Each>
  Result<void> read(const CancelToken& cancel, const Each& each) {
    auto lines = LineFile::open(shard_.file);
    if (!lines) return fail(std::move(lines.error()));
    std::string_view line;
    for (std::uint32_t number = 1;; ++number) {
      const Result<bool> more = (*lines)->next(line);
      if (!more) return fail(more.error());
      if (!*more) return {};
      if (number == 1) continue;
      if (number % 4096 == 0 && cancel.cancelled()) return fail(interruption());
      if (Result<void> taken = each(line, number); !taken) return taken;
    }
  }

 private:
  const ShardFile& shard_;
};

Result<void> merge_tables(const std::vector<ShardFile>& shards, const TextSink& write, const ProgressSink& progress,
                          const CancelToken& cancel) {
  std::string text;
  std::string header;
  const auto flush = [&]() -> Result<void> {
    if (!write(text)) {
      return fail(Diagnostic{ErrorCode::kUnwritableOutput, {}, "the output could not be written to its end", {}, {}});
    }
    text.clear();
    return {};
  };
  for (std::size_t s = 0; s < shards.size(); ++s) {
    std::uint64_t rows = 0;
    bool seen_header = false;
    Result<void> read = ShardLines(shards[s]).read(cancel, [&](std::string_view line, std::uint32_t) -> Result<void> {
      const bool is_header = !seen_header;
      seen_header = true;
      if (is_header && s > 0) {
        if (line == header) return {};
        return fail(inconsistent(shards[s].file, "has other columns than the first shard", header));
      }
      if (is_header) header = line;
      rows += is_header ? 0 : 1;
      text.append(line) += '\n';
      return text.size() < kWriteBytes ? Result<void>() : flush();
    });
    if (!read) return read;
    if (!seen_header || rows != shards[s].header.rows) return fail(cut_short(shards[s], rows));
    if (progress) progress({"", static_cast<double>(s + 1) / static_cast<double>(shards.size())});
  }
  return flush();
}

Result<void> merge_summaries(const std::vector<ShardFile>& shards, const TextSink& write, const ProgressSink& progress,
                             const CancelToken& cancel) {
  std::optional<SummaryCounts> total;
  for (std::size_t s = 0; s < shards.size(); ++s) {
    SummaryReader reader(shards[s].file);
    std::uint64_t rows = 0;
    Result<void> read =
        ShardLines(shards[s]).read(cancel, [&](std::string_view line, std::uint32_t number) -> Result<void> {
          ++rows;
          return reader.read(line, number);
        });
    if (!read) return read;
    if (rows != shards[s].header.rows) return fail(cut_short(shards[s], rows));
    Result<SummaryCounts> counts = reader.finish();
    if (!counts) return fail(std::move(counts.error()));
    if (total && !total->like(*counts)) {
      return fail(inconsistent(shards[s].file, "counts other items or people than the first shard", "one run"));
    }
    if (total) {
      total->merge(*counts);
    } else {
      total.emplace(std::move(*counts));
    }
    if (progress) progress({"", static_cast<double>(s + 1) / static_cast<double>(shards.size())});
  }
  if (!total->complete()) {
    return fail(inconsistent({}, "the shards together do not count everyone once", "every shard of one run"));
  }
  if (!write(total->csv())) {
    return fail(Diagnostic{ErrorCode::kUnwritableOutput, {}, "the output could not be written", {}, {}});
  }
  return {};
}

}  // namespace

std::string shard_line(const ShardHeader& header) {
  return fmt::format("{}{} {}/{} run={} rows={}\n", kMark, kind_of(header), header.shard.index, header.shard.of,
                     header.run_sha256, header.rows);
}

Result<ShardHeader> parse_shard_line(std::string_view line, const std::string& file) {
  const auto bad = [&](std::string message) {
    return fail(
        Diagnostic{ErrorCode::kSyntax,
                   {file, 1, 1},
                   std::move(message),
                   "a file that `racemate simulate --shard` wrote, whose first line begins with '# racemate-shard/1'",
                   {}});
  };
  if (!line.starts_with(kMark)) return bad("is not a shard");
  std::string_view rest = line.substr(kMark.size());
  ShardHeader header;
  const std::string_view kind = next_word(rest);
  header.summary = kind == "summary";
  const Result<Shard> shard = parse_shard(next_word(rest));
  const std::string_view run = next_word(rest);
  const std::string_view rows = next_word(rest);
  const bool whole = (header.summary || kind == "table") && shard && run.starts_with("run=") &&
                     run.size() == 4 + kDigestDigits && rows.starts_with("rows=") &&
                     read_number(rows.substr(5), header.rows) && next_word(rest).empty();
  if (!whole) return bad("the first line does not say which shard this is");
  header.shard = *shard;
  header.run_sha256 = run.substr(4);
  return header;
}

struct SummaryReader::Words {
  std::string_view rest;
  std::string_view next() { return next_word(rest); }
  template <class Number>
  bool number(Number& value) {
    return read_number(next(), value);
  }
  bool named(std::string_view name) { return next() == name; }
  bool end() { return next().empty(); }
  // "ZEROS BIN:COUNT ..." into the sketch.
  bool sketch(exposure::QuantileSketch& sketch) {
    exposure::QuantileSketch::Content content;
    if (!number(content.zeros)) return false;
    for (std::string_view word = next(); !word.empty(); word = next()) {
      const std::size_t colon = word.find(':');
      if (colon == std::string_view::npos) return false;
      std::int64_t bin = 0;
      std::uint64_t count = 0;
      if (!read_number(word.substr(0, colon), bin) || !read_number(word.substr(colon + 1), count) || count == 0 ||
          bin < sketch.lowest_bin() || bin > sketch.highest_bin() ||
          (!content.bins.empty() && bin <= content.bins.back().first)) {
        return false;
      }
      content.bins.emplace_back(bin, count);
    }
    sketch.add_content(content);
    return true;
  }
};

Result<void> SummaryReader::read(std::string_view line, std::uint32_t line_number) {
  Words words{line};
  const std::string_view what = words.next();
  bool good = false;
  if (trials_ == 0) {
    good = what == "people" && read_people(words);
  } else if (what == "item") {
    good = !counts_ && read_item(words);
  } else if (items_.size() == expected_items_ && what == "over") {
    good = read_over(words);
  } else if (items_.size() == expected_items_ && what == "trial") {
    good = read_trial(words);
  } else if (in_trial_ && (what == "sketch" || what == "above")) {
    good = read_trial_counts(words, what == "sketch");
  }
  if (good) return {};
  return fail(Diagnostic{ErrorCode::kSyntax,
                         {file_, line_number, 1},
                         "is not a line of a summary's shard",
                         "the file as it was written",
                         {}});
}

bool SummaryReader::read_people(Words& words) {
  double error = 0;
  return words.number(people_of_trial_) && words.named("trials") && words.number(trials_) && words.named("error") &&
         words.number(error) && error == kSketchError && words.named("items") && words.number(expected_items_) &&
         words.named("done") && words.number(trials_done_) && words.end() && people_of_trial_ > 0 && trials_ > 0 &&
         trials_done_ <= trials_ && expected_items_ <= kMostSummaryItems;
}

bool SummaryReader::read_item(Words& words) {
  SummaryItem item;
  item.summary = words.next();
  item.output = words.next();
  item.time = words.next();
  if (item.time == "-") item.time.clear();
  const std::string_view kind = words.next();
  item.fraction = kind == "fraction";
  item.unit = words.next();
  if (item.unit.empty() || (!item.fraction && kind != "quantiles") || !words.end()) return false;
  items_.push_back(std::move(item));
  return items_.size() <= expected_items_;
}

SummaryCounts& SummaryReader::counts() {
  if (!counts_) {
    counts_.emplace(items_, people_of_trial_, trials_);
    counts_->trials_done_ = trials_done_;
  }
  return *counts_;
}

bool SummaryReader::read_over(Words& words) {
  std::size_t item = 0;
  std::size_t statistic = 0;
  if (trials_ == 1 || !words.number(item) || !words.number(statistic) || item >= items_.size() ||
      statistic >= items_[item].statistics()) {
    return false;
  }
  return words.sketch(counts().over_trials_[item][statistic]);
}

bool SummaryReader::read_trial(Words& words) {
  std::uint64_t trial = 0;
  std::uint64_t people = 0;
  const bool good = words.number(trial) && words.number(people) && words.end() && trial < trials_ && people > 0 &&
                    people <= people_of_trial_ && (trials_ == 1 || people < people_of_trial_) &&
                    !counts().partial_.contains(trial);
  if (!good) return false;
  trial_ = counts().partial_.emplace(trial, TrialCounts(items_)).first;
  trial_->second.people = people;
  in_trial_ = true;
  return true;
}

bool SummaryReader::read_trial_counts(Words& words, bool sketch) {
  std::size_t item = 0;
  if (!words.number(item) || item >= items_.size() || items_[item].fraction == sketch) return false;
  TrialCounts& counts = trial_->second;
  if (sketch) return words.sketch(counts.sketches[item]);
  return words.number(counts.above[item]) && words.end() && counts.above[item] <= counts.people;
}

Result<SummaryCounts> SummaryReader::finish() {
  bool good = trials_ > 0 && items_.size() == expected_items_;
  if (good) {
    for (const auto& statistics : counts().over_trials_) {
      for (const auto& sketch : statistics) good = good && sketch.count() == trials_done_;
    }
    for (const auto& [trial, trial_counts] : counts().partial_) {
      for (std::size_t i = 0; i < items_.size(); ++i) {
        good = good && (items_[i].fraction || trial_counts.sketches[i].count() == trial_counts.people);
      }
    }
  }
  if (!good) return fail(inconsistent(file_, "its counts do not add up", "the file as it was written"));
  return std::move(counts());
}

Result<void> merge_shards(const std::vector<std::string>& files, const TextSink& write, const ProgressSink& progress,
                          const CancelToken& cancel) {
  std::vector<ShardFile> shards;
  Diagnostics problems;
  for (const std::string& file : files) {
    Result<ShardFile> shard = look_at(file);
    if (shard) {
      shards.push_back(std::move(*shard));
    } else {
      problems.insert(problems.end(), shard.error().begin(), shard.error().end());
    }
  }
  if (problems.empty() && shards.empty()) {
    problems.push_back(inconsistent({}, "there is nothing to merge", "the shards of one run"));
  }
  if (problems.empty()) problems = problems_of(shards);
  if (!problems.empty()) return fail(std::move(problems));
  return shards.front().header.summary ? merge_summaries(shards, write, progress, cancel)
                                       : merge_tables(shards, write, progress, cancel);
}

}  // namespace racemate::study
