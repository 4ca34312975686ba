// Counter-based random numbers: a draw is a function of who it is for, not of when it is made.
//
// Philox4x64-10 (Salmon et al. 2011) keyed by (seed, study) with counter (subject, occasion, purpose, index). The same
// identity gives the same bits on any thread, block or shard. Normals come by inverse CDF, one uniform each.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace racemate {

// What a draw is for. Values are part of the reproducibility contract: never renumber, only append.
enum class DrawPurpose : std::uint32_t {
  kCovariate = 1,        // index: covariate number
  kBetweenSubject = 2,   // index: random effect number
  kBetweenOccasion = 3,  // index: random effect number
  kStudyInput = 4,       // index: hash of the input's name
  kDoseOfPerson = 5,     // index: input number
  kDoseOfOccasion = 6,   // index: input number
  kDoseOfDose = 7,       // index: administration number within the occasion * 16 + input number
  kEstimate = 8,         // occasion: attempt; index: hash of the model's and the parameter's name
  kResidual = 9,         // occasion: row of the subject; index: output number * 2 + part of the error
};

struct DrawIdentity {
  std::uint64_t seed = 0;
  std::uint64_t study = 0;
  std::uint64_t subject = 0;
  std::uint64_t occasion = 0;
  DrawPurpose purpose{};
  std::uint64_t index = 0;
};

// The generator itself: one block of four words. Ten rounds, constants of the paper.
[[nodiscard]] std::array<std::uint64_t, 4> philox4x64_10(const std::array<std::uint64_t, 4>& counter,
                                                         const std::array<std::uint64_t, 2>& key);
// In the open interval (0, 1): (k + 1/2) / 2^52, k the top 52 bits of the first word. Not 53 bits: k + 1/2 would round,
// and the last k would round to 1.
[[nodiscard]] double uniform_draw(const DrawIdentity& identity);
// Standard normal: inverse_normal_cdf(uniform_draw(identity)).
[[nodiscard]] double normal_draw(const DrawIdentity& identity);
// normals[i] = normal_draw(identity of subjects[i]), bit for bit, for the price of about a third. The subject of
// `identity` is not used.
void normal_draws(const DrawIdentity& identity, std::span<const std::uint64_t> subjects, std::span<double> normals);
// Wichura 1988, algorithm AS 241 (PPND16): relative accuracy about 1e-16. Precondition: 0 < p < 1.
[[nodiscard]] double inverse_normal_cdf(double p);
// Each p becomes what the function above gives, bit for bit.
void inverse_normal_cdf(std::span<double> p);
// FNV-1a, for identities that are names.
[[nodiscard]] std::uint64_t name_hash(const char* text);

}  // namespace racemate
