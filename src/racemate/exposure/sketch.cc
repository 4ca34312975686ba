#include "racemate/exposure/sketch.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "racemate/core/check.h"
#include "racemate/engine/kernels/bin_kernels.h"

namespace racemate::exposure {

namespace {
constexpr double kNoBin = 1e15;  // above every bin; NaN is not below it either
}  // namespace

QuantileSketch::QuantileSketch(double relative_error)
    : relative_error_(relative_error),
      inverse_log_base_(1.0 / std::log((1.0 + relative_error) / (1.0 - relative_error))),
      log_base_(std::log((1.0 + relative_error) / (1.0 - relative_error))) {
  RACEMATE_CHECK(relative_error > 0 && relative_error <= 0.1, "the relative error of a sketch is in (0, 0.1]");
}

// Room for a bin, with some spare on the side that grew.
void QuantileSketch::make_room(std::int64_t bin) {
  constexpr std::int64_t kSpare = 64;
  if (counts_.empty()) {
    first_bin_ = bin - kSpare;
    counts_.resize(2 * kSpare + 1);
    return;
  }
  const auto size = static_cast<std::int64_t>(counts_.size());
  if (bin < first_bin_) {
    const std::int64_t more = first_bin_ - bin + kSpare;
    counts_.insert(counts_.begin(), static_cast<std::size_t>(more), 0);
    first_bin_ -= more;
  } else if (bin >= first_bin_ + size) {
    counts_.resize(static_cast<std::size_t>(bin - first_bin_ + 1 + kSpare));
  }
}

void QuantileSketch::add(double value) {
  RACEMATE_CHECK(value >= 0 && std::isfinite(value), "a sketch counts finite values that are not negative");
  ++count_;
  if (value <= kSmallest) {
    ++zeros_;
    return;
  }
  const auto bin = static_cast<std::int64_t>(std::ceil(std::log(value) * inverse_log_base_));
  make_room(bin);
  ++counts_[static_cast<std::size_t>(bin - first_bin_)];
}

void QuantileSketch::add_all(std::span<const double> values, double factor) {
  constexpr std::size_t kPiece = 128;
  std::array<double, kPiece> bins;
  while (!values.empty()) {
    const std::size_t size = std::min(kPiece, values.size());
    engine::kernels::logarithmic_bins({values.first(size), factor, kSmallest, inverse_log_base_},
                                      std::span(bins).first(size));
    for (std::size_t i = 0; i < size; ++i) {
      RACEMATE_CHECK(bins[i] < kNoBin, "a sketch counts finite values");
      if (std::isinf(bins[i])) {
        ++zeros_;
        continue;
      }
      const auto bin = static_cast<std::int64_t>(bins[i]);
      if (bin < first_bin_ || bin >= first_bin_ + static_cast<std::int64_t>(counts_.size())) make_room(bin);
      ++counts_[static_cast<std::size_t>(bin - first_bin_)];
    }
    count_ += size;
    values = values.subspan(size);
  }
}

void QuantileSketch::clear() {
  std::fill(counts_.begin(), counts_.end(), 0);
  zeros_ = 0;
  count_ = 0;
}

void QuantileSketch::merge(const QuantileSketch& other) {
  RACEMATE_CHECK(relative_error_ == other.relative_error_, "merged sketches have one relative error");
  count_ += other.count_;
  zeros_ += other.zeros_;
  if (other.counts_.empty()) return;
  make_room(other.first_bin_);
  make_room(other.first_bin_ + static_cast<std::int64_t>(other.counts_.size()) - 1);
  const auto offset = static_cast<std::size_t>(other.first_bin_ - first_bin_);
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[offset + i] += other.counts_[i];
}

double QuantileSketch::bin_value(std::int64_t bin) const {
  // The bin is (g^(bin-1), g^bin]; 2 g^bin / (g + 1) is within the relative error of both ends.
  return 2.0 * std::exp(static_cast<double>(bin) * log_base_) / (std::exp(log_base_) + 1.0);
}

double QuantileSketch::quantile(double q) const {
  double result = 0;
  quantiles({&q, 1}, {&result, 1});
  return result;
}

void QuantileSketch::quantiles(std::span<const double> q, std::span<double> result) const {
  RACEMATE_CHECK(count_ > 0 && q.size() == result.size(), "quantiles need values");
  std::uint64_t seen = zeros_;
  std::size_t i = 0;
  std::size_t last = 0;  // the bin that the search has reached
  for (std::size_t k = 0; k < q.size(); ++k) {
    RACEMATE_CHECK(q[k] >= 0 && q[k] <= 1 && (k == 0 || q[k - 1] <= q[k]), "a quantile's probability is in [0, 1]");
    const auto rank = static_cast<std::uint64_t>(std::floor(q[k] * static_cast<double>(count_ - 1)));
    while (rank >= seen) {
      seen += counts_[i];
      last = i++;
    }
    result[k] = rank < zeros_ ? 0.0 : bin_value(first_bin_ + static_cast<std::int64_t>(last));
  }
}

QuantileSketch::Content QuantileSketch::content() const {
  Content content{.zeros = zeros_};
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] > 0) content.bins.emplace_back(first_bin_ + static_cast<std::int64_t>(i), counts_[i]);
  }
  return content;
}

void QuantileSketch::add_content(const Content& content) {
  zeros_ += content.zeros;
  count_ += content.zeros;
  for (const auto& [bin, count] : content.bins) {
    RACEMATE_CHECK(bin >= lowest_bin() && bin <= highest_bin(), "a bin that a value can have");
    make_room(bin);
    counts_[static_cast<std::size_t>(bin - first_bin_)] += count;
    count_ += count;
  }
}

std::int64_t QuantileSketch::lowest_bin() const {
  return static_cast<std::int64_t>(std::floor(std::log(kSmallest) * inverse_log_base_));
}

std::int64_t QuantileSketch::highest_bin() const {
  return static_cast<std::int64_t>(std::ceil(std::log(std::numeric_limits<double>::max()) * inverse_log_base_));
}

QuantileSketch::Histogram QuantileSketch::histogram(std::size_t bins) const {
  Histogram histogram;
  const auto occupied = [](std::uint64_t count) { return count > 0; };
  const auto first = std::find_if(counts_.begin(), counts_.end(), occupied);
  if (first == counts_.end() || bins == 0) return histogram;
  const auto last = std::find_if(counts_.rbegin(), counts_.rend(), occupied).base();
  const auto span = static_cast<std::size_t>(last - first);
  const std::size_t width = (span + bins - 1) / bins;
  const auto begin = static_cast<std::size_t>(first - counts_.begin());
  for (std::size_t i = 0; i < span; i += width) {
    histogram.edges.push_back(
        std::exp(static_cast<double>(first_bin_ + static_cast<std::int64_t>(begin + i) - 1) * log_base_));
    std::uint64_t total = 0;
    for (std::size_t j = i; j < std::min(i + width, span); ++j) total += counts_[begin + j];
    histogram.counts.push_back(total);
  }
  const std::size_t end = begin + histogram.counts.size() * width;
  histogram.edges.push_back(std::exp(static_cast<double>(first_bin_ + static_cast<std::int64_t>(end) - 1) * log_base_));
  return histogram;
}

}  // namespace racemate::exposure
