#include "comm/handshake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "comm/communicators.h"
#include "core/errors.h"

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using Contract = std::map<std::string, std::string>;

/// The text that each of `size` ranks gets from its Handshake; "" where it was content.
std::vector<std::string> TextsOfHandshake(int size,
                                          const std::function<Contract(int rank)>& contract_of) {
  std::vector<std::string> texts(static_cast<std::size_t>(size));
  RunAsThreads(size, [&](Communicator& communicator) {
    try {
      Handshake(communicator, contract_of(communicator.rank()));
    } catch (const EnvironmentError& error) {
      texts[static_cast<std::size_t>(communicator.rank())] = error.what();
    }
  });
  return texts;
}

TEST(HandshakeTest, AcceptsRanksThatAreAlike) {
  const auto texts = TextsOfHandshake(3, [](int) {
    return Contract{{"isa", "AVX2"}, {"onednn", "3.2"}};
  });
  EXPECT_THAT(texts, Each(""));
}

TEST(HandshakeTest, AcceptsAnEmptyContract) {
  EXPECT_THAT(TextsOfHandshake(2, [](int) { return Contract{}; }), Each(""));
}

TEST(HandshakeTest, NamesRankFieldAndBothValuesOnEveryRank) {
  const auto texts = TextsOfHandshake(4, [](int rank) {
    return Contract{{"cpu", rank == 3 ? "Xeon" : "EPYC"}, {"isa", rank >= 2 ? "AVX2" : "AVX512"}};
  });
  EXPECT_THAT(texts, Each(AllOf(HasSubstr("rank 2: isa"), HasSubstr("AVX2"), HasSubstr("AVX512"))));
  EXPECT_THAT(texts, Each(texts.front()));
}

TEST(HandshakeTest, AFieldThatOneSideLacksIsADifference) {
  const auto texts = TextsOfHandshake(2, [](int rank) {
    return rank == 0 ? Contract{{"isa", "AVX2"}} : Contract{{"isa", "AVX2"}, {"tune", "ab12"}};
  });
  EXPECT_THAT(texts, Each(AllOf(HasSubstr("rank 1: tune"), HasSubstr("ab12"))));
}

}  // namespace
}  // namespace lockstep
