#include "core/config/load_config.h"

#include <fmt/format.h>

#include "core/config/apply_override.h"
#include "core/config/parse_config.h"
#include "core/errors.h"
#include "core/files/file_source.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

// Looked at before it is opened: opening a pipe that nobody writes to would wait for ever.
void CheckIsConfigFile(const fs::path& path) {
  const fs::file_status status = fs::status(path);
  if (status.type() == fs::file_type::not_found) {
    throw InputMissing(
        fmt::format("{}: there is no such config file; recipes are in configs/", path.string()));
  }
  if (status.type() != fs::file_type::regular) {
    throw ConfigError(fmt::format("{}: expected a config file, got {}; name a .textproto file",
                                  path.string(),
                                  fs::is_directory(status) ? "a folder" : "no regular file"));
  }
}

std::string ReadText(const fs::path& path) {
  CheckIsConfigFile(path);
  FileSource source(path);
  // One byte more than is allowed shows a file that is too large, also one that grows meanwhile.
  std::string text(kLargestConfigBytes + 1, '\0');
  text.resize(source.Read({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}));
  if (text.size() > kLargestConfigBytes) {
    throw ConfigError(fmt::format("{}: expected a config of at most {} bytes, got a larger file",
                                  path.string(), kLargestConfigBytes));
  }
  return text;
}

}  // namespace

Config LoadConfig(const fs::path& path, std::span<const std::string> overrides) {
  Config config = ParseConfig(ReadText(path), path.string());
  for (const std::string& override_text : overrides) ApplyOverride(override_text, config);
  return config;
}

}  // namespace lockstep
