#include "racemate/cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "racemate/cli/help.h"
#include "racemate/cli/number_option.h"

namespace racemate::cli {
namespace {

// Values as written: CLI11 finds the words, we judge them, so that all problems are reported at once and in one voice.
struct WrittenOptions {
  std::vector<std::string> patterns;
  std::string subjects;
  std::string studies;
  std::string days;
  std::string seed;
  std::string cohort;
  std::string weight;
  std::string age;
  std::vector<std::string> settings;
  std::vector<std::string> models;
  std::string html;
  std::string json;
  std::string csv;
  std::string threads;
  std::string block;
  std::string width;
  bool quiet = false;
  std::vector<std::string> names;  // of model and pattern commands
  bool as_json = false;
  std::string model;  // of simulate
  std::string regimen;
  std::string times;
  std::string outputs;
  std::string summary;
  WrittenSimulationOutput simulated;
  std::string out;
  bool typical = false;
  bool observations = false;
  WrittenNca nca;
  WrittenBench bench;
  WrittenRecords records;
  WrittenEngine engine;
};

void add_compare(CLI::App& app, WrittenOptions& written) {
  CLI::App* compare = app.add_subcommand("compare", "Compare patterns of use side by side");
  compare->footer(compare_footer());
  compare->add_option("patterns", written.patterns,
                      "Ids of bundled patterns, or paths to pattern files (a path has a '/' or ends in .toml). "
                      "The first is what the others are compared with. None: all bundled patterns");
  const auto option = [compare](const std::string& name, std::string& value, const std::string& help,
                                const std::string& type, const std::string& group) {
    compare->add_option(name, value, help)->type_name(type)->group(group);
  };
  const std::string people = "People and time";
  option("--subjects", written.subjects, "People in the virtual population (default 1000)", "N", people);
  option("--days", written.days, "Length of the comparison (default 364: a year of 52 weeks)", "D", people);
  option("--cohort", written.cohort, "Id or file of the cohort (default adults-perez-ruixo-2021)", "COHORT", people);
  option("--weight", written.weight, "Everyone weighs this much", "KG", people);
  option("--age", written.age, "Everyone is this old", "YEARS", people);
  option("--seed", written.seed, "Seed of all random draws (default 1)", "S", people);
  option("--studies", written.studies, "Draws of the uncertain inputs (default 200; 0: none)", "N", people);
  const std::string models = "Models";
  compare->add_option("--model", written.models, "Use this model for this pattern; may be repeated")
      ->type_name("PATTERN=MODEL")
      ->group(models)
      ->allow_extra_args(false);
  compare->add_option("--set", written.settings, "Another value for a parameter, with its unit; may be repeated")
      ->type_name("MODEL.PARAMETER=VALUE")
      ->group(models)
      ->allow_extra_args(false);
  const std::string output = "Output";
  option("--html", written.html, "Write the report, one self-contained page", "FILE", output);
  option("--json", written.json, "Write the numbers and the manifest as JSON ('-': standard output)", "FILE", output);
  option("--csv", written.csv, "Write the numbers as CSV ('-': standard output)", "FILE", output);
  option("--width", written.width, "Columns of the table (default: the terminal's)", "N", output);
  compare->add_flag("--quiet", written.quiet, "No table and no progress, only files and errors")->group(output);
  const std::string running = "Running (results do not depend on these)";
  option("--threads", written.threads, "Threads (default: all processors)", "N", running);
  option("--block", written.block, "People in one block of work", "N", running);
}

void add_simulate(CLI::App& app, WrittenOptions& written) {
  CLI::App* simulate =
      app.add_subcommand("simulate", "Concentrations under a protocol, or of a data set of records, as CSV");
  simulate->footer(simulate_footer());
  simulate->add_option("model", written.model, "Id of a bundled model, or path of a model file")->required();
  const auto option = [simulate](const std::string& name, std::string& value, const std::string& help,
                                 const std::string& type, const std::string& group) {
    return simulate->add_option(name, value, help)->type_name(type)->group(group);
  };
  const std::string what = "What";
  option("--regimen", written.regimen, "Id of a bundled pattern, or path of a pattern file", "PATTERN", what);
  option("--times", written.times, "START:END:STEP or a list, with one unit: 0:24:0.1h", "TIMES", what);
  option("--data", written.records.data,
         "In place of --regimen and --times: a CSV file of NONMEM-style records, '-' for standard input", "FILE", what);
  option("--outputs", written.outputs, "Outputs of the model, by comma (default: all)", "NAMES", what);
  option("--summary", written.summary,
         "Instead of the table: quantiles (5th, 50th and 95th percentile over people by time), exposure (Cmax, Tmax, "
         "AUC, hours above levels), or both by comma",
         "KINDS", what);
  simulate
      ->add_option("--above", written.simulated.above,
                   "A level for summaries: the share of people above it by time, and hours above it; may be repeated")
      ->type_name("OUTPUT=LEVEL")
      ->group(what)
      ->allow_extra_args(false);
  const std::string people = "People";
  option("--subjects", written.subjects, "People in the virtual population (default 1)", "N", people);
  option("--uncertainty", written.simulated.uncertainty,
         "Draws of what is not known of the population: estimates, ranges between studies", "N", people);
  option("--replicates", written.simulated.replicates, "Trials of each draw, with new people (default 1)", "R", people);
  simulate->add_flag("--typical", written.typical, "One typical person, without random effects")->group(people);
  option("--cohort", written.cohort, "Id or file of the cohort (default adults-perez-ruixo-2021)", "COHORT", people);
  option("--weight", written.weight, "Everyone weighs this much", "KG", people);
  option("--age", written.age, "Everyone is this old", "YEARS", people);
  option("--seed", written.seed, "Seed of all random draws (default 1)", "S", people);
  simulate->add_option("--set", written.settings, "Another value for a parameter, with its unit; may be repeated")
      ->type_name("MODEL.PARAMETER=VALUE")
      ->group(people)
      ->allow_extra_args(false);
  const std::string records = "Records (--data)";
  option("--covariates", written.records.covariates,
         "Between two records: nocb (those of the later one, default), locf (of the earlier one), linear", "RULE",
         records);
  option("--time-unit", written.records.time_unit, "Of TIME: h (default) or d", "UNIT", records);
  option("--long-lag", written.records.long_lag,
         "Steady state with a lag beyond the interval: physical (default) or nonmem, whose closed forms extrapolate",
         "RULE", records);
  option("--occasion", written.records.occasion,
         "Column of the occasion, for effects between occasions (default: those are 0)", "COLUMN", records);
  const std::string engine = "Engine";
  option("--backend", written.engine.backend, "automatic (default), linear (exact), ode or reference", "NAME", engine);
  option("--method", written.engine.method, "Of ode: automatic (default), explicit, stiff or cvode", "NAME", engine);
  option("--rtol", written.engine.relative_tolerance, "Relative tolerance of ode (default 1e-6)", "X", engine);
  option("--atol", written.engine.absolute_tolerance, "Absolute tolerance of ode (default 1e-8 mg)", "X", engine);
  const std::string output = "Output";
  option("--out", written.out, "CSV file; packed where it ends in .gz (default: standard output)", "FILE", output);
  option("--json", written.json, "Write what the run was made from as JSON ('-': standard output)", "FILE", output);
  option("--shard", written.simulated.shard, "Only this share of the people, for `racemate merge`", "I/N", output);
  simulate
      ->add_flag("--observations", written.observations,
                 "Columns DV_<output>: what an assay would report, with residual error and limit of quantification")
      ->group(output);
  simulate->add_flag("--quiet", written.quiet, "No progress")->group(output);
  const std::string running = "Running (results do not depend on these)";
  option("--threads", written.threads, "Threads (default: all processors)", "N", running);
  option("--block", written.block, "People in one block of work", "N", running);
}

void add_merge(CLI::App& app, WrittenOptions& written) {
  CLI::App* merge = app.add_subcommand("merge", "Join the shards of a simulation to the output of the whole run");
  merge->footer(merge_footer());
  merge->add_option("out", written.out, "File to write; packed where it ends in .gz ('-': standard output)")
      ->required();
  merge->add_option("shards", written.names, "Files that `racemate simulate --shard` wrote, in any order")->required();
  merge->add_flag("--quiet", written.quiet, "No progress");
}

void add_nca(CLI::App& app, WrittenOptions& written) {
  CLI::App* nca = app.add_subcommand("nca", "Non-compartmental analysis of a table of concentrations");
  nca->footer(nca_footer());
  nca->add_option("table", written.nca.file, "CSV file, or '-' for standard input")->required();
  const auto option = [nca](const std::string& name, auto& value, const std::string& help, const std::string& type,
                            const std::string& group) {
    return nca->add_option(name, value, help)->type_name(type)->group(group);
  };
  const std::string what = "What";
  option("--output,--outputs", written.nca.outputs,
         "Columns of concentrations, by comma or repeated (default: CONC, else DV, else those of a simulation)",
         "NAMES", what)
      ->allow_extra_args(false);
  option("--dose", written.nca.dose, "Dose, where the table does not say it", "D", what);
  option("--dose-time", written.nca.dose_time, "TIME of the dose (default: that of AMT, else 0)", "T", what);
  option("--route", written.nca.route, "bolus, infusion or extravascular (default)", "ROUTE", what);
  option("--duration", written.nca.duration, "Length of the infusion", "T", what);
  option("--time-unit", written.nca.time_unit, "Of all times here and in the table (default h)", "UNIT", what);
  option("--concentration-unit", written.nca.concentration_unit, "Of concentrations (default ng/mL)", "UNIT", what);
  option("--dose-unit", written.nca.dose_unit, "Of doses (default mg)", "UNIT", what);
  const std::string rules = "Rules";
  option("--method", written.nca.method, "linear-up-log-down (default), linear or linear-log", "METHOD", rules);
  option("--lambda-z", written.nca.lambda_z, "Terminal points between these times (default: by adjusted r2)", "FROM:TO",
         rules);
  option("--blq", written.nca.blq,
         "Samples below quantification count as zero, missing or half (of their limit): one rule, or by place "
         "(default before=zero,between=missing,after=missing)",
         "RULES", rules);
  option("--lloq", written.nca.lloq, "Lower limit of quantification, where the table has no LLOQ", "C", rules);
  option("--partial", written.nca.partial, "Area of an interval, by comma or repeated", "FROM:TO", rules)
      ->allow_extra_args(false);
  option("--tau", written.nca.tau, "Dosing interval: its area, average, trough, fluctuation and swing", "T", rules);
  nca->add_flag("--steady-state", written.nca.steady_state, "The dosing interval is at steady state")->group(rules);
  const std::string output = "Output";
  option("--json", written.nca.json, "Write the numbers as JSON ('-': standard output)", "FILE", output);
  option("--csv", written.nca.csv, "Write the numbers as CSV ('-': standard output)", "FILE", output);
  option("--width", written.width, "Columns of the table (default: the terminal's)", "N", output);
  nca->add_flag("--quiet", written.nca.quiet, "No table, only files and errors")->group(output);
}

void add_bench(CLI::App& app, WrittenOptions& written) {
  CLI::App* bench = app.add_subcommand("bench", "Speed and memory on this machine, beside other engines");
  bench->footer(bench_footer());
  bench->add_option("scenarios", written.bench.scenarios,
                    "Ids of bundled scenarios, or paths to scenario files. None: all bundled scenarios");
  bench->add_flag("--list", written.bench.list, "The scenarios, without running them");
  bench->add_flag("--quick", written.bench.quick, "Few people: to see that all works, not how fast");
  bench->add_flag("--without-r", written.bench.without_r, "Leave out the engines that run under R");
  bench->add_option("--repetitions", written.bench.repetitions, "Of each time; the least counts (default 5)")
      ->type_name("N");
  bench->add_option("--json", written.bench.json, "Write the numbers as JSON ('-': standard output, and no table)")
      ->type_name("FILE");
  bench->add_option("--width", written.width, "Columns of the tables (default: the terminal's)")->type_name("N");
  bench->add_flag("--quiet", written.bench.quiet, "No progress");
}

void add_noun(CLI::App& app, WrittenOptions& written, const std::string& noun) {
  CLI::App* parent = app.add_subcommand(noun, fmt::format("List, show or check {}s", noun));
  parent->require_subcommand(0, 1);
  parent->footer(noun_footer(noun));
  CLI::App* list = parent->add_subcommand("list", fmt::format("The bundled {}s", noun));
  CLI::App* show =
      parent->add_subcommand("show", fmt::format("All of one {}: values, sources, assumptions, defects", noun));
  CLI::App* check = parent->add_subcommand("check", fmt::format("Check {} files; all problems of each at once", noun));
  show->add_option(noun, written.names, "Id, or path of a file")->required()->expected(1);
  check->add_option("files", written.names, "Files to check")->required();
  for (CLI::App* command : {list, show}) {
    command->add_flag("--json", written.as_json, "As JSON");
    command->add_option("--width", written.width, "Columns (default: the terminal's)")->type_name("N");
  }
}

void usage(std::string message, std::string expected, std::string hint, Diagnostics& diagnostics) {
  diagnostics.push_back({.code = ErrorCode::kUsage,
                         .where = {},
                         .message = std::move(message),
                         .expected = std::move(expected),
                         .hint = std::move(hint)});
}

// "left=right". Empty sides are refused.
std::optional<std::pair<std::string, std::string>> split_at_equals(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    return std::nullopt;
  }
  return std::pair{text.substr(0, equals), text.substr(equals + 1)};
}

std::vector<study::ParameterOverride> read_overrides(const std::vector<std::string>& texts, Diagnostics& diagnostics) {
  std::vector<study::ParameterOverride> overrides;
  for (const std::string& text : texts) {
    const auto sides = split_at_equals(text);
    const std::size_t dot = sides ? sides->first.find('.') : std::string::npos;
    if (dot == std::string::npos || dot == 0 || dot + 1 == sides->first.size()) {
      usage(fmt::format("--set: '{}' cannot be used", text), "MODEL.PARAMETER=VALUE, as in \"kamp-2020.CL=50 L/h\"", "",
            diagnostics);
      continue;
    }
    overrides.push_back({sides->first.substr(0, dot), sides->first.substr(dot + 1), sides->second});
  }
  return overrides;
}

std::map<std::string, std::string> read_models(const std::vector<std::string>& texts, Diagnostics& diagnostics) {
  std::map<std::string, std::string> models;
  for (const std::string& text : texts) {
    const auto sides = split_at_equals(text);
    if (!sides) {
      usage(fmt::format("--model: '{}' cannot be used", text), "PATTERN=MODEL, as in iv-clinic=kamp-2020", "",
            diagnostics);
    } else if (!models.emplace(sides->first, sides->second).second) {
      usage(fmt::format("--model: pattern '{}' is given two models", sides->first), "one model for a pattern", "",
            diagnostics);
    }
  }
  return models;
}

// Two files of one name would overwrite each other; two on standard output would mix.
void check_outputs(const CompareArguments& arguments, Diagnostics& diagnostics) {
  const std::vector<std::pair<std::string, std::string>> outputs{
      {"--html", arguments.html}, {"--json", arguments.json}, {"--csv", arguments.csv}};
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (std::size_t j = i + 1; j < outputs.size(); ++j) {
      if (!outputs[i].second.empty() && outputs[i].second == outputs[j].second) {
        usage(fmt::format("{} and {} both write to '{}'", outputs[i].first, outputs[j].first, outputs[i].second),
              "one output per file", "", diagnostics);
      }
    }
  }
}

std::optional<int> read_width(const std::string& text, Diagnostics& diagnostics) {
  if (text.empty()) {
    return std::nullopt;
  }
  const auto width = parse_count("--width", text, {kNarrowestTable, kWidestTable}, diagnostics);
  return width ? std::optional<int>(static_cast<int>(*width)) : std::nullopt;
}

study::CompareOptions read_options(const WrittenOptions& written, Diagnostics& diagnostics) {
  study::CompareOptions options;
  options.patterns = written.patterns;
  const auto count = [&diagnostics](const char* option, const std::string& text, std::uint64_t default_value) {
    return text.empty() ? default_value : parse_count(option, text, kAnyCount, diagnostics).value_or(default_value);
  };
  options.subjects = count("--subjects", written.subjects, options.subjects);
  options.studies = count("--studies", written.studies, options.studies);
  options.seed = count("--seed", written.seed, options.seed);
  options.block = count("--block", written.block, options.block);
  if (!written.threads.empty()) {
    options.threads =
        static_cast<int>(parse_count("--threads", written.threads, {1, kMostThreads}, diagnostics).value_or(1));
  }
  if (!written.days.empty()) {
    options.days = parse_real("--days", written.days, diagnostics).value_or(options.days);
  }
  if (!written.weight.empty()) {
    options.weight_kg = parse_real("--weight", written.weight, diagnostics);
  }
  if (!written.age.empty()) {
    options.age_a = parse_real("--age", written.age, diagnostics);
  }
  options.cohort = written.cohort;
  options.overrides = read_overrides(written.settings, diagnostics);
  options.model_of_pattern = read_models(written.models, diagnostics);
  return options;
}

CompareArguments read_compare(const WrittenOptions& written, Diagnostics& diagnostics) {
  CompareArguments arguments;
  arguments.options = read_options(written, diagnostics);
  arguments.html = written.html;
  arguments.json = written.json;
  arguments.csv = written.csv;
  arguments.width = read_width(written.width, diagnostics);
  arguments.quiet = written.quiet;
  check_outputs(arguments, diagnostics);
  return arguments;
}

std::vector<std::string> split_names(const std::string& text) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    names.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return names;
}

RecordsArguments read_records_command(const WrittenOptions& written, Diagnostics& diagnostics) {
  const study::CompareOptions common = read_options(written, diagnostics);
  RecordsArguments arguments;
  study::RecordsOptions& options = arguments.options;
  const auto alone = [&](const char* option, bool given) {
    if (given) {
      usage(fmt::format("{} does not go with --data", option), "one of --regimen and --data",
            "the records say who is dosed and when", diagnostics);
    }
  };
  alone("--regimen", !written.regimen.empty());
  alone("--times", !written.times.empty());
  alone("--summary", !written.summary.empty());
  alone("--subjects", !written.subjects.empty());
  alone("--cohort", !written.cohort.empty());
  alone("--above", !written.simulated.above.empty());
  alone("--uncertainty", !written.simulated.uncertainty.empty());
  alone("--replicates", !written.simulated.replicates.empty());
  alone("--shard", !written.simulated.shard.empty());
  read_records_options(written.records, options, diagnostics);
  read_engine_options(written.engine, options.backend, options.ode, diagnostics);
  options.model = written.model;
  options.outputs = split_names(written.outputs);
  options.seed = common.seed;
  options.typical = written.typical;
  options.observations = written.observations;
  options.weight_kg = common.weight_kg;
  options.age_a = common.age_a;
  options.overrides = common.overrides;
  options.threads = common.threads;
  arguments.out = written.out.empty() ? kStandardOutput : written.out;
  arguments.json = written.json;
  arguments.quiet = written.quiet;
  return arguments;
}

SimulateArguments read_simulate(const WrittenOptions& written, Diagnostics& diagnostics) {
  const study::CompareOptions common = read_options(written, diagnostics);
  SimulateArguments arguments;
  study::SimulateOptions& options = arguments.options;
  options.model = written.model;
  options.regimen = written.regimen;
  options.subjects = written.subjects.empty() ? options.subjects : common.subjects;
  options.seed = common.seed;
  options.cohort = common.cohort;
  options.weight_kg = common.weight_kg;
  options.age_a = common.age_a;
  options.overrides = common.overrides;
  options.typical = written.typical;
  options.observations = written.observations;
  options.threads = common.threads;
  options.block = common.block;
  options.outputs = split_names(written.outputs);
  read_engine_options(written.engine, options.backend, options.ode, diagnostics);
  for (const auto& [option, text] :
       {std::pair{"--covariates", &written.records.covariates}, std::pair{"--time-unit", &written.records.time_unit},
        std::pair{"--long-lag", &written.records.long_lag}, std::pair{"--occasion", &written.records.occasion}}) {
    if (!text->empty()) {
      usage(fmt::format("{} is about records", option), "--data beside it", "", diagnostics);
    }
  }
  for (const auto& [option, text] : {std::pair{"--regimen", &written.regimen}, std::pair{"--times", &written.times}}) {
    if (text->empty()) {
      usage(fmt::format("{} is missing", option), "--regimen and --times, or --data", "", diagnostics);
    }
  }
  if (written.regimen.empty() || written.times.empty()) {
    return arguments;
  }
  if (Result<std::vector<Duration>> times = study::parse_times(written.times)) {
    options.times = std::move(*times);
  } else {
    diagnostics.insert(diagnostics.end(), times.error().begin(), times.error().end());
  }
  if (written.typical && !written.subjects.empty()) {
    usage("--typical is one person, and --subjects asks for more", "one of the two", "", diagnostics);
  }
  options.times_text = written.times;
  arguments.as = read_simulation_output(written.summary, written.simulated, options, diagnostics);
  arguments.json = written.json;
  if (!written.out.empty()) {
    arguments.out = written.out;
  }
  arguments.quiet = written.quiet;
  return arguments;
}

NcaArguments read_nca_command(const WrittenOptions& written, Diagnostics& diagnostics) {
  NcaArguments arguments = read_nca(written.nca, diagnostics);
  arguments.width = read_width(written.width, diagnostics);
  return arguments;
}

BenchArguments read_bench_command(const WrittenOptions& written, Diagnostics& diagnostics) {
  BenchArguments arguments = read_bench(written.bench, diagnostics);
  arguments.width = read_width(written.width, diagnostics);
  return arguments;
}

LibraryArguments read_library(const CLI::App& noun, const WrittenOptions& written, Diagnostics& diagnostics) {
  LibraryArguments arguments;
  arguments.noun = noun.get_name() == "model" ? Noun::kModel : Noun::kPattern;
  const std::string verb = noun.get_subcommands().front()->get_name();
  arguments.verb = verb == "list" ? Verb::kList : verb == "show" ? Verb::kShow : Verb::kCheck;
  arguments.names = written.names;
  arguments.json = written.as_json;
  arguments.width = read_width(written.width, diagnostics);
  return arguments;
}

// The command that the user was in when something went wrong.
const CLI::App& deepest_command(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : deepest_command(*chosen.front());
}

std::string full_name(const CLI::App& command) {
  return command.get_parent() == nullptr ? command.get_name()
                                         : full_name(*command.get_parent()) + " " + command.get_name();
}

// What could stand where the unexpected word stands: options for a word with a dash, else commands.
std::vector<std::string> valid_words(const CLI::App& command, const std::string& word) {
  std::vector<std::string> words;
  if (word.starts_with("-")) {
    for (const CLI::Option* option : command.get_options()) {
      if (option->nonpositional()) {
        words.push_back("--" + option->get_lnames().front());
      }
    }
    return words;
  }
  for (const CLI::App* child : command.get_subcommands(nullptr)) {
    words.push_back(child->get_name());
  }
  return words;
}

Diagnostics describe_parse_error(const CLI::App& app, const CLI::ParseError& error) {
  Diagnostics diagnostics;
  const CLI::App& command = deepest_command(app);
  const std::string help = fmt::format("'{} --help' explains", full_name(command));
  for (const std::string& word : app.remaining(true)) {
    if (word == "--") {
      continue;
    }
    const std::string name = word.substr(0, word.find('='));
    const std::string suggestion = suggest_name(name, valid_words(command, name));
    usage(fmt::format("'{}' is not understood here", word), "", suggestion.empty() ? help : suggestion + "; " + help,
          diagnostics);
  }
  if (diagnostics.empty()) {
    usage(error.what(), "", help, diagnostics);
  }
  return diagnostics;
}

}  // namespace

Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments) {
  CLI::App app{program_summary(), "racemate"};
  app.footer(program_footer());
  app.require_subcommand(0, 1);
  bool version = false;
  app.add_flag("--version", version, "Print the version");
  WrittenOptions written;
  add_compare(app, written);
  add_simulate(app, written);
  add_merge(app, written);
  add_nca(app, written);
  add_bench(app, written);
  add_noun(app, written, "model");
  add_noun(app, written, "pattern");

  try {
    // CLI11 takes the words last first.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    return TextToPrint{app.help()};
  } catch (const CLI::ParseError& error) {
    return fail(describe_parse_error(app, error));
  }
  if (version) {
    return TextToPrint{version_text()};
  }
  const CLI::App& command = deepest_command(app);
  if (!command.get_subcommands(nullptr).empty()) {  // a command that needs another word
    return TextToPrint{app.help()};
  }
  Diagnostics diagnostics;
  CommandLine line =
      app.got_subcommand("compare")    ? CommandLine{read_compare(written, diagnostics)}
      : app.got_subcommand("simulate") ? written.records.data.empty()
                                             ? CommandLine{read_simulate(written, diagnostics)}
                                             : CommandLine{read_records_command(written, diagnostics)}
      : app.got_subcommand("merge") ? CommandLine{MergeArguments{written.out, written.names, written.quiet}}
      : app.got_subcommand("bench")    ? CommandLine{read_bench_command(written, diagnostics)}
      : app.got_subcommand("nca")      ? CommandLine{read_nca_command(written, diagnostics)}
                                  : CommandLine{read_library(*app.get_subcommands().front(), written, diagnostics)};
  if (!diagnostics.empty()) {
    return fail(std::move(diagnostics));
  }
  return line;
}

}  // namespace racemate::cli
