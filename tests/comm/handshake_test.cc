#include "comm/handshake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "comm/agreement.h"
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

TEST(AgreementTest, AllRanksGoOnWhereNoneFailed) {
  EXPECT_NO_THROW(
      RunAsThreads(3, [](Communicator& communicator) { AgreeOnErrors(communicator, [] {}); }));
}

TEST(AgreementTest, AllRanksThrowTheErrorOfTheLowestThatFailed) {
  std::vector<std::string> texts(4);
  RunAsThreads(4, [&](Communicator& communicator) {
    try {
      AgreeOnErrors(communicator, [&] {
        if (communicator.rank() == 2) throw IoError("disk full");
        if (communicator.rank() == 3) throw DataError("bad record");
      });
    } catch (const IoError& error) {
      texts[static_cast<std::size_t>(communicator.rank())] = error.what();
    }
  });
  EXPECT_EQ(texts[2], "disk full");
  for (std::size_t rank : {0U, 1U, 3U}) EXPECT_EQ(texts[rank], "rank 2: disk full");
}

TEST(AgreementTest, TheRankThatFailedThrowsItsOwnExceptionAndOthersAnError) {
  RunAsThreads(2, [&](Communicator& communicator) {
    const auto fail = [] { throw std::length_error("too long"); };
    if (communicator.rank() == 0) {
      EXPECT_THROW(AgreeOnErrors(communicator, fail), std::length_error);
    } else {
      EXPECT_THROW(AgreeOnErrors(communicator, fail), Error);
    }
  });
}

}  // namespace
}  // namespace lockstep
