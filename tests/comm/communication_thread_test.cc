#include "comm/communication_thread.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "comm/communicators.h"
#include "core/errors.h"

namespace lockstep {
namespace {

TEST(CommunicationThreadTest, RunsJobsInTheOrderOfPost) {
  const auto self = MakeSelfCommunicator();
  CommunicationThread thread(*self);
  std::vector<int> ran;
  std::vector<CommunicationThread::Job> jobs;
  for (int i = 0; i < 5000; ++i) jobs.emplace_back([&ran, i] { ran.push_back(i); });
  for (const auto& job : jobs) thread.Post(job);
  thread.Wait();
  ASSERT_EQ(ran.size(), jobs.size());
  for (int i = 0; i < 5000; ++i) EXPECT_EQ(ran[static_cast<std::size_t>(i)], i);
}

TEST(CommunicationThreadTest, RunsJobsOnAThreadOfItsOwn) {
  const auto self = MakeSelfCommunicator();
  CommunicationThread thread(*self);
  std::thread::id ran_on;
  thread.Run([&] { ran_on = std::this_thread::get_id(); });
  EXPECT_NE(ran_on, std::thread::id());
  EXPECT_NE(ran_on, std::this_thread::get_id());
}

TEST(CommunicationThreadTest, RethrowsOnWaitAndPassesOverWhatWasBehind) {
  const auto self = MakeSelfCommunicator();
  CommunicationThread thread(*self);
  bool ran = false;
  const CommunicationThread::Job failing = [] { throw DataError("no"); };
  const CommunicationThread::Job behind = [&] { ran = true; };
  const CommunicationThread::Job gate = [] {};
  thread.Post(gate);
  thread.Post(failing);
  thread.Post(behind);
  EXPECT_THROW(thread.Wait(), DataError);
  EXPECT_FALSE(ran);
  thread.Run(behind);
  EXPECT_TRUE(ran);
}

TEST(CommunicationThreadTest, ARankThatFailsDoesNotWaitForItsPeers) {
  const auto run = [] {
    RunAsThreads(2, [](Communicator& communicator) {
      float value = 0;
      const Message receive{1 - communicator.rank(), Tensor(&value, Shape{1}, DataType::kF32)};
      const CommunicationThread::Job waiting = [&] { communicator.Exchange({}, {&receive, 1}); };
      CommunicationThread thread(communicator);
      thread.Post(waiting);
      if (communicator.rank() == 0) throw DataError("failed while an exchange waits");
      thread.Wait();
    });
  };
  EXPECT_THROW(run(), DataError);
}

}  // namespace
}  // namespace lockstep
