#include "launcher/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "core/errors.h"

namespace lockstep {
namespace {

constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kPlain = "\x1b[0m";
constexpr std::string_view kRewriteLine = "\r\x1b[K";

bool IsTerminal() {
  const char* terminal = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

bool WantsColour() {
  const char* refused = std::getenv("NO_COLOR");
  return refused == nullptr || *refused == '\0';
}

// One call a message, so that lines of several ranks do not mix. Nothing can be done where standard
// error is closed.
void WriteToStandardError(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

Console::Console(const ConsoleOptions& options)
    : options_(options),
      coloured_(IsTerminal() && WantsColour()),
      rewrites_progress_(IsTerminal()) {}

bool Console::Shows(LogLevel level) const {
  return options_.level >= level && (options_.rank == 0 || level == LogLevel::kError);
}

void Console::Result(std::string_view text) {
  if (options_.rank != 0) return;
  EndProgress();
  std::string line(text);
  if (line.empty() || line.back() != '\n') line += '\n';
  const bool written = std::fwrite(line.data(), 1, line.size(), stdout) == line.size();
  if (!written || std::fflush(stdout) != 0) {
    throw IoError(fmt::format("standard output: write failed: {}", std::strerror(errno)));
  }
}

void Console::Error(std::string_view text) { Message("error: ", kRed, text); }

void Console::Warning(std::string_view text) {
  if (Shows(LogLevel::kWarning)) Message("warning: ", kYellow, text);
}

void Console::Info(std::string_view text) {
  if (!Shows(LogLevel::kInfo)) return;
  EndProgress();
  WriteToStandardError(fmt::format("{}\n", text));
}

void Console::Debug(std::string_view text) {
  if (!Shows(LogLevel::kDebug)) return;
  EndProgress();
  WriteToStandardError(fmt::format("{}\n", text));
}

void Console::Progress(std::string_view line) {
  if (!Shows(LogLevel::kInfo)) return;
  if (!rewrites_progress_) return Info(line);
  WriteToStandardError(fmt::format("{}{}", kRewriteLine, line));
  progress_open_ = true;
}

void Console::EndProgress() {
  if (progress_open_) WriteToStandardError("\n");
  progress_open_ = false;
}

void Console::Message(std::string_view label, std::string_view colour, std::string_view text) {
  EndProgress();
  const std::string who =
      options_.rank == 0 ? "lockstep: " : fmt::format("lockstep: rank {}: ", options_.rank);
  const std::string_view begin = coloured_ ? colour : "";
  const std::string_view end = coloured_ ? kPlain : "";
  WriteToStandardError(fmt::format("{}{}{}{}{}\n", who, begin, label, end, text));
}

}  // namespace lockstep
