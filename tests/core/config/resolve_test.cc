#include "core/config/resolve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/config/apply_override.h"
#include "core/config/parse_config.h"
#include "tests/core/config/config_text.h"

namespace lockstep {
namespace {

using ::testing::Optional;

Config With(const std::vector<std::string>& changes) {
  Config config = ValidConfig();
  for (const std::string& change : changes) ApplyOverride(change, config);
  return config;
}

TEST(ResolveTest, FillsWhatTheConfigLeavesOpen) {
  const FirstStart decided{InstructionSet::AVX2, 3, BackendChoice::ONEDNN};
  const Config resolved = Resolve(ValidConfig(), decided);
  EXPECT_EQ(resolved.isa(), InstructionSet::AVX2);
  EXPECT_EQ(resolved.threads_per_rank(), 3);
  EXPECT_EQ(resolved.backend(), BackendChoice::ONEDNN);
  const Config again = Resolve(ValidConfig(), DecisionsOf(resolved));
  EXPECT_EQ(again.SerializeAsString(), resolved.SerializeAsString());
}

TEST(ResolveTest, KeepsWhatTheConfigSays) {
  const Config config = With({"isa=SSE41", "threads_per_rank=1"});
  const Config resolved = Resolve(config, {InstructionSet::AVX512, 8, BackendChoice::ONEDNN});
  EXPECT_EQ(resolved.isa(), InstructionSet::SSE41);
  EXPECT_EQ(resolved.threads_per_rank(), 1);
}

TEST(ArithmeticDigestTest, ChangesWithWhatDecidesBits) {
  const std::string digest = ArithmeticDigest(ValidConfig());
  EXPECT_EQ(digest.size(), 64U);
  for (const char* change : {"seed=2",
                             "batch=32",
                             "shards=8",
                             "threads_per_rank=2",
                             "isa=AVX2",
                             "reduction=FAST",
                             "model.classes=11",
                             "model.dropout=0.1",
                             "loss.label_smoothing=0.1",
                             "data.shuffle=false",
                             "data.mean=[0.5]",
                             "optimizer.learning_rate=0.2",
                             "optimizer.momentum=0.8",
                             "optimizer.nesterov=true",
                             "optimizer.weight_decay=0.1",
                             "schedule.type=COSINE",
                             "schedule.warmup=1",
                             "initial_weights=x.safetensors",
                             "data.on_bad_record=SKIP",
                             "data.format=CIFAR10",
                             "augmentation.crop_padding=4",
                             "augmentation.horizontal_flip=0.5"}) {
    EXPECT_NE(ArithmeticDigest(With({change})), digest) << change;
  }
}

TEST(ArithmeticDigestTest, StaysWithWhatDoesNot) {
  const std::string digest = ArithmeticDigest(ValidConfig());
  for (const char* change :
       {"log_every=1", "verify_every=10", "hang_timeout=5", "communicator=MPI", "bucket_kib=64",
        "allow_shared_device=true", "data.path=/elsewhere", "data.train_path=x", "data.threads=4",
        "data.bad_record_limit=1", "checkpoint.every=5", "checkpoint.keep=0",
        "checkpoint.initial=true", "evaluation.every_epochs=0", "evaluation.batch=7"}) {
    EXPECT_EQ(ArithmeticDigest(With({change})), digest) << change;
  }
}

TEST(ArithmeticDigestTest, AWrittenDefaultIsAsOneLeftOut) {
  const std::string digest = ArithmeticDigest(ValidConfig());
  for (const char* change : {"seed=1", "optimizer.nesterov=false", "loss.label_smoothing=0",
                             "schedule.type=CONSTANT", "data.shuffle=true"}) {
    EXPECT_EQ(ArithmeticDigest(With({change})), digest) << change;
  }
}

TEST(ArithmeticDigestTest, TheLengthCountsWhereTheScheduleReadsIt) {
  EXPECT_EQ(ArithmeticDigest(With({"steps=10"})), ArithmeticDigest(With({"steps=20"})));
  EXPECT_NE(ArithmeticDigest(With({"schedule.type=COSINE", "steps=10"})),
            ArithmeticDigest(With({"schedule.type=COSINE", "steps=20"})));
}

TEST(ArithmeticDigestTest, SeesWhichOpANodeIs) {
  const char* const relu = "model { graph { node { name: 'a' relu {} } } }";
  const char* const flatten = "model { graph { node { name: 'a' flatten {} } } }";
  EXPECT_NE(ArithmeticDigest(ParseMessage<Config>(relu)),
            ArithmeticDigest(ParseMessage<Config>(flatten)));
}

TEST(FirstArithmeticDifferenceTest, NamesTheKeyAndBothValues) {
  EXPECT_THAT(FirstArithmeticDifference(ValidConfig(), With({"optimizer.momentum=0.8"})),
              Optional(std::string("optimizer.momentum: the run has 0.9, the config has 0.8")));
}

TEST(FirstArithmeticDifferenceTest, NamesAKeyThatOnlyOneOfThemHas) {
  const Config with_mean = With({"data.mean=[0.5]"});
  EXPECT_THAT(FirstArithmeticDifference(ValidConfig(), with_mean),
              Optional(std::string("data.mean[0]: the run has none, the config has 0.5")));
  EXPECT_THAT(FirstArithmeticDifference(with_mean, ValidConfig()),
              Optional(std::string("data.mean[0]: the run has 0.5, the config has none")));
}

TEST(FirstArithmeticDifferenceTest, ShowsADefault) {
  EXPECT_THAT(FirstArithmeticDifference(ValidConfig(), With({"seed=7"})),
              Optional(std::string("seed: the run has 1, the config has 7")));
}

TEST(FirstArithmeticDifferenceTest, FindsNothingBetweenConfigsOfOneDigest) {
  EXPECT_EQ(FirstArithmeticDifference(ValidConfig(), With({"log_every=1", "checkpoint.keep=9"})),
            std::nullopt);
}

TEST(ConfigToTextTest, ReadsBackAsTheSameConfig) {
  const Config config = With({"optimizer.learning_rate=0.1", "data.mean=[0.1,0.2860]",
                              "data.path=a \"quoted\" name", "schedule.type=COSINE"});
  const Config again = ParseConfig(ToText(config), "text");
  EXPECT_EQ(again.SerializeAsString(), config.SerializeAsString());
}

}  // namespace
}  // namespace lockstep
