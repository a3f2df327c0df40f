#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "comm/communicators.h"
#include "core/errors.h"
#include "tests/comm/communicator_checks.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

Message FloatFrom(int peer, float& value) {
  return {peer, Tensor(&value, Shape{1}, DataType::kF32)};
}

void ReceiveOneFrom(Communicator& communicator, int peer) {
  float value = 0;
  const Message receive = FloatFrom(peer, value);
  communicator.Exchange({}, {&receive, 1});
}

TEST(SelfCommunicatorTest, DoesAllThatACommunicatorDoes) {
  CheckCommunicator(*MakeSelfCommunicator());
}

TEST(SelfCommunicatorTest, HasNoPeers) {
  const auto self = MakeSelfCommunicator();
  EXPECT_THROW(ReceiveOneFrom(*self, 0), std::logic_error);
}

TEST(ThreadCommunicatorTest, DoesAllThatACommunicatorDoes) {
  for (int size : {1, 2, 3, 4, 8}) {
    EXPECT_NO_THROW(RunAsThreads(size, CheckCommunicator)) << size << " ranks";
  }
}

TEST(ThreadCommunicatorTest, ARankThatThrowsWakesTheOthers) {
  std::atomic<int> woken = 0;
  const auto run = [&] {
    RunAsThreads(4, [&](Communicator& communicator) {
      if (communicator.rank() == 2) throw DataError("record 7 is broken");
      try {
        ReceiveOneFrom(communicator, (communicator.rank() + 1) % 4);
      } catch (const Unavailable&) {
        ++woken;
        throw;
      }
    });
  };
  EXPECT_THAT(run, ThrowsMessage<DataError>(HasSubstr("record 7 is broken")));
  EXPECT_EQ(woken, 3);
}

TEST(ThreadCommunicatorTest, ARankThatEndsWakesWhoWaitsForIt) {
  const auto run = [] {
    RunAsThreads(2, [](Communicator& communicator) {
      if (communicator.rank() == 0) ReceiveOneFrom(communicator, 1);
    });
  };
  EXPECT_THAT(run, ThrowsMessage<Unavailable>(HasSubstr("rank 1 has ended")));
}

TEST(ThreadCommunicatorTest, MessagesOfOtherLengthsAreABug) {
  const auto run = [] {
    RunAsThreads(2, [](Communicator& communicator) {
      std::vector<float> values(3);
      const Message message{1 - communicator.rank(),
                            Tensor(values.data(), Shape{communicator.rank() + 1}, DataType::kF32)};
      communicator.Exchange({&message, 1}, {&message, 1});
    });
  };
  EXPECT_THROW(run(), std::logic_error);
}

TEST(ThreadCommunicatorTest, InterruptWakesTheCallInProgress) {
  RunAsThreads(2, [](Communicator& communicator) {
    if (communicator.rank() == 1) return;
    std::thread other([&] { communicator.Interrupt(); });
    EXPECT_THROW(ReceiveOneFrom(communicator, 1), Unavailable);
    other.join();
  });
}

TEST(ThreadCommunicatorTest, AbortEndsAllRanks) {
  std::atomic<int> woken = 0;
  RunAsThreads(3, [&](Communicator& communicator) {
    if (communicator.rank() == 0) {
      communicator.Abort("out of paper", 1);
      return;
    }
    EXPECT_THAT([&] { ReceiveOneFrom(communicator, 0); },
                ThrowsMessage<Unavailable>(HasSubstr("rank 0")));
    ++woken;
  });
  EXPECT_EQ(woken, 2);
}

}  // namespace
}  // namespace lockstep
