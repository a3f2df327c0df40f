#include "core/config/apply_override.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/errors.h"
#include "tests/core/config/config_text.h"
#include "tests/core/thrown_message.h"

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Config With(const std::string& change) {
  Config config = ValidConfig();
  ApplyOverride(change, config);
  return config;
}

std::string ErrorOf(const std::string& change) {
  return ThrownMessage<ConfigError>([&] { With(change); });
}

TEST(ApplyOverrideTest, SetsEachKindOfValue) {
  EXPECT_EQ(With("batch=256").batch(), 256);
  EXPECT_EQ(With("seed=18446744073709551615").seed(), 18446744073709551615U);
  EXPECT_DOUBLE_EQ(With("optimizer.learning_rate=1e-3").optimizer().learning_rate(), 1e-3);
  EXPECT_FLOAT_EQ(With("loss.label_smoothing=0.1").loss().label_smoothing(), 0.1F);
  EXPECT_TRUE(With("optimizer.nesterov=true").optimizer().nesterov());
  EXPECT_FALSE(With("data.shuffle=false").data().shuffle());
  EXPECT_EQ(With("schedule.type=COSINE").schedule().type(), ScheduleConfig::COSINE);
  EXPECT_EQ(With("data.path=/a b/c=d").data().path(), "/a b/c=d");
  EXPECT_EQ(With("data.path=").data().path(), "");
}

TEST(ApplyOverrideTest, ReplacesAWholeList) {
  Config config = With("data.mean=[0.25, 0.5]");
  EXPECT_THAT(config.data().mean(), ElementsAre(0.25F, 0.5F));
  ApplyOverride("data.mean=[0.75]", config);
  EXPECT_THAT(config.data().mean(), ElementsAre(0.75F));
  ApplyOverride("data.mean=[]", config);
  EXPECT_TRUE(config.data().mean().empty());
}

TEST(ApplyOverrideTest, AMemberOfAOneofReplacesTheOthers) {
  ASSERT_TRUE(ValidConfig().has_epochs());
  const Config config = With("steps=10");
  EXPECT_EQ(config.steps(), 10);
  EXPECT_FALSE(config.has_epochs());
}

TEST(ApplyOverrideTest, LeavesEverythingElseAsItWas) {
  Config config = With("batch=128");
  config.set_batch(64);
  EXPECT_EQ(config.SerializeAsString(), ValidConfig().SerializeAsString());
}

TEST(ApplyOverrideTest, LeavesTheConfigAloneWhereItThrows) {
  Config config = ValidConfig();
  EXPECT_THROW(ApplyOverride("data.std=[0.5,zero]", config), ConfigError);
  EXPECT_THROW(ApplyOverride("loss.smooth=1", config), ConfigError);
  EXPECT_EQ(config.SerializeAsString(), ValidConfig().SerializeAsString());
}

TEST(ApplyOverrideTest, NamesTheNearestKey) {
  EXPECT_THAT(ErrorOf("optimizer.lerning_rate=0.1"),
              AllOf(HasSubstr("--set optimizer.lerning_rate=0.1"),
                    HasSubstr("did you mean 'optimizer.learning_rate'?")));
  EXPECT_THAT(ErrorOf("optimiser.learning_rate=0.1"), HasSubstr("did you mean 'optimizer'?"));
}

TEST(ApplyOverrideTest, NamesTheNearestValue) {
  EXPECT_THAT(ErrorOf("schedule.type=COSIN"), AllOf(HasSubstr("one of CONSTANT, STEP, COSINE"),
                                                    HasSubstr("did you mean 'COSINE'?")));
}

TEST(ApplyOverrideTest, RefusesWhatIsNotTheValueOfAKey) {
  for (const char* change : {
           "batch",
           "=3",
           "",
           "batch=",
           "batch=1.5",
           "batch=64x",
           "batch= 64",
           "batch=0x10",
           "batch=1e2",
           "batch=2147483648",
           "seed=-1",
           "seed=18446744073709551616",
           "optimizer.learning_rate=nan",
           "optimizer.learning_rate=inf",
           "optimizer.learning_rate=-inf",
           "optimizer.learning_rate=1e999",
           "loss.label_smoothing=1e39",
           "optimizer.learning_rate=0.1.2",
           "optimizer.learning_rate=",
           "optimizer.learning_rate=0,1",
           "optimizer.nesterov=1",
           "optimizer.nesterov=True",
           "optimizer.nesterov=yes",
           "schedule.type=2",
           "schedule.type=cosine",
           "data.mean=0.5",
           "data.mean=[0.5",
           "data.mean=[0.5,]",
           "data.mean=[a]",
           "data.mean=[nan]",
           "data=x",
           "model.graph=x",
           "model.graph.node=x",
           "model.graph.node.name=x",
           "batch.size=1",
           "optimizer..momentum=1",
           ".batch=1",
           "batch.=1",
           "Batch=1",
       }) {
    EXPECT_THAT(ErrorOf(change), HasSubstr("--set ")) << change;
  }
}

}  // namespace
}  // namespace lockstep
