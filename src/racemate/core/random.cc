#include "racemate/core/random.h"

#include <Random123/philox.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "racemate/core/check.h"

namespace racemate {
namespace {

// c[0] + c[1] x + ... + c[7] x^7; written out, so that loops over many x become loops over vectors of x.
double polynomial(const std::array<double, 8>& c, double x) {
  return ((((((c[7] * x + c[6]) * x + c[5]) * x + c[4]) * x + c[3]) * x + c[2]) * x + c[1]) * x + c[0];
}

// Rational approximations of AS 241: a/b for |p - 1/2| <= 0.425, c/d for the near tail, e/f for the far tail.
constexpr std::array kA{3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                        1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                        3.3430575583588128105e4, 2.5090809287301226727e3};
constexpr std::array kB{1.0,
                        4.2313330701600911252e1,
                        6.8718700749205790830e2,
                        5.3941960214247511077e3,
                        2.1213794301586595867e4,
                        3.9307895800092710610e4,
                        2.8729085735721942674e4,
                        5.2264952788528545610e3};
constexpr std::array kC{1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                        3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                        2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr std::array kD{1.0,
                        2.05319162663775882187e0,
                        1.67638483018380384940e0,
                        6.89767334985100004550e-1,
                        1.48103976427480074590e-1,
                        1.51986665636164571966e-2,
                        5.47593808499534494600e-4,
                        1.05075007164441684324e-9};
constexpr std::array kE{6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                        2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                        2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr std::array kF{1.0,
                        5.99832206555887937690e-1,
                        1.36929880922735805310e-1,
                        1.48753612908506148525e-2,
                        7.86869131145613259100e-4,
                        1.84631831751005468180e-5,
                        1.42151175831644588870e-7,
                        2.04426310338993978564e-15};

}  // namespace

std::array<std::uint64_t, 4> philox4x64_10(const std::array<std::uint64_t, 4>& counter,
                                           const std::array<std::uint64_t, 2>& key) {
  const r123::Philox4x64::ctr_type block =
      r123::Philox4x64{}({{counter[0], counter[1], counter[2], counter[3]}}, {{key[0], key[1]}});
  return {block[0], block[1], block[2], block[3]};
}

namespace {

// From the top 52 bits.
double uniform_of(std::uint64_t word) {
  return (static_cast<double>(static_cast<std::int64_t>(word >> 12U)) + 0.5) * 0x1p-52;
}

// The pieces of AS 241. q = p - 1/2; r = sqrt(-log(min(p, 1 - p))).
constexpr double kCentral = 0.425;
constexpr double kFarTail = 5.0;
double central_quantile(double q) {
  const double r = 0.180625 - q * q;
  return q * polynomial(kA, r) / polynomial(kB, r);
}
double tail_argument(double p, double q) { return std::sqrt(-std::log(q < 0.0 ? p : 1.0 - p)); }
double near_tail(double r) { return polynomial(kC, r - 1.6) / polynomial(kD, r - 1.6); }
double far_tail(double r) { return polynomial(kE, r - 5.0) / polynomial(kF, r - 5.0); }

// Draws in one go: what they need stays in the first-level cache.
constexpr std::size_t kDrawsAtOnce = 64;

// p becomes its normal quantile. Pieces go over all draws, so that the processor works on several at a time.
[[gnu::always_inline]] inline void quantiles_in_place_by(std::span<double> p) {
  std::array<double, kDrawsAtOnce> q;
  std::array<double, kDrawsAtOnce> r;
  std::array<double, kDrawsAtOnce> tail;
  std::array<std::uint8_t, kDrawsAtOnce> at;  // of the draws in the tails
  std::size_t tails = 0;
  const std::size_t count = p.size();
  for (std::size_t i = 0; i < count; ++i) {
    q[i] = p[i] - 0.5;
    at[tails] = static_cast<std::uint8_t>(i);
    tails += std::abs(q[i]) > kCentral ? 1U : 0U;
  }
  for (std::size_t t = 0; t < tails; ++t) r[t] = tail_argument(p[at[t]], q[at[t]]);
  for (std::size_t i = 0; i < count; ++i) p[i] = central_quantile(q[i]);
  for (std::size_t t = 0; t < tails; ++t) tail[t] = near_tail(r[t]);
  for (std::size_t t = 0; t < tails; ++t) {
    if (r[t] > kFarTail) tail[t] = far_tail(r[t]);
    p[at[t]] = q[at[t]] < 0.0 ? -tail[t] : tail[t];
  }
}

// The same statements for wider vectors where the machine has them. Nothing is contracted or reordered, so the bits are
// the same.
#if defined(__x86_64__)
[[gnu::target("avx2")]] void quantiles_in_place_avx2(std::span<double> p) { quantiles_in_place_by(p); }
#endif

void quantiles_in_place(std::span<double> p) {
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  if (has_avx2) return quantiles_in_place_avx2(p);
#endif
  quantiles_in_place_by(p);
}

// First words of the blocks of many subjects under one identity. The generator's arithmetic, less what all subjects
// share: the keys of the rounds and, as the subject is one of four counter words, half of the first two rounds; and
// less what the first word does not depend on.
class FirstWords {
 public:
  explicit FirstWords(const DrawIdentity& identity)
      : keys_(keys_of(identity)), mixed_index_(identity.index ^ keys_[0].second) {
    const Product first = multiply(kSecond, static_cast<std::uint64_t>(identity.purpose));
    const std::uint64_t word0 = first.high ^ identity.occasion ^ keys_[0].first;
    const Product second = multiply(kFirst, word0);
    low_after_one_ = first.low ^ keys_[1].first;
    high_after_two_ = second.high ^ keys_[1].second;
    low_after_two_ = second.low;
  }

  [[nodiscard]] std::uint64_t operator()(std::uint64_t subject) const {
    const Product one = multiply(kFirst, subject);
    const Product two = multiply(kSecond, one.high ^ mixed_index_);
    std::uint64_t c0 = two.high ^ low_after_one_;
    std::uint64_t c1 = two.low;
    std::uint64_t c2 = high_after_two_ ^ one.low;
    std::uint64_t c3 = low_after_two_;
    for (std::size_t round = 2; round + 1 < kRounds; ++round) {
      const Product a = multiply(kFirst, c0);
      const Product b = multiply(kSecond, c2);
      c0 = b.high ^ c1 ^ keys_[round].first;
      c1 = b.low;
      c2 = a.high ^ c3 ^ keys_[round].second;
      c3 = a.low;
    }
    return multiply(kSecond, c2).high ^ c1 ^ keys_[kRounds - 1].first;
  }

 private:
  static constexpr std::size_t kRounds = 10;
  static constexpr std::uint64_t kFirst = PHILOX_M4x64_0;
  static constexpr std::uint64_t kSecond = PHILOX_M4x64_1;
  struct Round {
    std::uint64_t first;
    std::uint64_t second;
  };
  struct Product {
    std::uint64_t high;
    std::uint64_t low;
  };
  static std::array<Round, kRounds> keys_of(const DrawIdentity& identity) {
    std::array<Round, kRounds> keys{};
    Round next{identity.seed, identity.study};
    for (Round& key : keys) {
      key = next;
      next = {next.first + PHILOX_W64_0, next.second + PHILOX_W64_1};
    }
    return keys;
  }
  static Product multiply(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return {static_cast<std::uint64_t>(product >> 64U), static_cast<std::uint64_t>(product)};
  }

  std::array<Round, kRounds> keys_;
  std::uint64_t mixed_index_;
  std::uint64_t low_after_one_ = 0;
  std::uint64_t high_after_two_ = 0;
  std::uint64_t low_after_two_ = 0;
};

}  // namespace

double uniform_draw(const DrawIdentity& identity) {
  const auto block =
      philox4x64_10({identity.subject, identity.occasion, static_cast<std::uint64_t>(identity.purpose), identity.index},
                    {identity.seed, identity.study});
  return uniform_of(block[0]);
}

double normal_draw(const DrawIdentity& identity) { return inverse_normal_cdf(uniform_draw(identity)); }

double inverse_normal_cdf(double p) {
  RACEMATE_CHECK(p > 0.0 && p < 1.0, "a probability lies inside (0, 1)");
  const double q = p - 0.5;
  if (std::abs(q) <= kCentral) return central_quantile(q);
  const double r = tail_argument(p, q);
  const double tail = r <= kFarTail ? near_tail(r) : far_tail(r);
  return q < 0.0 ? -tail : tail;
}

void inverse_normal_cdf(std::span<double> p) {
  for (std::size_t first = 0; first < p.size(); first += kDrawsAtOnce) {
    quantiles_in_place(p.subspan(first, std::min(kDrawsAtOnce, p.size() - first)));
  }
}

void normal_draws(const DrawIdentity& identity, std::span<const std::uint64_t> subjects, std::span<double> normals) {
  RACEMATE_CHECK(subjects.size() == normals.size(), "one draw for each subject");
  const FirstWords word_of(identity);
  for (std::size_t i = 0; i < subjects.size(); ++i) normals[i] = uniform_of(word_of(subjects[i]));
  inverse_normal_cdf(normals);
}

std::uint64_t name_hash(const char* text) {
  constexpr std::uint64_t kOffsetBasis = 14695981039346656037U;
  constexpr std::uint64_t kPrime = 1099511628211U;
  std::uint64_t hash = kOffsetBasis;
  for (; *text != '\0'; ++text) hash = (hash ^ static_cast<unsigned char>(*text)) * kPrime;
  return hash;
}

}  // namespace racemate
