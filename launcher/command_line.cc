#include "launcher/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/graph/nearest_name.h"
#include "launcher/command_line_options.h"
#include "launcher/console.h"
#include "launcher/launched_rank.h"
#include "launcher/step_choice.h"
#include "launcher/verbs/bench_step.h"
#include "launcher/verbs/checkpoint.h"
#include "launcher/verbs/data_inspect.h"
#include "launcher/verbs/data_make.h"
#include "launcher/verbs/env.h"
#include "launcher/verbs/eval.h"
#include "launcher/verbs/launch.h"
#include "launcher/verbs/plan.h"
#include "launcher/verbs/predict.h"
#include "launcher/verbs/train.h"
#include "launcher/verbs/validate.h"
#include "launcher/version.h"

namespace lockstep {
namespace {

constexpr const char* kJsonHelp = "One JSON document on standard output";

std::string Example(std::string_view command) { return fmt::format("Example:\n  {}", command); }

// What a verb's help says.
struct VerbText {
  std::string name;
  std::string what;
  std::string example;
};

// The parser with all verbs, and the options they fill. Neither copied nor moved: the parser points
// into it.
class CommandLine {
 public:
  CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // Throws CLI::ParseError.
  void Parse(std::span<char* const> arguments) {
    app_.parse(static_cast<int>(arguments.size()), arguments.data());
  }
  // The verb that was asked for.
  ExitCode Run(Console& console) const { return run_(console); }
  ConsoleOptions console_options() const;
  // What to print for an error of Parse.
  std::string TextOf(const CLI::ParseError& error) const;
  std::string Help() const { return app_.help(); }

 private:
  using Verb = std::function<ExitCode(Console&)>;

  CLI::App& AddVerb(CLI::App& parent, const VerbText& text, Verb run);
  // Verbs that share their first word.
  CLI::App& AddGroup(CLI::App& parent, const VerbText& text);
  void AddGlobalOptions();
  void AddTrain();
  void AddLaunch();
  void AddEval();
  void AddPredict();
  void AddValidate();
  void AddPlan();
  void AddCheckpoint();
  void AddData();
  void AddBench();
  void AddEnv();
  // What the words behind `launch` ask of `train`.
  static TrainOptions ParseLaunched(const std::vector<std::string>& arguments);
  const CLI::App& DeepestVerb() const;
  std::string Suggestion() const;

  CLI::App app_{
      "Lockstep: data-parallel training of image models, the same bits on any number of ranks."};
  Verb run_;
  bool quiet_ = false;
  LogLevel log_level_ = LogLevel::kInfo;
  TrainOptions train_;
  LaunchOptions launch_;
  EvalOptions eval_;
  PredictOptions predict_;
  ValidateOptions validate_;
  PlanVerbOptions plan_;
  CheckpointOptions checkpoint_;
  DataMakeOptions data_make_;
  DataInspectOptions data_inspect_;
  BenchStepOptions bench_step_;
  EnvOptions env_;
};

CommandLine::CommandLine() {
  app_.name("lockstep");
  app_.fallthrough();
  app_.require_subcommand(1);
  app_.footer(Example("lockstep train configs/lenet_glyphs.textproto"));
  AddGlobalOptions();
  AddTrain();
  AddLaunch();
  AddEval();
  AddPredict();
  AddValidate();
  AddPlan();
  AddCheckpoint();
  AddData();
  AddBench();
  AddEnv();
}

void CommandLine::AddGlobalOptions() {
  app_.set_version_flag("--version", fmt::format("lockstep {}", Version()));
  app_.add_flag("--quiet", quiet_, "Results and errors alone");
  AddChoice<LogLevel>(app_, "log-level", log_level_,
                      {{"error", LogLevel::kError},
                       {"warning", LogLevel::kWarning},
                       {"info", LogLevel::kInfo},
                       {"debug", LogLevel::kDebug}})
      ->description("error, warning, info or debug (default: info)");
}

CLI::App& CommandLine::AddVerb(CLI::App& parent, const VerbText& text, Verb run) {
  CLI::App* verb = parent.add_subcommand(text.name, text.what);
  verb->footer(Example(text.example));
  verb->parse_complete_callback([this, run = std::move(run)] { run_ = run; });
  return *verb;
}

CLI::App& CommandLine::AddGroup(CLI::App& parent, const VerbText& text) {
  CLI::App* group = parent.add_subcommand(text.name, text.what);
  group->footer(Example(text.example));
  group->require_subcommand(1);
  return *group;
}

void CommandLine::AddTrain() {
  CLI::App& verb = AddVerb(
      app_,
      {"train", "Trains a model as a config says",
       "lockstep train configs/lenet_glyphs.textproto --set batch=256 --run-dir runs/first"},
      [this](Console& console) { return RunTrain(train_, console); });
  AddConfig(verb, train_.config, train_.overrides);
  verb.get_option("CONFIG")->required();
  verb.add_option("--run-dir", train_.run_dir,
                  "Where the run goes (default: runs/<recipe>-<UTC time>)")
      ->type_name("DIR");
  verb.add_option_function<std::string>(
          "--resume",
          [this](const std::string& text) {
            train_.resume = Expect(ParseResumeChoice(text),
                                   "--resume: expected none, auto or step-N (step-200)", text);
          },
          "auto: go on or begin; none: begin; step-N: go on from there (default: auto)")
      ->type_name("WHERE");
  verb.add_flag("--dry-run", train_.dry_run, "Everything but the training");
  verb.add_flag("--trace-hashes", train_.trace_hashes, "Prints a hash of the weights each step");
  verb.add_flag("--json", train_.json, kJsonHelp);
}

void CommandLine::AddLaunch() {
  CLI::App& verb =
      AddVerb(app_,
              {"launch", "Trains on several ranks, and goes on where one of them fails",
               "lockstep launch -n 2 -- train configs/lenet_glyphs.textproto --run-dir runs/first"},
              [this](Console& console) { return RunLaunch(launch_, console); });
  verb.add_option("-n", launch_.ranks, "Ranks")->required()->check(Positive())->type_name("N");
  verb.add_option("--restarts", launch_.restarts,
                  "At most so many (default: until 3 in a row bring no new checkpoint)")
      ->check(NotNegative())
      ->type_name("K");
  verb.add_option("--host", launch_.hosts, "Where ranks run, once for each host (default: here)")
      ->allow_extra_args(false)
      ->type_name("HOST");
  verb.add_option("TRAIN", launch_.arguments, "-- train CONFIG ..., as without launch")
      ->required()
      ->type_name("");
  verb.callback([this] { launch_.train = ParseLaunched(launch_.arguments); });
}

TrainOptions CommandLine::ParseLaunched(const std::vector<std::string>& arguments) {
  std::vector<char*> words = {const_cast<char*>("lockstep")};
  for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  CommandLine launched;
  try {
    launched.Parse(words);
  } catch (const CLI::CallForHelp&) {
    throw;
  } catch (const CLI::ParseError& error) {
    throw CLI::ValidationError(launched.TextOf(error));
  }
  if (launched.app_.got_subcommand("train")) return launched.train_;
  throw CLI::ValidationError(
      fmt::format("launch starts `train` alone, got '{}'", arguments.front()));
}

void CommandLine::AddEval() {
  CLI::App& verb = AddVerb(
      app_,
      {"eval", "Metrics of a run's checkpoint", "lockstep eval runs/first --step best --json"},
      [this](Console& console) { return RunEval(eval_, console); });
  verb.add_option("RUN", eval_.run, "A run directory")->required()->type_name("");
  verb.add_option_function<std::string>(
          "--step",
          [this](const std::string& text) {
            eval_.checkpoint = Expect(ParseCheckpointChoice(text),
                                      "--step: expected latest, best or a step number", text);
          },
          "latest, best or a step number (default: latest)")
      ->type_name("WHICH");
  AddChoice<Split::Type>(verb, "split", eval_.split,
                         {{"validation", Split::VALIDATION}, {"train", Split::TRAIN}})
      ->description("validation or train (default: validation)");
  verb.add_flag("--json", eval_.json, kJsonHelp);
}

void CommandLine::AddPredict() {
  CLI::App& verb =
      AddVerb(app_,
              {"predict", "The classes of pictures",
               "lockstep predict runs/first sign.pgm t10k-images-idx3-ubyte:17 --top 3"},
              [this](Console& console) { return RunPredict(predict_, console); });
  verb.add_option("MODEL", predict_.model_source, "A run directory or a .safetensors file")
      ->required()
      ->type_name("");
  verb.add_option("IMAGE", predict_.images, "PGM or PPM files; FILE:17 is a record of an IDX file")
      ->required()
      ->type_name("");
  verb.add_option("--model", predict_.model_preset, "Network of a .safetensors file, e.g. resnet50")
      ->type_name("PRESET");
  verb.add_option("--top", predict_.top, "Classes shown an image (default: 5)")
      ->check(Positive())
      ->type_name("K");
  verb.add_flag("--logits", predict_.logits, "Shows the logits too");
  verb.add_flag("--json", predict_.json, kJsonHelp);
}

void CommandLine::AddValidate() {
  CLI::App& verb = AddVerb(app_,
                           {"validate", "Checks config, data set and machine; trains nothing",
                            "lockstep validate configs/lenet_glyphs.textproto --set shards=4"},
                           [this](Console& console) { return RunValidate(validate_, console); });
  AddConfig(verb, validate_.config, validate_.overrides);
  verb.get_option("CONFIG")->required();
  verb.add_flag("--json", validate_.json, kJsonHelp);
}

void CommandLine::AddPlan() {
  CLI::App& verb = AddVerb(app_,
                           {"plan",
                            "Memory, buckets, FLOPs and each op's implementation; every "
                            "task and slot with --log-level debug",
                            "lockstep plan configs/lenet_glyphs.textproto --ranks 2"},
                           [this](Console& console) { return RunPlan(plan_, console); });
  AddConfig(verb, plan_.config, plan_.overrides);
  verb.add_option("--model", plan_.model_preset, "A built-in network, e.g. resnet50")
      ->type_name("PRESET");
  RequireConfigOrPreset(verb);
  verb.add_option("--ranks", plan_.ranks, "Ranks to plan for (default: 1)")
      ->check(Positive())
      ->type_name("N");
  verb.add_flag("--json", plan_.json, kJsonHelp);
}

void CommandLine::AddCheckpoint() {
  CLI::App& group = AddGroup(app_, {"checkpoint", "Looks at the checkpoints of a run",
                                    "lockstep checkpoint ls runs/first"});
  const auto add = [&](const std::string& name, const std::string& what,
                       ExitCode (*run)(const CheckpointOptions&, Console&)) -> CLI::App& {
    const std::string runs = name == "diff" ? "runs/first runs/second" : "runs/first";
    CLI::App& verb =
        AddVerb(group, {name, what, fmt::format("lockstep checkpoint {} {}", name, runs)},
                [this, run](Console& console) { return run(checkpoint_, console); });
    verb.add_option("RUN", checkpoint_.run, "A run directory")->required()->type_name("");
    verb.add_flag("--json", checkpoint_.json, kJsonHelp);
    return verb;
  };
  const auto add_step = [this](CLI::App& verb) {
    verb.add_option("--step", checkpoint_.step, "A step number (default: the newest)")
        ->check(NotNegative())
        ->type_name("N");
  };
  add("ls", "Lists the checkpoints", RunCheckpointLs);
  add("verify", "Reads every byte against the manifests", RunCheckpointVerify);
  add_step(add("hash", "One SHA-256 over all weights and states", RunCheckpointHash));
  CLI::App& diff = add("diff", "Which tensors of two runs differ", RunCheckpointDiff);
  diff.add_option("OTHER", checkpoint_.other_run, "The other run")->required()->type_name("");
  add_step(diff);
}

void CommandLine::AddData() {
  CLI::App& group = AddGroup(app_, {"data", "Makes and looks at data sets",
                                    "lockstep data make glyphs --output data/glyphs"});
  CLI::App& make = AddGroup(group, {"make", "Makes a data set that needs no download",
                                    "lockstep data make glyphs --output data/glyphs"});
  CLI::App& glyphs =
      AddVerb(make,
              {"glyphs", "Ten drawn signs, 28 x 28, as IDX files",
               "lockstep data make glyphs --output data/glyphs"},
              [this](Console& console) { return RunDataMakeGlyphs(data_make_, console); });
  glyphs.add_option("--output", data_make_.output, "Folder to write to")
      ->required()
      ->type_name("DIR");
  glyphs.add_flag("--json", data_make_.json, kJsonHelp);

  CLI::App& inspect =
      AddVerb(group,
              {"inspect", "Counts, shapes, classes and pixel statistics, or the order",
               "lockstep data inspect configs/lenet_glyphs.textproto --order --epoch 1 --json"},
              [this](Console& console) { return RunDataInspect(data_inspect_, console); });
  AddConfig(inspect, data_inspect_.config, data_inspect_.overrides);
  inspect.get_option("CONFIG")->required();
  inspect.add_flag("--order", data_inspect_.order, "The samples of an epoch in the order read");
  inspect.add_option("--epoch", data_inspect_.epoch, "Of --order (default: 0)")
      ->check(NotNegative())
      ->type_name("E");
  inspect.add_flag("--json", data_inspect_.json, kJsonHelp);
}

void CommandLine::AddBench() {
  CLI::App& group =
      AddGroup(app_, {"bench", "Measures speed", "lockstep bench step --model lenet --batch 256"});
  CLI::App& verb = AddVerb(group,
                           {"step", "A training step on random images",
                            "lockstep bench step --model lenet --batch 256 --threads 2"},
                           [this](Console& console) { return RunBenchStep(bench_step_, console); });
  AddConfig(verb, bench_step_.config, bench_step_.overrides);
  verb.add_option("--model", bench_step_.model_preset, "A built-in network, e.g. resnet50")
      ->type_name("PRESET");
  RequireConfigOrPreset(verb);
  verb.add_option("--batch", bench_step_.batch, "Global batch")->check(Positive())->type_name("N");
  AddChoice<std::optional<Precision::Type>>(
      verb, "precision", bench_step_.precision,
      {{"F32", Precision::F32}, {"BF16", Precision::BF16}, {"F16", Precision::F16}})
      ->description("F32, BF16 or F16");
  verb.add_option("--threads", bench_step_.threads, "Threads a rank (default: all cores)")
      ->check(Positive())
      ->type_name("N");
  verb.add_option("--seconds", bench_step_.seconds, "Of timed steps, at least (default: 10)")
      ->check(Positive())
      ->type_name("S");
  verb.add_flag("--with-loader", bench_step_.with_loader, "The data pipeline as well");
  verb.add_flag("--per-op", bench_step_.per_op, "Each op's time beside what the machine can do");
  verb.add_flag("--json", bench_step_.json, kJsonHelp);
}

void CommandLine::AddEnv() {
  CLI::App& verb =
      AddVerb(app_, {"env", "Versions, back ends, cores and binding", "lockstep env --json"},
              [this](Console& console) { return RunEnv(env_, console); });
  verb.add_flag("--json", env_.json, kJsonHelp);
}

ConsoleOptions CommandLine::console_options() const {
  return {.level = quiet_ ? LogLevel::kError : log_level_, .rank = LaunchedRank()};
}

const CLI::App& CommandLine::DeepestVerb() const {
  const CLI::App* verb = &app_;
  while (!verb->get_subcommands().empty()) verb = verb->get_subcommands().front();
  return *verb;
}

// A word that the parser did not expect, next to the options or verbs that were possible there.
std::string CommandLine::Suggestion() const {
  std::vector<std::string> unknown = app_.remaining(true);
  std::erase(unknown, "--");  // what ends the options is left over where words follow it
  if (unknown.empty()) return "";
  const CLI::App& verb = DeepestVerb();
  std::vector<std::string> candidates;
  if (unknown.front().rfind("--", 0) == 0) {
    for (const CLI::App* owner : {&verb, &app_}) {
      for (const CLI::Option* option : owner->get_options()) {
        candidates.push_back(option->get_name(false, false));
      }
    }
  } else {
    for (const CLI::App* next : verb.get_subcommands(nullptr)) {
      candidates.push_back(next->get_name());
    }
  }
  const std::string word = unknown.front().substr(0, unknown.front().find('='));
  return fmt::format("'{}' is not known here{}", word, DidYouMean(word, candidates));
}

std::string CommandLine::TextOf(const CLI::ParseError& error) const {
  std::string text = Suggestion();
  if (text.empty()) text = error.what();
  std::string verb;
  for (const CLI::App* app = &DeepestVerb(); app != nullptr; app = app->get_parent()) {
    verb = verb.empty() ? app->get_name() : app->get_name() + " " + verb;
  }
  return fmt::format("{} (see {} --help)", text, verb);
}

// The last line of defence: whatever a verb throws becomes a message and a code.
ExitCode RunGuarded(const CommandLine& command_line, Console& console) {
  try {
    return command_line.Run(console);
  } catch (const std::exception& error) {
    console.Error(MessageOf(error));
    return ExitCodeOf(error);
  } catch (...) {
    console.Error("a bug in Lockstep, please report it: an unknown exception");
    return ExitCode::kBug;
  }
}

ExitCode ParseAndRun(std::span<char* const> arguments) {
  CommandLine command_line;
  try {
    command_line.Parse(arguments);
  } catch (const CLI::CallForHelp&) {
    Console(command_line.console_options()).Result(command_line.Help());
    return ExitCode::kDone;
  } catch (const CLI::CallForVersion& version) {
    Console(command_line.console_options()).Result(version.what());
    return ExitCode::kDone;
  } catch (const CLI::ParseError& error) {
    const ConsoleOptions options = command_line.console_options();
    if (options.rank == 0) Console(options).Error(command_line.TextOf(error));
    return ExitCode::kUsage;
  }
  Console console(command_line.console_options());
  return RunGuarded(command_line, console);
}

}  // namespace

ExitCode RunCommandLine(std::span<char* const> arguments) {
  try {
    return ParseAndRun(arguments);
  } catch (const std::exception& error) {
    Console({}).Error(error.what());
    return ExitCodeOf(error);
  }
}

}  // namespace lockstep
