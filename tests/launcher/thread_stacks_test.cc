#include "launcher/thread_stacks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <semaphore>
#include <string>
#include <thread>

#include "core/checkpoint/unique_file_descriptor.h"

namespace lockstep {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What WriteThreadStacks writes now.
std::string Stacks() {
  const UniqueFileDescriptor file(memfd_create("stacks", MFD_CLOEXEC));
  WriteThreadStacks(file.get());
  std::string text(1 << 20, '\0');
  text.resize(static_cast<std::size_t>(pread(file.get(), text.data(), text.size(), 0)));
  return text;
}

/// A thread that waits until this ends, with its number.
class WaitingThread {
 public:
  enum class Answers { kYes, kNo };

  explicit WaitingThread(Answers answers)
      : thread_([this, answers] {
          sigset_t all;
          sigfillset(&all);
          if (answers == Answers::kNo) pthread_sigmask(SIG_BLOCK, &all, nullptr);
          number_ = static_cast<int>(syscall(SYS_gettid));
          begun_.release();
          end_.acquire();
        }) {
    begun_.acquire();
  }
  ~WaitingThread() {
    end_.release();
    thread_.join();
  }
  WaitingThread(const WaitingThread&) = delete;
  WaitingThread& operator=(const WaitingThread&) = delete;

  std::string name() const { return "thread " + std::to_string(number_) + " ("; }

 private:
  std::binary_semaphore begun_{0};
  std::binary_semaphore end_{0};
  int number_ = 0;
  std::thread thread_;
};

TEST(ThreadStacksTest, ShowTheCallsOfEveryOtherThread) {
  PrepareThreadStacks();
  const WaitingThread first(WaitingThread::Answers::kYes);
  const WaitingThread second(WaitingThread::Answers::kYes);
  const std::string stacks = Stacks();
  for (const WaitingThread* thread : {&first, &second}) {
    const std::size_t place = stacks.find(thread->name());
    ASSERT_NE(place, std::string::npos) << stacks;
    const std::string stack = stacks.substr(place, stacks.find("  thread ", place + 1) - place);
    EXPECT_THAT(stack, HasSubstr("libc.so"));
    EXPECT_THAT(stack, HasSubstr("launcher_tests("));
    EXPECT_THAT(stack, Not(HasSubstr("does not answer")));
  }
}

TEST(ThreadStacksTest, AThreadThatBlocksSignalsIsNamedWithout) {
  const WaitingThread deaf(WaitingThread::Answers::kNo);
  EXPECT_THAT(Stacks(), HasSubstr(deaf.name() + "launcher_tests)\n    does not answer"));
}

}  // namespace
}  // namespace lockstep
