#include "core/agreement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <exception>
#include <filesystem>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <vector>

#include "comm/communicators.h"
#include "core/checkpoint/system_call_error.h"
#include "core/errors.h"

namespace lockstep {
namespace {

using ::testing::StartsWith;

/// What rank 0 of two throws where rank 1 fails by `fail`.
std::exception_ptr ErrorOfPeer(const std::function<void()>& fail) {
  std::exception_ptr error;
  RunAsThreads(2, [&](Communicator& communicator) {
    try {
      AgreeOnErrors(communicator, [&] {
        if (communicator.rank() == 1) fail();
      });
    } catch (...) {
      if (communicator.rank() == 0) error = std::current_exception();
    }
  });
  return error;
}

template <typename E>
void ExpectKeepsClass() {
  const std::exception_ptr error = ErrorOfPeer([] { throw E("two\nlines 7"); });
  ASSERT_NE(error, nullptr);
  try {
    std::rethrow_exception(error);
  } catch (const E& kept) {
    EXPECT_EQ(typeid(kept), typeid(E));
    EXPECT_STREQ(kept.what(), "rank 1: two\nlines 7");
  }
}

int ErrorNumberOfPeer(const std::function<void()>& fail) {
  try {
    std::rethrow_exception(ErrorOfPeer(fail));
  } catch (const SystemCallError& error) {
    EXPECT_THAT(error.what(), StartsWith("rank 1: "));
    return error.error_number();
  }
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

TEST(AgreementTest, EveryClassOfErrorIsKept) {
  ExpectKeepsClass<ConfigError>();
  ExpectKeepsClass<DataError>();
  ExpectKeepsClass<InputMissing>();
  ExpectKeepsClass<Unavailable>();
  ExpectKeepsClass<OutputError>();
  ExpectKeepsClass<IoError>();
  ExpectKeepsClass<Diverged>();
  ExpectKeepsClass<EnvironmentError>();
  ExpectKeepsClass<ReplicasDiffer>();
  ExpectKeepsClass<VendorError>();
  ExpectKeepsClass<Unsupported>();
  ExpectKeepsClass<Error>();
}

TEST(AgreementTest, TheErrorNumberOfASystemCallIsKept) {
  EXPECT_EQ(ErrorNumberOfPeer([] { throw SystemCallError("open", EACCES); }), EACCES);
  EXPECT_EQ(ErrorNumberOfPeer([] { std::filesystem::rename("/no/such/a", "/no/such/b"); }), ENOENT);
}

TEST(AgreementTest, WantOfMemoryIsAnErrorOfTheEnvironment) {
  EXPECT_THROW(std::rethrow_exception(ErrorOfPeer([] { throw std::bad_alloc(); })),
               EnvironmentError);
}

TEST(AgreementTest, ABugIsNoErrorOfOurs) {
  const std::exception_ptr error = ErrorOfPeer([] { throw std::length_error("too long"); });
  try {
    std::rethrow_exception(error);
  } catch (const Error&) {
    FAIL() << "exit codes would tell a bug as a failed run";
  } catch (const std::runtime_error& bug) {
    EXPECT_STREQ(bug.what(), "rank 1: too long");
  }
  EXPECT_THROW(std::rethrow_exception(ErrorOfPeer([] { throw 1; })), std::runtime_error);
}

TEST(AgreementTest, TheRankThatFailedThrowsItsOwnException) {
  RunAsThreads(2, [](Communicator& communicator) {
    if (communicator.rank() == 1) {
      EXPECT_THROW(AgreeOnErrors(communicator, [] { throw std::length_error("too long"); }),
                   std::length_error);
    } else {
      EXPECT_THROW(AgreeOnErrors(communicator, [] {}), std::runtime_error);
    }
  });
}

TEST(AgreementTest, ALoneRanksExceptionPassesUnchanged) {
  const auto self = MakeSelfCommunicator();
  EXPECT_THROW(AgreeOnErrors(*self, [] { throw std::length_error("too long"); }),
               std::length_error);
  EXPECT_THROW(AgreeOnErrors(*self, [] { throw 1; }), int);
}

}  // namespace
}  // namespace lockstep
