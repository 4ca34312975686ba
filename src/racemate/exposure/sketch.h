// Quantiles over any number of people in bounded memory: counts in logarithmic bins.
//
// A value v > 0 falls into bin ceil(log_g v) with g = (1 + a) / (1 - a); the bin is reported as the value whose
// relative distance to every member is at most a, the relative error (Masson, Rim & Lee 2019, DDSketch). Counts are
// integers, so merging is exact, commutative and associative: the order of people, blocks and threads cannot show.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace racemate::exposure {

class QuantileSketch {
 public:
  // relative_error in (0, 0.1].
  explicit QuantileSketch(double relative_error);

  // value >= 0 and finite; values up to kSmallest count as zero.
  void add(double value);
  // Values one after another, each times `factor` and, where that is negative, as 0. Precondition: finite.
  void add_all(std::span<const double> values, double factor);
  // Nothing was counted; the room stays.
  void clear();
  // Same relative error required.
  void merge(const QuantileSketch& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  // The value of rank floor(q (n - 1)), counted from 0, to within the relative error. Precondition: count() > 0,
  // q in [0, 1].
  [[nodiscard]] double quantile(double q) const;
  // The same for several q, ascending, in one pass.
  void quantiles(std::span<const double> q, std::span<double> result) const;

  // What was counted, for a file: integers, so that it can be merged elsewhere without loss.
  struct Content {
    std::uint64_t zeros = 0;
    std::vector<std::pair<std::int64_t, std::uint64_t>> bins;  // ascending, counts above 0
    bool operator==(const Content&) const = default;
  };
  [[nodiscard]] Content content() const;
  // Adds a content of the same relative error. Precondition: bins within lowest_bin() and
  // highest_bin().
  void add_content(const Content& content);
  [[nodiscard]] std::int64_t lowest_bin() const;  // that a value can have
  [[nodiscard]] std::int64_t highest_bin() const;

  // Adjacent bins from the smallest to the largest value, at most `bins` of them, evenly spaced in the logarithm.
  struct Histogram {
    std::vector<double> edges;  // bins + 1
    std::vector<std::uint64_t> counts;
  };
  // Zeros are not drawn; empty when all values are zero.
  [[nodiscard]] Histogram histogram(std::size_t bins) const;

  [[nodiscard]] double relative_error() const { return relative_error_; }
  [[nodiscard]] std::size_t memory_bytes() const { return counts_.capacity() * sizeof(std::uint64_t); }

  static constexpr double kSmallest = 1e-12;

 private:
  [[nodiscard]] double bin_value(std::int64_t bin) const;
  void make_room(std::int64_t bin);

  double relative_error_;
  double inverse_log_base_;
  double log_base_;
  std::int64_t first_bin_ = 0;  // of counts_[0]
  std::vector<std::uint64_t> counts_;
  std::uint64_t zeros_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace racemate::exposure
