// Times, levels and shards as words.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <tuple>

#include "racemate/core/units.h"
#include "racemate/study/simulate.h"

namespace racemate::study {

Result<std::vector<Duration>> parse_times(std::string_view text) {
  const auto bad = [&](const std::string& message) {
    return fail(Diagnostic{ErrorCode::kUsage,
                           {},
                           fmt::format("--times '{}': {}", text, message),
                           "START:END:STEP or a list with one unit, as in 0:24:0.1h or 0,0.5,1,2h",
                           {}});
  };
  const std::size_t unit_at = text.find_last_of("0123456789.") + 1;
  const std::optional<Unit> unit = unit_at < text.size() ? parse_unit(text.substr(unit_at)) : std::nullopt;
  if (!unit || !(unit->dimension == dimensions::kTime)) return bad("the unit of time is missing or unknown");
  const bool range = text.find(':') != std::string_view::npos;
  std::vector<double> numbers;
  std::string_view rest = text.substr(0, unit_at);
  while (true) {
    const std::size_t end = rest.find_first_of(range ? ":" : ",");
    const std::string_view part = rest.substr(0, end);
    double number = 0;
    const auto [stop, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (error != std::errc() || stop != part.data() + part.size() || !std::isfinite(number) || number < 0) {
      return bad(fmt::format("'{}' is not a time", part));
    }
    numbers.push_back(number * unit->to_internal);
    if (end == std::string_view::npos) break;
    rest = rest.substr(end + 1);
  }
  constexpr double kLongest_h = kMostDays * 24;
  std::vector<Duration> times;
  if (range) {
    if (numbers.size() != 3) return bad("three numbers are expected");
    const auto [start, end, step] = std::tuple(numbers[0], numbers[1], numbers[2]);
    if (!(step > 0) || end < start || end > kLongest_h) return bad("the step is above 0 and the end at most ten years");
    const double count = std::floor((end - start) / step + 1e-9) + 1;
    if (count > static_cast<double>(kMostTimes)) return bad(fmt::format("more than {} times", kMostTimes));
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(count); ++i) {
      times.push_back(Duration::from_hours(start + static_cast<double>(i) * step));
    }
  } else {
    if (numbers.size() > kMostTimes) return bad(fmt::format("more than {} times", kMostTimes));
    for (const double number : numbers) {
      if (number > kLongest_h) return bad("ten years at most");
      times.push_back(Duration::from_hours(number));
    }
  }
  if (std::adjacent_find(times.begin(), times.end(), [](Duration a, Duration b) { return a >= b; }) != times.end()) {
    return bad("times ascend");
  }
  return times;
}

Result<LevelAbove> parse_level(std::string_view text) {
  const auto bad = [&](ErrorCode code, const std::string& message) {
    return fail(Diagnostic{code,
                           {},
                           fmt::format("--above '{}': {}", text, message),
                           "OUTPUT=LEVEL with a unit of concentration, as in ketamine=100ng/mL",
                           {}});
  };
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return bad(ErrorCode::kUsage, "there is no output before a '='");
  LevelAbove above;
  above.output = text.substr(0, equals);
  const std::string_view level = text.substr(equals + 1);
  double number = 0;
  const auto [stop, error] = std::from_chars(level.data(), level.data() + level.size(), number);
  if (error != std::errc() || !std::isfinite(number) || number < 0) {
    return bad(ErrorCode::kUsage, "the level is not a number from 0 up");
  }
  std::string_view code = level.substr(static_cast<std::size_t>(stop - level.data()));
  while (code.starts_with(' ')) code.remove_prefix(1);
  const std::optional<Unit> unit = parse_unit(code);
  if (!unit) return bad(ErrorCode::kUnknownUnit, "the unit is missing or unknown");
  if (!(unit->dimension == dimensions::kConcentration)) {
    return bad(ErrorCode::kWrongDimension, fmt::format("'{}' is not a concentration", code));
  }
  above.level_mg_per_l = to_internal_value(*unit, number);
  above.text = fmt::format("{}{}", number, code);
  return above;
}

Result<Shard> parse_shard(std::string_view text) {
  Shard shard;
  const std::size_t slash = text.find('/');
  const auto read = [](std::string_view part, std::uint64_t& number) {
    const auto [stop, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    return error == std::errc() && stop == part.data() + part.size();
  };
  if (slash == std::string_view::npos || !read(text.substr(0, slash), shard.index) ||
      !read(text.substr(slash + 1), shard.of) || shard.index < 1 || shard.index > shard.of || shard.of > kMostShards) {
    return fail(Diagnostic{ErrorCode::kUsage,
                           {},
                           fmt::format("--shard '{}' cannot be used", text),
                           fmt::format("I/N with 1 <= I <= N <= {}, as in 2/4", kMostShards),
                           {}});
  }
  return shard;
}

}  // namespace racemate::study
