// Doubles on 64-byte lines, as lane kernels want them.
#pragma once

#include <sys/mman.h>

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
      data_.reset();
      data_ = allocate(count);
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
  // Touching fresh memory costs several times what writing it does; in pages of this size it costs far less.
  static constexpr std::align_val_t kHugePage{2U << 20U};
  static constexpr std::size_t kHugeDoubles = (8U << 20U) / sizeof(double);
  struct Free {
    Free() noexcept : alignment(kLine) {}
    explicit Free(std::align_val_t given) noexcept : alignment(given) {}
    std::align_val_t alignment;
    void operator()(double* pointer) const { ::operator delete(pointer, alignment); }
  };
  using Memory = std::unique_ptr<double, Free>;

  static Memory allocate(std::size_t count) {
    const std::align_val_t alignment = count >= kHugeDoubles ? kHugePage : kLine;
    const std::size_t bytes = count * sizeof(double);
    Memory memory(static_cast<double*>(::operator new(bytes, alignment)), Free(alignment));
    // A wish: where the system does not grant it, the pages are ordinary ones.
    if (alignment == kHugePage) static_cast<void>(::madvise(memory.get(), bytes, MADV_HUGEPAGE));
    return memory;
  }

  Memory data_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace racemate
