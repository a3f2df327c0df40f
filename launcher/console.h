#pragma once

// The one place that talks to people: results go to standard output, everything else to standard
// error, so that a script can read the one while a person watches the other.

#include <cstdint>
#include <string_view>

namespace lockstep {

/// How much is said. Each level includes those before it.
enum class LogLevel : std::uint8_t { kError, kWarning, kInfo, kDebug };

struct ConsoleOptions {
  LogLevel level = LogLevel::kInfo;
  /// Of this process in its job. Ranks other than 0 print nothing but errors.
  int rank = 0;
};

/// Colours only a terminal, and none where NO_COLOR is set (https://no-color.org). One thread at a
/// time.
class Console {
 public:
  explicit Console(const ConsoleOptions& options);

  void set_rank(int rank) { options_.rank = rank; }
  LogLevel level() const { return options_.level; }

  /// Prints what was asked for on standard output, at any level; a line feed is added where there
  /// is none. Throws IoError where it cannot be written.
  void Result(std::string_view text);

  /// `lockstep: error: text`. Ranks other than 0 say who they are.
  void Error(std::string_view text);
  /// `lockstep: warning: text`.
  void Warning(std::string_view text);
  /// `text` alone.
  void Info(std::string_view text);
  void Debug(std::string_view text);

  /// On a terminal, rewrites the last line; elsewhere the same as Info. Shown at level kInfo.
  void Progress(std::string_view line);
  /// Leaves the rewritten line standing, so that other text may follow. Other messages do so by
  /// themselves.
  void EndProgress();

 private:
  bool Shows(LogLevel level) const;
  void Message(std::string_view label, std::string_view colour, std::string_view text);

  ConsoleOptions options_;
  bool coloured_;
  bool rewrites_progress_;
  bool progress_open_ = false;
};

}  // namespace lockstep
