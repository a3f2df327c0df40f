#include "core/config/validate_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/config/apply_override.h"
#include "core/errors.h"
#include "tests/core/config/config_text.h"
#include "tests/core/thrown_message.h"

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Config With(const std::vector<std::string>& changes) {
  Config config = ValidConfig();
  for (const std::string& change : changes) ApplyOverride(change, config);
  return config;
}

std::string ErrorOf(const Config& config) {
  return ThrownMessage<ConfigError>([&] { ValidateConfig(config); });
}

TEST(ValidateConfigTest, AcceptsAValidConfig) {
  EXPECT_NO_THROW(ValidateConfig(ValidConfig()));
  EXPECT_TRUE(Warnings(ValidConfig()).empty());
}

TEST(ValidateConfigTest, AcceptsTheEndsOfRanges) {
  for (const char* change :
       {"optimizer.learning_rate=0", "optimizer.momentum=0", "shards=1", "shards=64", "steps=1",
        "samples=1", "epochs=0.01", "log_every=1", "checkpoint.keep=0", "evaluation.every_epochs=0",
        "verify_every=0", "schedule.warmup_start=1", "checkpoint.best_metric=loss",
        "augmentation.crop_padding=0", "augmentation.horizontal_flip=1", "optimizer.clip_norm=0",
        "optimizer.beta1=0", "optimizer.learning_rate=1e38", "precision=BF16"}) {
    EXPECT_NO_THROW(ValidateConfig(With({change}))) << change;
  }
}

TEST(ValidateConfigTest, NamesTheKeyThatIsOutOfItsRange) {
  for (const std::string change : {"batch=0",
                                   "batch=-64",
                                   "batch=2147483647",
                                   "shards=0",
                                   "shards=-4",
                                   "shards=3",
                                   "shards=65",
                                   "epochs=0",
                                   "epochs=-1",
                                   "epochs=1e300",
                                   "steps=0",
                                   "steps=-5",
                                   "steps=9223372036854775807",
                                   "samples=0",
                                   "threads_per_rank=-1",
                                   "threads_per_rank=1000000",
                                   "bucket_kib=0",
                                   "log_every=0",
                                   "verify_every=-1",
                                   "hang_timeout=-1",
                                   "precision=F16",
                                   "model.classes=0",
                                   "model.classes=1",
                                   "model.classes=-10",
                                   "model.dropout=1",
                                   "model.dropout=-0.1",
                                   "loss.label_smoothing=1",
                                   "loss.class_weight=[1,2]",
                                   "data.path=",
                                   "data.threads=0",
                                   "data.image.height=0",
                                   "data.bad_record_limit=-1",
                                   "augmentation.crop_padding=-1",
                                   "augmentation.crop_padding=100000",
                                   "augmentation.horizontal_flip=-0.1",
                                   "augmentation.horizontal_flip=1.1",
                                   "schedule.warmup=-1",
                                   "schedule.warmup_start=2",
                                   "schedule.gamma=0",
                                   "schedule.power=0",
                                   "schedule.final_rate=-1",
                                   "evaluation.every_epochs=-1",
                                   "evaluation.batch=-1",
                                   "checkpoint.every=-1",
                                   "checkpoint.keep=-1",
                                   "checkpoint.best_metric=f1",
                                   "checkpoint.local_dir=/tmp"}) {
    const std::string key = change.substr(0, change.find('='));
    EXPECT_THAT(ErrorOf(With({change})), HasSubstr(key + ": ")) << change;
  }
}

TEST(ValidateConfigTest, NamesTheKeyOfTheOptimizerThatIsOutOfItsRange) {
  for (const std::string change :
       {"optimizer.learning_rate=-0.1", "optimizer.momentum=1", "optimizer.momentum=-0.5",
        "optimizer.weight_decay=-1", "optimizer.learning_rate=1e60", "optimizer.beta1=1",
        "optimizer.beta2=-0.1", "optimizer.epsilon=0", "optimizer.epsilon=1e-60",
        "optimizer.clip_norm=-1"}) {
    const std::string key = change.substr(0, change.find('='));
    EXPECT_THAT(ErrorOf(With({change})), HasSubstr(key + ": ")) << change;
  }
}

TEST(ValidateConfigTest, NamesTheEntryOfAList) {
  EXPECT_THAT(ErrorOf(With({"data.std=[0.5,0]"})), StartsWith("data.std[1]: expected more than 0"));
  EXPECT_THAT(ErrorOf(With({"schedule.milestone_epochs=[2,1]"})),
              StartsWith("schedule.milestone_epochs[1]: expected more than 2, got 1"));
}

TEST(ValidateConfigTest, NamesWhatIsMissing) {
  const std::string error = ErrorOf(Config());
  for (const char* key :
       {"batch", "shards", "epochs", "model", "data.path", "optimizer.learning_rate"}) {
    EXPECT_THAT(error, HasSubstr(std::string("\n  ") + key + ": expected"));
  }
}

TEST(ValidateConfigTest, RefusesNumbersThatAreNotFiniteWhereverTheyAre) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  Config config = ValidConfig();
  config.mutable_schedule()->add_milestone_epochs(nan);
  EXPECT_THAT(ErrorOf(config), HasSubstr("schedule.milestone_epochs[0]: expected a finite number"));
  config = ValidConfig();
  config.set_epochs(infinity);
  EXPECT_THAT(ErrorOf(config), AllOf(HasSubstr("epochs: "), HasSubstr("inf")));
  config = ValidConfig();
  config.mutable_augmentation()->set_horizontal_flip(static_cast<float>(nan));
  EXPECT_THAT(ErrorOf(config), HasSubstr("augmentation.horizontal_flip: expected a finite"));
  config = ValidConfig();
  config.mutable_model()->clear_preset();
  config.mutable_model()->mutable_graph()->add_node()->mutable_dropout()->set_rate(
      static_cast<float>(nan));
  EXPECT_THAT(ErrorOf(config), HasSubstr("model.graph.node[0].dropout.rate"));
}

TEST(ValidateConfigTest, RefusesAZeroByteInAText) {
  Config config = ValidConfig();
  config.mutable_data()->set_path(std::string("data\0glyphs", 11));
  EXPECT_THAT(ErrorOf(config), HasSubstr("data.path"));
}

TEST(ValidateConfigTest, NesterovNeedsMomentum) {
  EXPECT_NO_THROW(ValidateConfig(With({"optimizer.nesterov=true"})));
  EXPECT_THAT(ErrorOf(With({"optimizer.nesterov=true", "optimizer.momentum=0"})),
              HasSubstr("optimizer.nesterov"));
}

TEST(ValidateConfigTest, MomentumBelongsToSgd) {
  for (const char* type : {"optimizer.type=ADAM", "optimizer.type=ADAMW"}) {
    EXPECT_NO_THROW(ValidateConfig(With({type, "optimizer.momentum=0"})));
    EXPECT_THAT(ErrorOf(With({type, "optimizer.momentum=0.9"})), HasSubstr("optimizer.momentum"));
    EXPECT_THAT(ErrorOf(With({type, "optimizer.momentum=0", "optimizer.nesterov=true"})),
                HasSubstr("optimizer.nesterov"));
  }
}

TEST(ValidateConfigTest, TheScheduleStepNeedsMilestones) {
  EXPECT_THAT(ErrorOf(With({"schedule.type=STEP"})), HasSubstr("schedule.milestone_epochs"));
}

TEST(ValidateConfigTest, APathIsNotNeededWhereBothFilesAreNamed) {
  EXPECT_NO_THROW(ValidateConfig(With(
      {"data.path=", "data.train_path=/a/images-idx3", "data.validation_path=/b/images-idx3"})));
}

TEST(ValidateConfigTest, APathIsNotNeededWhereNoDataIsRead) {
  EXPECT_NO_THROW(ValidateConfig(With({"data.path="}), DataUse::kNeedsNone));
  EXPECT_THROW(ValidateConfig(With({"data.path=", "batch=0"}), DataUse::kNeedsNone), ConfigError);
}

TEST(ValidateConfigTest, WarnsOfSmallShards) {
  EXPECT_TRUE(Warnings(With({"shards=8"})).empty());
  EXPECT_THAT(Warnings(With({"shards=16"})), ElementsAre(HasSubstr("4 samples a shard")));
}

}  // namespace
}  // namespace lockstep
