// Time on the study clock, in whole nanoseconds.
//
// Integer ticks make the difference of two instants exact, so equal steps are equal bits and their propagators can
// be shared; 0.1 h added ten times is 1 h. The range is +-292 years; 1e-9 h is 3,600 ticks.
#pragma once

#include <compare>
#include <cstdint>

namespace racemate {

inline constexpr double kNanosecondsPerHour = 3.6e12;

class Duration {
 public:
  constexpr Duration() = default;
  [[nodiscard]] static constexpr Duration from_ticks(std::int64_t nanoseconds) { return Duration(nanoseconds); }
  // Nearest tick. Precondition: |hours| <= 2.5e6 (about 285 years).
  [[nodiscard]] static constexpr Duration from_hours(double hours) {
    const double ticks = hours * kNanosecondsPerHour;
    return Duration(static_cast<std::int64_t>(ticks < 0 ? ticks - 0.5 : ticks + 0.5));
  }
  [[nodiscard]] static constexpr Duration from_minutes(double minutes) { return from_hours(minutes / 60.0); }
  [[nodiscard]] static constexpr Duration from_days(double days) { return from_hours(days * 24.0); }
  [[nodiscard]] constexpr std::int64_t ticks() const { return ticks_; }
  [[nodiscard]] constexpr double hours() const { return static_cast<double>(ticks_) / kNanosecondsPerHour; }

  constexpr auto operator<=>(const Duration&) const = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return Duration(a.ticks_ + b.ticks_); }
  friend constexpr Duration operator-(Duration a, Duration b) { return Duration(a.ticks_ - b.ticks_); }
  friend constexpr Duration operator*(Duration a, std::int64_t n) { return Duration(a.ticks_ * n); }

 private:
  constexpr explicit Duration(std::int64_t ticks) : ticks_(ticks) {}
  std::int64_t ticks_ = 0;
};

// A point on the study clock; hour 0 is Monday 00:00 of week 1.
class Instant {
 public:
  constexpr Instant() = default;
  [[nodiscard]] static constexpr Instant from_ticks(std::int64_t nanoseconds) {
    return Instant(Duration::from_ticks(nanoseconds));
  }
  [[nodiscard]] static constexpr Instant from_hours(double hours) { return Instant(Duration::from_hours(hours)); }
  [[nodiscard]] constexpr std::int64_t ticks() const { return since_start_.ticks(); }
  [[nodiscard]] constexpr double hours() const { return since_start_.hours(); }

  constexpr auto operator<=>(const Instant&) const = default;
  friend constexpr Instant operator+(Instant t, Duration d) { return Instant(t.since_start_ + d); }
  friend constexpr Instant operator-(Instant t, Duration d) { return Instant(t.since_start_ - d); }
  friend constexpr Duration operator-(Instant a, Instant b) { return a.since_start_ - b.since_start_; }

 private:
  constexpr explicit Instant(Duration since_start) : since_start_(since_start) {}
  Duration since_start_;
};

}  // namespace racemate
