#include "core/checkpoint/weights_digest.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/checkpoint/checkpoint_layout.h"
#include "core/checkpoint/manifest.h"
#include "core/checkpoint/safetensors_file.h"
#include "core/digest/sha256.h"

namespace lockstep {
namespace {

void AddFile(Sha256& digest, const SafetensorsFile& file, const std::string& stem) {
  std::vector<SafetensorsTensor> tensors = file.tensors();
  std::sort(tensors.begin(), tensors.end(),
            [](const SafetensorsTensor& a, const SafetensorsTensor& b) { return a.name < b.name; });
  for (const SafetensorsTensor& tensor : tensors) {
    digest.Add(
        fmt::format("{} {} {} {}\n", stem, tensor.name, NameOf(tensor.type), ToText(tensor.shape)));
    digest.Add(file.Bytes(tensor));
  }
}

}  // namespace

std::string WeightsDigest(const std::filesystem::path& checkpoint) {
  const Manifest manifest = Manifest::Read(checkpoint);
  Sha256 digest;
  for (const std::string_view name : {kModelFile, kOptimizerFile, kEmaFile}) {
    const bool present = std::any_of(manifest.files().begin(), manifest.files().end(),
                                     [&](const ManifestFile& file) { return file.name == name; });
    if (!present && name == kEmaFile) continue;
    const std::filesystem::path path = checkpoint / name;
    AddFile(digest, SafetensorsFile(manifest.ReadFile(checkpoint, name), path.string()),
            path.stem().string());
  }
  return digest.Hex();
}

}  // namespace lockstep
