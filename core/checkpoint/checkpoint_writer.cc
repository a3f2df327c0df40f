#include "core/checkpoint/checkpoint_writer.h"

#include <fmt/format.h>

#include <exception>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "core/agreement.h"
#include "core/checkpoint/checkpoint_layout.h"
#include "core/checkpoint/file_system.h"
#include "core/checkpoint/posix_file.h"
#include "core/checkpoint/tensor_file_writer.h"
#include "core/errors.h"
#include "core/plan/slices.h"

namespace lockstep {
namespace {

std::vector<std::string> NamesOf(const std::vector<MomentSlices>& moments) {
  std::vector<std::string> names;
  for (const MomentSlices& moment : moments) names.push_back(moment.name);
  return names;
}

/// Makes the file with its header and full length; tensors are filled in by all ranks.
void CreateTensorFile(const std::filesystem::path& path, const SafetensorsLayout& layout) {
  PosixFile file(path, PosixFile::Mode::kCreate);
  file.WriteAt(layout.header(), 0);
  file.Resize(layout.file_bytes());
  file.Sync();
  file.Close();
}

void WriteBatchCounters(const std::filesystem::path& path, const Plan& plan, std::int64_t step) {
  PosixFile file(path, PosixFile::Mode::kWrite);
  const SafetensorsLayout layout = ModelLayoutOf(plan);
  for (const std::string& name : BatchCounterNames(plan)) {
    file.WriteAt(std::as_bytes(std::span(&step, 1)), layout.OffsetOf(name));
  }
  file.Sync();
  file.Close();
}

void CreateTextFile(const std::filesystem::path& path, const std::string& text) {
  PosixFile file(path, PosixFile::Mode::kCreate);
  file.WriteAt(text, 0);
  file.Sync();
  file.Close();
}

}  // namespace

CheckpointWriter::CheckpointWriter(CheckpointStore& store, const Plan& plan,
                                   Communicator& communicator, CheckpointWriterOptions options)
    : store_(store), plan_(plan), communicator_(communicator), options_(std::move(options)) {}

void CheckpointWriter::Save(const CheckpointContent& content) {
  CheckSizes(content);
  const std::int64_t step = content.state.step;
  Together(step, [&] { PrepareFiles(content); });
  Together(step, [&] { WriteTensors(content); });
  Together(step, [&] { Commit(content); });
}

void CheckpointWriter::Together(std::int64_t step, const std::function<void()>& part) {
  std::exception_ptr error;
  try {
    part();
  } catch (const Unavailable&) {
    throw;  // a peer is lost: there is nobody left to agree with
  } catch (...) {
    error = std::current_exception();
  }
  try {
    AgreeOnErrors(communicator_, [&] {
      if (error != nullptr) std::rethrow_exception(error);
    });
  } catch (const Unavailable&) {
    throw;
  } catch (...) {
    if (communicator_.rank() == 0) {
      std::error_code ignored;  // the first failure is the one to report
      std::filesystem::remove_all(store_.TemporaryPathOf(step), ignored);
    }
    throw;
  }
}

void CheckpointWriter::CheckSizes(const CheckpointContent& content) const {
  std::size_t expected = 0;
  for (const SlicePiece& piece : SlicesOf(plan_, communicator_.rank())) {
    expected += static_cast<std::size_t>(piece.elements);
  }
  const auto check = [&](const std::string& name, std::size_t got) {
    if (got == expected) return;
    throw std::invalid_argument(
        fmt::format("slices of {}: expected {} elements, got {}", name, expected, got));
  };
  check("master", content.master.size());
  for (const MomentSlices& moment : content.moments) check(moment.name, moment.slices.size());
}

void CheckpointWriter::PrepareFiles(const CheckpointContent& content) {
  if (communicator_.rank() != 0) return;
  const std::int64_t step = content.state.step;
  store_.Prepare(step);
  const std::filesystem::path folder = store_.TemporaryPathOf(step);
  CreateTensorFile(folder / kModelFile, ModelLayoutOf(plan_));
  CreateTensorFile(folder / kOptimizerFile, OptimizerLayoutOf(plan_, NamesOf(content.moments)));
  WriteBatchCounters(folder / kModelFile, plan_, step);
  CreateTextFile(folder / RunState::kFileName, ToJson(content.state));
}

void CheckpointWriter::WriteTensors(const CheckpointContent& content) {
  const std::filesystem::path folder = store_.TemporaryPathOf(content.state.step);
  TensorFileWriter model(folder / kModelFile, ModelLayoutOf(plan_), {plan_, communicator_});
  for (const ParameterPlace& place : plan_.parameters) {
    if (IsSaved(place.kind)) model.Write(place.name, place, content.master);
  }
  TensorFileWriter optimizer(folder / kOptimizerFile,
                             OptimizerLayoutOf(plan_, NamesOf(content.moments)),
                             {plan_, communicator_});
  for (const MomentSlices& moment : content.moments) {
    for (const ParameterPlace& place : plan_.parameters) {
      if (!IsTrained(place.kind)) continue;
      optimizer.Write(MomentNameOf(place, moment.name), place, moment.slices);
    }
  }
  model.Finish();
  optimizer.Finish();
}

void CheckpointWriter::Commit(const CheckpointContent& content) {
  if (communicator_.rank() != 0) return;
  CommitOptions options;
  options.step = content.state.step;
  options.keep = options_.keep;
  if (content.state.best) options.best = content.state.best->step;
  options.before_rename = options_.before_commit;
  store_.Commit(options);
}

}  // namespace lockstep
