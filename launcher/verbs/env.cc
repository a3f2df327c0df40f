#include "launcher/verbs/env.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "comm/communicators.h"
#include "core/device/backend.h"
#include "core/errors.h"
#include "cudnn_ops/cuda_backend.h"
#include "launcher/affinity.h"
#include "launcher/json_text.h"
#include "launcher/version.h"
#include "onednn_ops/onednn_backend.h"

namespace lockstep {
namespace {

using nlohmann::ordered_json;

// What a back end says of itself, or why it cannot be used on this machine.
template <typename Make>
ordered_json DescribeBackend(Make make) {
  ordered_json json = {{"compiled", true}};
  try {
    const std::unique_ptr<Backend> backend = make();
    json["present"] = true;
    for (const auto& [field, value] : backend->Contract()) json[field] = value;
  } catch (const Error& error) {
    json["present"] = false;
    json["why"] = error.what();
  }
  return json;
}

ordered_json DescribeOnednn() {
  return DescribeBackend([] { return MakeOnednnBackend({1, InstructionSet::BEST}); });
}

ordered_json DescribeCudnn() {
  if (HasCuda()) return DescribeBackend([] { return MakeCudaBackend(0); });
  return {{"compiled", false}, {"present", false}};
}

ordered_json DescribeDevices() {
  ordered_json devices = ordered_json::array();
  devices.push_back({{"kind", "cpu"}, {"cores", CoresInAffinityMask()}});
  return devices;
}

ordered_json Describe() {
  ordered_json json;
  json["version"] = Version();
  json["backends"] = {{"onednn", DescribeOnednn()}, {"cudnn", DescribeCudnn()}};
  json["mpi"] = MpiLibrary();
  json["nccl"] = NcclLibrary().empty() ? ordered_json() : ordered_json(NcclLibrary());
  json["isa"] = InstructionSet::Type_Name(BestInstructionSet());
  json["cores"] = CoresInAffinityMask();
  json["cores_of_machine"] = std::thread::hardware_concurrency();
  json["binding"] = AffinityMask();
  json["devices"] = DescribeDevices();
  return json;
}

std::string BackendLine(const std::string& name, const ordered_json& backend) {
  if (!backend["compiled"].get<bool>()) return fmt::format("{:10} not in this build\n", name);
  if (!backend["present"].get<bool>()) {
    return fmt::format("{:10} not usable here: {}\n", name, backend["why"].get<std::string>());
  }
  std::string text;
  for (const auto& [field, value] : backend.items()) {
    if (value.is_string()) {
      text +=
          fmt::format("{:10} {}: {}\n", text.empty() ? name : "", field, value.get<std::string>());
    }
  }
  return text;
}

std::string Text(const ordered_json& json) {
  std::string text = fmt::format("lockstep   {}\n", json["version"].get<std::string>());
  for (const auto& [name, backend] : json["backends"].items()) text += BackendLine(name, backend);
  text += fmt::format("mpi        {}\n", json["mpi"].get<std::string>());
  text += fmt::format("nccl       {}\n", json["nccl"].is_null() ? "not in this build"
                                                                : json["nccl"].get<std::string>());
  text += fmt::format("isa        {}\n", json["isa"].get<std::string>());
  text += fmt::format("cores      {} ({})\n", json["cores"].get<int>(),
                      json["binding"].get<std::string>());
  return text;
}

}  // namespace

ExitCode RunEnv(const EnvOptions& options, Console& console) {
  const ordered_json json = Describe();
  console.Result(options.json ? JsonText(json) : Text(json));
  return ExitCode::kDone;
}

}  // namespace lockstep
