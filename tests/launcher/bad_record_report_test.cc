#include "launcher/bad_record_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "comm/communicators.h"
#include "core/errors.h"
#include "tests/core/thrown_message.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// What rank r met, rank by rank.
using Met = std::vector<std::vector<std::string>>;

TEST(BadRecordReportTest, TellsEveryRankWhatAnyRankMet) {
  const Met met = {{"record 3", "record 1"}, {}, {"record 2"}};
  RunAsThreads(3, [&](Communicator& communicator) {
    BadRecordReport report(100);
    const auto rank = static_cast<std::size_t>(communicator.rank());
    EXPECT_THAT(report.Gather(met[rank], communicator),
                ElementsAre("record 3", "record 1", "record 2"));
    EXPECT_THAT(report.Gather({}, communicator), IsEmpty());
  });
}

TEST(BadRecordReportTest, TellsARecordOnceThoughEveryRankMeetsIt) {
  RunAsThreads(2, [&](Communicator& communicator) {
    BadRecordReport report(1);
    EXPECT_THAT(report.Gather({"record 3"}, communicator), ElementsAre("record 3"));
    EXPECT_THAT(report.Gather({"record 3"}, communicator), IsEmpty());
    EXPECT_NO_THROW(report.CheckLimit());
  });
}

TEST(BadRecordReportTest, EndsAllRanksWhereTheyPassTheLimitTogether) {
  const Met met = {{"record 1"}, {"record 2"}};
  RunAsThreads(2, [&](Communicator& communicator) {
    BadRecordReport report(1);
    report.Gather(met[static_cast<std::size_t>(communicator.rank())], communicator);
    EXPECT_THAT(ThrownMessage<DataError>([&] { report.CheckLimit(); }),
                HasSubstr("at most 1 bad records (data.bad_record_limit), got 2"));
  });
}

}  // namespace
}  // namespace lockstep
