// Cost of one administration for one person: 1,000 people, a pattern whose doses vary at every level.
#include <benchmark/benchmark.h>

#include "racemate/population/batch.h"

namespace racemate::population {
namespace {

constexpr std::size_t kPeople = 1'000;

void BM_Administer(benchmark::State& state) {
  const model::CompiledModel model;  // no parameters and no program: draws alone
  regimen::Pattern pattern;
  pattern.purity.value = 1;
  regimen::SessionDose dose;
  dose.amount.value = 15;
  dose.amount.cv_between_occasions = 0.2;
  dose.amount.cv_between_doses = static_cast<double>(state.range(0)) / 100;
  pattern.doses = {dose};
  const Cohort cohort;
  const DrawContext context{&model, &pattern, &cohort, 1, {}};
  std::vector<LaneIdentity> people(kPeople);
  for (std::size_t i = 0; i < kPeople; ++i) {
    people[i].subject = i;
  }
  Batch batch(context, people);
  std::vector<double> nominal_mg(kPeople);
  std::vector<double> base_mg(kPeople);
  regimen::Administration administration;
  for (auto _ : state) {
    administration.number = administration.number % 24 + 1;
    administration.session += administration.number == 1 ? 1U : 0U;
    batch.administer(administration, nominal_mg, base_mg);
    benchmark::DoNotOptimize(base_mg.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kPeople));
}
BENCHMARK(BM_Administer)->ArgName("cv_between_doses_percent")->Arg(0)->Arg(30);

}  // namespace
}  // namespace racemate::population
