// Ranks as MPI processes. All transfers are non-blocking calls that are polled, for two reasons:
// Open MPI's blocking calls keep a core busy that the compute thread may need, and a poll can be
// interrupted.

#include <fmt/format.h>
#include <mpi.h>

#include <atomic>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <thread>
#include <vector>

#include "comm/communicators.h"
#include "comm/message_pieces.h"
#include "core/errors.h"

namespace lockstep {
namespace {

constexpr std::int64_t kPieceBytes = std::int64_t{1} << 30;
constexpr int kTag = 1;
/// EX_SOFTWARE of sysexits.h: an exception passed through the communicator's owner.
constexpr int kUnwoundExitCode = 70;

/// Polls before the first sleep: about the time of a short exchange between cores of one machine.
constexpr int kBusyPolls = 400;
constexpr std::chrono::microseconds kPollInterval(20);

std::string TextOf(int code) {
  char text[MPI_MAX_ERROR_STRING] = {};
  int length = 0;
  MPI_Error_string(code, text, &length);
  return text;
}

/// Errors that a peer or the network causes, as opposed to a wrong call.
bool IsLostPeer(int code) {
  int error_class = MPI_ERR_UNKNOWN;
  MPI_Error_class(code, &error_class);
  return error_class == MPI_ERR_OTHER || error_class == MPI_ERR_INTERN ||
         error_class == MPI_ERR_UNKNOWN || error_class == MPI_ERR_IN_STATUS ||
         error_class > MPI_ERR_LASTCODE;
}

/// Throws Unavailable or VendorError unless `code` is success. File and line are those of the
/// caller.
void Check(int code, const char* call, const char* file = __builtin_FILE(),
           int line = __builtin_LINE()) {
  if (code == MPI_SUCCESS) return;
  const std::string text =
      fmt::format("MPI: {} failed: {} ({}:{})", call, TextOf(code), file, line);
  if (IsLostPeer(code)) {
    throw Unavailable(text +
                      "; a peer has ended or the network is down: see the other ranks' logs");
  }
  throw VendorError(text);
}

MPI_Datatype MpiTypeOf(DataType type) {
  switch (type) {
    case DataType::kF32:
      return MPI_FLOAT;
    case DataType::kF64:
      return MPI_DOUBLE;
    case DataType::kI32:
      return MPI_INT32_T;
    case DataType::kI64:
      return MPI_INT64_T;
    case DataType::kU8:
      return MPI_UINT8_T;
    case DataType::kBF16:
    case DataType::kF16:
      break;
  }
  throw Unsupported("MPI has no arithmetic on 16-bit floats; use reduction: EXACT");
}

class MpiCommunicator : public Communicator {
 public:
  /// Takes over `world`, a duplicate of MPI_COMM_WORLD.
  explicit MpiCommunicator(MPI_Comm world);
  ~MpiCommunicator() override;
  MpiCommunicator(const MpiCommunicator&) = delete;
  MpiCommunicator& operator=(const MpiCommunicator&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  int local_rank() const override { return local_rank_; }
  void Exchange(std::span<const Message> sends, std::span<const Message> receives) override;
  void ReduceScatter(Tensor buffer) override;
  void AllGather(Tensor buffer) override;
  void Broadcast(Tensor buffer, int root) override;
  void Interrupt() noexcept override { interrupted_ = true; }
  void Abort(std::string_view, int exit_code) noexcept override { MPI_Abort(world_, exit_code); }
  std::string_view name() const override { return "mpi"; }

 private:
  MPI_Request& NewRequest() { return requests_.emplace_back(MPI_REQUEST_NULL); }
  /// Returns when all requests are done.
  void Finish(const char* call);

  MPI_Comm world_;
  int rank_ = 0;
  int size_ = 1;
  int local_rank_ = 0;
  int exceptions_at_start_ = std::uncaught_exceptions();
  std::atomic<bool> interrupted_ = false;
  std::vector<MPI_Request> requests_;  ///< kept, so that its memory is reused
};

MpiCommunicator::MpiCommunicator(MPI_Comm world) : world_(world) {
  Check(MPI_Comm_rank(world_, &rank_), "MPI_Comm_rank");
  Check(MPI_Comm_size(world_, &size_), "MPI_Comm_size");
  MPI_Comm machine = MPI_COMM_NULL;
  Check(MPI_Comm_split_type(world_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &machine),
        "MPI_Comm_split_type");
  Check(MPI_Comm_rank(machine, &local_rank_), "MPI_Comm_rank");
  Check(MPI_Comm_free(&machine), "MPI_Comm_free");
}

MpiCommunicator::~MpiCommunicator() {
  if (std::uncaught_exceptions() > exceptions_at_start_) MPI_Abort(world_, kUnwoundExitCode);
  MPI_Comm_free(&world_);
  MPI_Finalize();
}

void MpiCommunicator::Exchange(std::span<const Message> sends, std::span<const Message> receives) {
  for (const Message& receive : receives) {
    ForEachPiece(receive.data, kPieceBytes, [&](const Tensor& piece) {
      Check(MPI_Irecv(piece.data(), static_cast<int>(piece.elements()), MPI_BYTE, receive.peer,
                      kTag, world_, &NewRequest()),
            "MPI_Irecv");
    });
  }
  for (const Message& send : sends) {
    ForEachPiece(send.data, kPieceBytes, [&](const Tensor& piece) {
      Check(MPI_Isend(piece.data(), static_cast<int>(piece.elements()), MPI_BYTE, send.peer, kTag,
                      world_, &NewRequest()),
            "MPI_Isend");
    });
  }
  Finish("exchange of messages");
}

void MpiCommunicator::ReduceScatter(Tensor buffer) {
  const std::int64_t part = buffer.elements() / size_;
  if (part > INT_MAX) throw Unsupported("MPI sums at most 2^31-1 elements a rank; smaller buckets");
  Check(MPI_Ireduce_scatter_block(MPI_IN_PLACE, buffer.data(), static_cast<int>(part),
                                  MpiTypeOf(buffer.type()), MPI_SUM, world_, &NewRequest()),
        "MPI_Ireduce_scatter_block");
  Finish("MPI_Ireduce_scatter_block");
  // In place, MPI leaves the result at the start of the buffer.
  const Tensor result = buffer.Range(0, part);
  std::memmove(buffer.Range(rank_ * part, part).data(), result.data(), result.bytes());
}

void MpiCommunicator::AllGather(Tensor buffer) {
  const std::int64_t part = buffer.elements() / size_;
  const std::int64_t part_bytes = part * static_cast<std::int64_t>(SizeOf(buffer.type()));
  if (part_bytes > kPieceBytes) {
    for (int root = 0; root < size_; ++root) Broadcast(buffer.Range(root * part, part), root);
    return;
  }
  Check(MPI_Iallgather(MPI_IN_PLACE, 0, MPI_BYTE, buffer.data(), static_cast<int>(part_bytes),
                       MPI_BYTE, world_, &NewRequest()),
        "MPI_Iallgather");
  Finish("MPI_Iallgather");
}

void MpiCommunicator::Broadcast(Tensor buffer, int root) {
  ForEachPiece(buffer, kPieceBytes, [&](const Tensor& piece) {
    Check(MPI_Ibcast(piece.data(), static_cast<int>(piece.elements()), MPI_BYTE, root, world_,
                     &NewRequest()),
          "MPI_Ibcast");
  });
  Finish("MPI_Ibcast");
}

void MpiCommunicator::Finish(const char* call) {
  int done = 0;
  for (int poll = 0; done == 0; ++poll) {
    if (interrupted_) throw Unavailable("communication was interrupted by this rank");
    Check(MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &done,
                      MPI_STATUSES_IGNORE),
          call);
    if (done != 0) break;
    if (poll < kBusyPolls) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(kPollInterval);
    }
  }
  requests_.clear();
}

/// Slurm started several tasks, but this MPI sees one: each would train alone.
void ThrowIfAlone(MPI_Comm world) {
  int size = 1;
  Check(MPI_Comm_size(world, &size), "MPI_Comm_size");
  const char* tasks = std::getenv("SLURM_STEP_NUM_TASKS");
  if (size > 1 || tasks == nullptr || std::atoi(tasks) <= 1) return;
  if (std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr) return;
  throw EnvironmentError(fmt::format(
      "MPI: expected {} ranks (SLURM_STEP_NUM_TASKS), got 1: this MPI does not speak the process "
      "management interface of the step; start with `srun --mpi=pmix` or `mpirun`",
      tasks));
}

}  // namespace

std::unique_ptr<Communicator> MakeMpiCommunicator() {
  int initialized = 0;
  MPI_Initialized(&initialized);
  if (initialized != 0) throw std::logic_error("a process has at most one MPI communicator");
  int provided = MPI_THREAD_SINGLE;
  Check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided), "MPI_Init_thread");
  if (provided < MPI_THREAD_SERIALIZED) {
    throw EnvironmentError(
        "MPI: expected thread support MPI_THREAD_SERIALIZED or better, which communication during "
        "the backward pass needs; use an MPI built with threads");
  }
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  ThrowIfAlone(MPI_COMM_WORLD);
  MPI_Comm world = MPI_COMM_NULL;
  Check(MPI_Comm_dup(MPI_COMM_WORLD, &world), "MPI_Comm_dup");
  return std::make_unique<MpiCommunicator>(world);
}

}  // namespace lockstep
