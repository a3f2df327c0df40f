#include "core/data/bad_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/errors.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(BadRecordsTest, ThrowsTheReasonWhereThePolicyIsToFail) {
  BadRecords records({DataConfig::FAIL, 100});
  EXPECT_THROW(records.Add(3, "record 3 is cut"), DataError);
}

TEST(BadRecordsTest, ListsEachRecordOnce) {
  BadRecords records({DataConfig::SKIP, 2});
  records.Add(3, "three");
  records.Add(3, "three again");
  records.Add(5, "five");
  EXPECT_THAT(records.TakeReasons(), ElementsAre("three", "five"));
  EXPECT_THAT(records.TakeReasons(), IsEmpty());
  EXPECT_THROW(records.Add(7, "seven"), DataError);
}

}  // namespace
}  // namespace lockstep
