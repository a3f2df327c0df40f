// The back end itself: memory, streams, what it refuses, and what its contract names.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <thread>

#include "core/errors.h"
#include "onednn_ops/cpu_features.h"
#include "onednn_ops/onednn_backend.h"
#include "tests/onednn_ops/op_cases.h"
#include "tests/onednn_ops/op_under_test.h"
#include "tests/onednn_ops/test_backend.h"

// Read by AddressSanitizer where the build has it: an impossible size must reach our own check.
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }

namespace lockstep {
namespace {

using testing::HasSubstr;

// The message of the E that `call` throws, or why there is none.
template <typename E>
std::string MessageOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(CpuBackendTest, GivesZeroedAlignedMemoryOfAnySize) {
  const auto backend = NewTestBackend(1);
  for (const std::size_t bytes : {1U, 64U, 1000U, 5U << 20}) {
    const Buffer buffer = backend->Allocate(bytes);
    const auto* data = static_cast<const unsigned char*>(buffer.data());
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(data) % 64, 0U);
    EXPECT_TRUE(std::all_of(data, data + bytes, [](unsigned char byte) { return byte == 0; }));
    EXPECT_EQ(buffer.bytes(), bytes);
  }
}

TEST(CpuBackendTest, TellsWhereThereIsNotEnoughMemory) {
  const auto backend = NewTestBackend(1);
  for (const std::size_t bytes : {SIZE_MAX, SIZE_MAX / 4}) {
    EXPECT_THROW(backend->Allocate(bytes), Unavailable);
  }
}

TEST(CpuBackendTest, CopiesAtOnceAndRefusesAnotherSize) {
  const auto backend = NewTestBackend(1);
  const auto stream = backend->NewStream(Priority::kNormal);
  std::vector<float> from = {1, 2, 3};
  std::vector<float> to(3);
  const Tensor source(from.data(), Shape{3}, DataType::kF32);
  stream->Copy(Tensor(to.data(), Shape{3}, DataType::kF32), source);
  EXPECT_EQ(to, from);
  EXPECT_THROW(stream->Copy(Tensor(to.data(), Shape{2}, DataType::kF32), source), std::logic_error);
}

TEST(CpuBackendTest, NamesInItsContractWhatTheBitsDependOn) {
  const auto contract = NewTestBackend(1)->Contract();
  for (const char* field : {"onednn", "cpu", "caches", "isa", "threads", "libc", "build"}) {
    ASSERT_TRUE(contract.contains(field)) << field;
    EXPECT_FALSE(contract.at(field).empty()) << field;
  }
  EXPECT_EQ(contract.at("threads"), "1");
  EXPECT_EQ(contract.at("isa"), InstructionSet::Type_Name(BestInstructionSet()));
  EXPECT_THAT(contract.at("onednn"), testing::StartsWith("3."));
}

TEST(CpuBackendTest, RefusesMoreThreadsThanTheAffinityMaskHasCores) {
  CpuOptions options;
  options.threads = CoresInAffinityMask() + 1;
  EXPECT_THAT(MessageOf<EnvironmentError>([&] { MakeOnednnBackend(options); }),
              HasSubstr("--bind-to none"));
  options.threads = 0;
  EXPECT_THROW(MakeOnednnBackend(options), EnvironmentError);
}

TEST(CpuBackendTest, RefusesATypeItDoesNotComputeIn) {
  const NodeSpec node = SpecOf(OpCases().front(), DataType::kF16);
  const std::string message = MessageOf<Unsupported>([&] { NewTestBackend(1)->MakeOp(node); });
  EXPECT_THAT(message, HasSubstr(node.def.name()));
  EXPECT_THAT(message, HasSubstr("onednn"));
  EXPECT_THAT(message, HasSubstr("set precision to F32 or BF16"));
}

TEST(CpuBackendTest, HasNoOpForViews) {
  const auto backend = NewTestBackend(1);
  EXPECT_THROW(backend->MakeOp(SpecOf({"Flatten", "flatten {}", {Shape{2, 3, 3, 1}}})),
               std::logic_error);
  EXPECT_THROW(backend->MakeOp(SpecOf({"Dropout", "dropout { rate: 0 }", {Shape{2, 3}}})),
               std::logic_error);
}

// An op whose bits depend on the size of the team: the sums of its weight gradient are split over
// it.
Values WeightGradient(Backend& backend) {
  const NodeSpec node = SpecOf(
      {"Convolution", "conv2d { channels: 16 kernel: 3 padding: 1 }", {Shape{8, 24, 24, 16}}});
  OpUnderTest op(backend, node);
  op.Fill(InputsFor(node));
  op.Forward();
  op.Backward(RandomValues(node.schema.output.elements(), 99));
  return op.d_parameter(0);
}

TEST(CpuBackendTest, ComputesTheSameBitsOnWhicheverHostThreadCalls) {
  const auto one = NewTestBackend(1);
  const auto two = NewTestBackend(2);
  const Values with_one = WeightGradient(*one);
  const Values with_two = WeightGradient(*two);
  for (int repeat = 0; repeat < 3; ++repeat) {
    Values elsewhere_one;
    Values elsewhere_two;
    std::thread thread([&] {
      elsewhere_two = WeightGradient(*two);
      elsewhere_one = WeightGradient(*one);
    });
    EXPECT_EQ(WeightGradient(*two),
              with_two);  // beside the other thread, each with a team of its own
    thread.join();
    EXPECT_EQ(elsewhere_one, with_one);
    EXPECT_EQ(elsewhere_two, with_two);
  }
}

class InstructionSetTest : public testing::Test {
 protected:
  // oneDNN takes an instruction set once a process: the checks run in processes of their own.
  InstructionSetTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  // Ends the process with 0 where a back end restricted to `isa` names no implementation of
  // `excess`.
  static void ExitAfterCheck(InstructionSet::Type isa, const std::string& excess) {
    CpuOptions options;
    options.isa = isa;
    const auto first = MakeOnednnBackend(options);
    const auto second = MakeOnednnBackend(options);
    const std::string implementation = second->MakeOp(SpecOf(OpCases().front()))->implementation();
    const auto third = MakeOnednnBackend(options);  // the library has settled by now
    const bool within = implementation.find(excess) == std::string::npos;
    std::exit(within && third->Contract().at("isa") == InstructionSet::Type_Name(isa) ? 0 : 1);
  }

  // Ends the process with 0 where AVX2 is refused for a convolution in bfloat16.
  static void ExitAfterRefusalOfBfloat16() {
    CpuOptions options;
    options.isa = InstructionSet::AVX2;
    options.bf16_products = Bf16Products::kInBf16;
    const auto backend = MakeOnednnBackend(options);
    const NodeSpec node = SpecOf(OpCases().front(), DataType::kBF16);
    const std::string message = MessageOf<Unsupported>([&] { backend->MakeOp(node); });
    const bool tells = message.find("set precision to F32") != std::string::npos;
    std::exit(tells && message.find(node.def.name()) != std::string::npos ? 0 : 1);
  }

  // Ends the process with 0 where bfloat16 is multiplied in float32 on `isa`, or not, as expected.
  static void ExitAfterProducts(InstructionSet::Type isa, bool expected) {
    CpuOptions options;
    options.isa = isa;
    const NodeSpec node = SpecOf(OpCases().front(), DataType::kBF16);
    const std::string implementation = MakeOnednnBackend(options)->MakeOp(node)->implementation();
    std::exit((implementation.find("float32") == 0) == expected ? 0 : 1);
  }

  // Ends the process with 0 where a second instruction set is refused.
  static void ExitAfterConflict() {
    CpuOptions options;
    options.isa = InstructionSet::SSE41;
    MakeOnednnBackend(options)->MakeOp(SpecOf(OpCases().front()));
    options.isa = InstructionSet::AVX2;
    const std::string message = MessageOf<EnvironmentError>([&] { MakeOnednnBackend(options); });
    std::exit(message.find("isa") != std::string::npos ? 0 : 1);
  }
};

TEST_F(InstructionSetTest, RestrictsTheLibrary) {
  EXPECT_EXIT(ExitAfterCheck(InstructionSet::SSE41, "avx"), testing::ExitedWithCode(0), "");
  if (!CpuHas(InstructionSet::AVX2)) {
    GTEST_SKIP() << "this CPU has no AVX2";
  }
  EXPECT_EXIT(ExitAfterCheck(InstructionSet::AVX2, "avx512"), testing::ExitedWithCode(0), "");
}

TEST_F(InstructionSetTest, RefusesASecondOneInAProcess) {
  if (!CpuHas(InstructionSet::AVX2)) {
    GTEST_SKIP() << "this CPU has no AVX2";
  }
  EXPECT_EXIT(ExitAfterConflict(), testing::ExitedWithCode(0), "");
}

TEST_F(InstructionSetTest, TellsWhatToSetWhereItHasNoConvolutionInBfloat16) {
  if (!CpuHas(InstructionSet::AVX2)) {
    GTEST_SKIP() << "this CPU has no AVX2";
  }
  EXPECT_EXIT(ExitAfterRefusalOfBfloat16(), testing::ExitedWithCode(0), "");
}

TEST_F(InstructionSetTest, MultipliesBfloat16WhereThatIsFastest) {
  for (const auto& [isa, in_float32] :
       {std::pair(InstructionSet::AVX2, true), std::pair(InstructionSet::AVX512_BF16, false),
        std::pair(InstructionSet::AVX512_FP16, true)}) {
    if (!CpuHas(isa)) continue;
    EXPECT_EXIT(ExitAfterProducts(isa, in_float32), testing::ExitedWithCode(0), "")
        << InstructionSet::Type_Name(isa);
  }
}

TEST_F(InstructionSetTest, RefusesOneThatTheCpuLacks) {
  if (CpuHas(InstructionSet::AVX512_AMX)) {
    GTEST_SKIP() << "this CPU has all of them";
  }
  CpuOptions options;
  options.isa = InstructionSet::AVX512_AMX;
  EXPECT_THAT(MessageOf<EnvironmentError>([&] { MakeOnednnBackend(options); }),
              HasSubstr("AVX512_AMX"));
}

TEST_F(InstructionSetTest, IsNeverLeftAtBest) {
  EXPECT_NE(BestInstructionSet(), InstructionSet::BEST);
  EXPECT_TRUE(CpuHas(BestInstructionSet()));
}

}  // namespace
}  // namespace lockstep
