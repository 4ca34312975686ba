#include "racemate/report/listing.h"

#include <fmt/format.h>

#include "racemate/report/listing_text.h"
#include "racemate/report/number.h"
#include "racemate/report/text.h"

namespace racemate::report {
namespace {

using model::CompiledModel;
using regimen::Pattern;

std::vector<std::string> route_names_of(const CompiledModel& model) {
  std::vector<std::string> names;
  names.reserve(model.routes.size());
  for (const model::Route& route : model.routes) names.push_back(route.name);
  return names;
}

std::string output_text(const model::Output& output) {
  if (output.compartment == model::kNoCompartment) return fmt::format("{} ({})", output.name, output.unit_code);
  return fmt::format("{} in {}, {}", output.analyte, to_string(output.matrix), to_string(output.site));
}

std::string or_dash(const std::string& text) { return text.empty() ? std::string(kNoValue) : text; }

void add_defects(TextPage& page, const CompiledModel& model) {
  if (model.defects.empty()) return;
  page.heading("Known defects");
  for (const std::string& defect : model.defects) page.warning("!", defect);
}

void add_list(TextPage& page, const std::string& heading, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  page.heading(heading);
  for (const std::string& text : texts) page.item("-", text);
}

void add_outputs_and_routes(TextPage& page, const CompiledModel& model) {
  page.heading("Outputs");
  for (const model::Output& output : model.outputs) {
    page.item("-", fmt::format("{}: {}{}", output.name, output_text(output),
                               output.title.empty() ? "" : " (" + output.title + ")"));
  }
  page.heading("Routes");
  for (const model::Route& route : model.routes) {
    std::vector<std::string> inputs;
    for (const model::RouteInput& input : route.inputs) {
      const auto index = static_cast<std::size_t>(input.compartment);
      std::string text = index < model.compartments.size() ? model.compartments[index].name : std::string(kNoValue);
      if (input.duration_slot != model::kNoSlot) text += ", zero-order";
      if (input.lag_slot != model::kNoSlot) text += ", lagged";
      inputs.push_back(text);
    }
    page.item("-", fmt::format("{}: into {}", route.name, join(inputs, " and ")));
  }
}

void add_parameters(TextPage& page, const CompiledModel& model) {
  TextTable table;
  table.columns = {{}, {.right_aligned = true}, {}, {}, {}, {}};
  table.header = {{{"name"}}, {{"value"}}, {{"unit"}}, {{"between studies"}}, {{"tier, source"}}, {{"what"}}};
  for (const model::Parameter& parameter : model.parameters) {
    const std::string range = parameter.between_study ? range_text(*parameter.between_study, parameter.unit_code) : "";
    std::string what = parameter.description;
    if (!parameter.provenance.note.empty()) what += (what.empty() ? "" : ". ") + parameter.provenance.note;
    table.rows.push_back({.cells = {{{parameter.name, TextStyle::kStrong}},
                                    {{format_exact(parameter.written_value)}},
                                    {{or_dash(display_unit(parameter.unit_code))}},
                                    {{or_dash(range)}},
                                    {{provenance_text(parameter.provenance),
                                      parameter.provenance.assumption() ? TextStyle::kWarning : TextStyle::kPlain}},
                                    {{what}}}});
  }
  if (table.rows.empty()) return;
  page.heading("Parameters (typical values)");
  page.table(std::move(table));
}

void add_variability(TextPage& page, const CompiledModel& model) {
  page.heading("Variability");
  if (model.effects.empty()) page.item("-", "none is published with this model and none is borrowed");
  for (const model::RandomEffect& effect : model.effects) {
    std::string text = fmt::format(
        "{}: {}, {}, between {} ({})", effect.parameter, spread_text(effect), scale_name(effect.scale),
        effect.level == expr::Level::kOccasion ? "occasions" : "people", provenance_text(effect.provenance));
    if (!effect.borrowed_from.empty()) text += fmt::format("; assumption: borrowed from {}", effect.borrowed_from);
    if (!effect.provenance.note.empty()) text += "; " + effect.provenance.note;
    page.item("-", text);
  }
  for (const model::EffectBlock& block : model.blocks) {
    std::vector<std::string> names;
    for (const std::size_t index : block.effects) {
      if (index < model.effects.size()) names.push_back(model.effects[index].parameter);
    }
    if (names.size() > 1) page.item("-", "vary together: " + join(names, ", "));
  }
}

void add_covariates(TextPage& page, const CompiledModel& model) {
  if (model.covariates.empty()) return;
  page.heading("Covariates");
  for (const model::Covariate& covariate : model.covariates) {
    const auto text = [&](double value) { return format_number(in_unit(value, covariate.unit_code)); };
    page.item("-", fmt::format("{}: {}, from {} to {}, reference {}", covariate.name,
                               or_dash(display_unit(covariate.unit_code)), text(covariate.low), text(covariate.high),
                               text(covariate.reference)));
  }
}

void add_domain(TextPage& page, const model::Domain& domain) {
  page.heading("Valid domain (outside it a result says so)");
  if (!domain.population.empty()) page.item("-", domain.population);
  page.item("-", domain.age_high_h > 0
                     ? fmt::format("age {} to {} years", format_number(domain.age_low_h / kHoursPerYear),
                                   format_number(domain.age_high_h / kHoursPerYear))
                     : "age: not stated in what was read");
  page.item("-", domain.weight_high_kg > 0 ? fmt::format("body weight {} to {} kg", format_number(domain.weight_low_kg),
                                                         format_number(domain.weight_high_kg))
                                           : "body weight: not stated in what was read");
  for (const model::Domain::RouteDose& dose : domain.routes) {
    if (dose.dose_high_mg > 0) {
      page.item("-", fmt::format("{}: {} to {} mg", dose.route, format_number(dose.dose_low_mg),
                                 format_number(dose.dose_high_mg)));
    } else if (dose.dose_high_mg_per_kg > 0) {
      page.item("-", fmt::format("{}: {} to {} mg/kg", dose.route, format_number(dose.dose_low_mg_per_kg),
                                 format_number(dose.dose_high_mg_per_kg)));
    } else {
      page.item("-", dose.route);
    }
  }
}

void add_quantity(TextPage& page, const std::string& what, const regimen::UncertainQuantity& quantity,
                  const std::string& value) {
  std::string text = fmt::format("{}: {} ({})", what, value, provenance_text(quantity.provenance));
  if (quantity.range) {
    text += fmt::format("; not known better than {}, {}", range_text(*quantity.range, "1"),
                        provenance_text(quantity.range->provenance));
  }
  const auto spread = [&](double cv, const char* between) {
    if (cv > 0) text += fmt::format("; {} % CV between {}", format_number(100 * cv), between);
  };
  spread(quantity.cv_between_people, "people");
  spread(quantity.cv_between_occasions, "occasions");
  spread(quantity.cv_between_doses, "doses");
  if (!quantity.provenance.note.empty()) text += "; " + quantity.provenance.note;
  page.item("-", text);
}

void add_use(TextPage& page, const Pattern& pattern) {
  page.heading("What is taken");
  page.item("-", fmt::format("substance: {} as {} ({}); {}", pattern.substance, form_name(pattern.form),
                             provenance_text(pattern.form_provenance), or_dash(pattern.product)));
  add_quantity(page, "purity", pattern.purity,
               pattern.purity.written.empty() ? format_number(pattern.purity.value) : pattern.purity.written);
  page.item("-", "route: " + pattern.route);
  for (std::size_t i = 0; i < pattern.doses.size(); ++i) {
    add_quantity(page, fmt::format("dose {} of a session", i + 1), pattern.doses[i].amount,
                 dose_text(pattern.doses[i]));
  }
  page.heading("When");
  for (const regimen::Phase& phase : pattern.phases) {
    page.item("-", fmt::format("{}{}, dose {}, at {}", phase.name.empty() ? "" : phase.name + ": ", phase_text(phase),
                               phase.dose + 1, time_of_day(pattern.session_start)));
  }
  page.heading("Around it");
  page.item("-", "setting: " + or_dash(pattern.setting));
  page.item("-", "supervision: " + or_dash(pattern.supervision));
  page.item("-", "observation after dose: " + or_dash(pattern.observation));
  page.item("-", "combined with: " + or_dash(join(pattern.combined_with, ", ")));
}

}  // namespace

std::string render_model_list(std::span<const CompiledModel> models, const TerminalStyle& style) {
  TextPage page(style);
  TextTable table;
  table.columns.resize(6);
  table.columns[0].whole = true;
  table.rule_between_rows = true;
  table.header = {{{"id"}}, {{"title"}}, {{"kind, tier"}}, {{"substances"}}, {{"routes"}}, {{"outputs"}}};
  for (const CompiledModel& model : models) {
    Cell outputs;
    for (const model::Output& output : model.outputs) outputs.push_back({output_text(output)});
    Cell title{{model.title}};
    if (!model.defects.empty()) title.push_back({count_of(model.defects.size(), "known defect"), TextStyle::kWarning});
    table.rows.push_back({.cells = {{{model.id, TextStyle::kStrong}},
                                    title,
                                    {{fmt::format("{}, {}", kind_name(model.kind), to_string(model.tier))}},
                                    {{join(model.substances, ", ")}},
                                    {{join(route_names_of(model), ", ")}},
                                    outputs}});
  }
  page.table(std::move(table));
  return page.take();
}

std::string render_model(const CompiledModel& model, const evidence::Library& library, const TerminalStyle& style) {
  TextPage page(style);
  page.title(fmt::format("{} ({})", model.title, model.id));
  page.item("", fmt::format("{}, tier {}; takes {}", kind_name(model.kind), to_string(model.tier),
                            or_dash(join(model.substances, ", "))));
  if (!model.extends.empty()) page.item("", "built on " + model.extends);
  if (!model.summary.empty()) page.item("", model.summary);
  page.item("", model.linear ? "linear: propagated exactly" : "rates depend on time or amounts: integrated");
  add_defects(page, model);
  add_list(page, "Assumptions", model.assumptions);
  add_outputs_and_routes(page, model);
  add_parameters(page, model);
  add_variability(page, model);
  add_covariates(page, model);
  add_domain(page, model.domain);
  add_sources(page, cited_keys(model), library);
  page.empty_line();
  page.remark(fmt::format("{} sha256 {}", model.file, model.sha256));
  return page.take();
}

std::string render_pattern_list(std::span<const Pattern> patterns, const TerminalStyle& style) {
  TextPage page(style);
  TextTable table;
  table.columns.resize(5);
  table.columns[0].whole = true;
  table.rule_between_rows = true;
  table.header = {{{"id"}}, {{"title"}}, {{"kind"}}, {{"substance, route"}}, {{"session"}}};
  for (const Pattern& pattern : patterns) {
    Cell session;
    for (const regimen::SessionDose& dose : pattern.doses) session.push_back({dose_text(dose)});
    table.rows.push_back({.cells = {{{pattern.id, TextStyle::kStrong}},
                                    {{pattern.title}},
                                    {{kind_name(pattern.kind)}},
                                    {{fmt::format("{}, {}", pattern.substance, pattern.route)}},
                                    session}});
  }
  page.table(std::move(table));
  return page.take();
}

std::string render_pattern(const Pattern& pattern, const evidence::Library& library, const TerminalStyle& style) {
  TextPage page(style);
  page.title(fmt::format("{} ({})", pattern.title, pattern.id));
  page.item("", fmt::format("{}; describes exposure, recommends nothing", kind_name(pattern.kind)));
  if (!pattern.summary.empty()) page.item("", pattern.summary);
  add_use(page, pattern);
  if (pattern.model) page.item("-", "model: " + *pattern.model);
  add_list(page, "Assumptions", pattern.assumptions);
  add_sources(page, cited_keys(pattern), library);
  page.empty_line();
  page.remark(fmt::format("{} sha256 {}", pattern.file, pattern.sha256));
  return page.take();
}

}  // namespace racemate::report
