// Doubles on 64-byte lines, as lane kernels want them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <span>

namespace racemate {

// A buffer that grows and is reused; never shrinks. Contents are not kept when it grows. Movable, not copyable.
class AlignedDoubles {
 public:
  AlignedDoubles() = default;
  // `count` zeros.
  explicit AlignedDoubles(std::size_t count) { zero(count); }

  // Room for `count` doubles, whatever they hold.
  double* resize(std::size_t count) {
    if (count > capacity_) {
      data_.reset(static_cast<double*>(::operator new(count * sizeof(double), kLine)));
      capacity_ = count;
    }
    size_ = count;
    return data_.get();
  }
  // `count` zeros.
  double* zero(std::size_t count) {
    double* values = resize(count);
    std::fill_n(values, count, 0.0);
    return values;
  }
  [[nodiscard]] double* data() { return data_.get(); }
  [[nodiscard]] const double* data() const { return data_.get(); }
  [[nodiscard]] double& operator[](std::size_t i) { return data_.get()[i]; }
  [[nodiscard]] std::span<double> span() { return {data_.get(), size_}; }

 private:
  static constexpr std::align_val_t kLine{64};
  struct Free {
    void operator()(double* pointer) const { ::operator delete(pointer, kLine); }
  };
  std::unique_ptr<double, Free> data_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace racemate
