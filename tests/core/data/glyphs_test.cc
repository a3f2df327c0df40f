#include "core/data/glyphs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/data/data_plan.h"
#include "core/data/open_dataset.h"
#include "core/digest/sha256.h"
#include "core/files/byte_source.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

using testing::Pair;
using testing::UnorderedElementsAre;

class GlyphsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    WriteGlyphs(folder_->path());
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::unique_ptr<Dataset> Open(Split::Type split) {
    DataConfig config;
    config.set_path(folder_->path().string());
    return OpenDataset(config, split, 10);
  }

  static std::unique_ptr<TemporaryFolder> folder_;
};

std::unique_ptr<TemporaryFolder> GlyphsTest::folder_;

/// Multinomial logistic regression on pixels, trained by gradient descent one sample at a time.
class LinearClassifier {
 public:
  explicit LinearClassifier(const Dataset& dataset)
      : dataset_(dataset), pixels_(BytesOf(dataset.image_shape())), inputs_(pixels_.size()) {}

  void Learn(std::int64_t record, float rate) {
    const auto label = static_cast<std::size_t>(Load(dataset_, record));
    std::vector<float> errors = Probabilities();
    errors[label] -= 1;
    for (std::size_t c = 0; c < kClasses; ++c) {
      for (std::size_t i = 0; i < inputs_.size(); ++i) {
        weights_[c][i] -= rate * errors[c] * inputs_[i];
      }
      biases_[c] -= rate * errors[c];
    }
  }

  double AccuracyOn(const Dataset& dataset) {
    std::int64_t correct = 0;
    for (std::int64_t record = 0; record < dataset.size(); ++record) {
      const std::int32_t label = Load(dataset, record);
      const auto scores = Probabilities();
      correct += std::max_element(scores.begin(), scores.end()) - scores.begin() == label ? 1 : 0;
    }
    return static_cast<double>(correct) / static_cast<double>(dataset.size());
  }

 private:
  static constexpr std::size_t kClasses = 10;

  std::int32_t Load(const Dataset& dataset, std::int64_t record) {
    const std::int32_t label = dataset.Read(record, pixels_);
    for (std::size_t i = 0; i < pixels_.size(); ++i) {
      inputs_[i] = (static_cast<float>(pixels_[i]) / 255 - 0.2F) / 0.3F;
    }
    return label;
  }

  std::vector<float> Probabilities() const {
    std::vector<float> scores(biases_);
    float sum = 0;
    for (std::size_t c = 0; c < kClasses; ++c) {
      for (std::size_t i = 0; i < inputs_.size(); ++i) scores[c] += weights_[c][i] * inputs_[i];
    }
    const float largest = *std::max_element(scores.begin(), scores.end());
    for (float& score : scores) sum += score = std::exp(score - largest);
    for (float& score : scores) score /= sum;
    return scores;
  }

  const Dataset& dataset_;
  std::vector<std::uint8_t> pixels_;
  std::vector<float> inputs_;
  std::vector<std::vector<float>> weights_{kClasses, std::vector<float>(inputs_.size())};
  std::vector<float> biases_ = std::vector<float>(kClasses);
};

// Whoever trains on it compares results with others: not a byte may change, on no machine.
TEST_F(GlyphsTest, AreTheSameBytesEverywhere) {
  std::map<std::string, std::string> digests;
  for (const auto& file : std::filesystem::directory_iterator(folder_->path())) {
    const auto bytes = ReadFileBytes(file.path());
    digests[file.path().filename().string()] = Sha256Hex(std::as_bytes(std::span(bytes)));
  }
  EXPECT_THAT(digests,
              UnorderedElementsAre(
                  Pair("train-images-idx3-ubyte",
                       "ae5e2328e49f32ce8c1239b4a80a0f6a17ac84a88bdd0119b0694d4a0e67baea"),
                  Pair("train-labels-idx1-ubyte",
                       "a08ec8612f1e9754131045a4b360f271068042c79bc9d0fe801ac8eebdc3b1bc"),
                  Pair("t10k-images-idx3-ubyte",
                       "ac073779ad2e202d49aba02adce2b500be413b7113474ec271c09d95f5088bf6"),
                  Pair("t10k-labels-idx1-ubyte",
                       "5dbd7686910cb66a8a6303f16940c2fae43896243c187897cd3976aab00f4817")));
}

TEST_F(GlyphsTest, HaveAsManyPicturesOfEachClass) {
  for (const auto split : {Split::TRAIN, Split::VALIDATION}) {
    const auto dataset = Open(split);
    EXPECT_EQ(dataset->size(), split == Split::TRAIN ? kGlyphsTrain : kGlyphsTest);
    EXPECT_EQ(dataset->image_shape().height, 28);
    EXPECT_EQ(dataset->image_shape().width, 28);
    std::vector<std::int64_t> counts(10);
    for (std::int64_t record = 0; record < dataset->size(); ++record) {
      ++counts[static_cast<std::size_t>(dataset->LabelOf(record))];
    }
    EXPECT_EQ(counts, std::vector<std::int64_t>(10, dataset->size() / 10));
  }
}

// What a picture shows is not in single pixels, or a network would have nothing to learn.
TEST_F(GlyphsTest, AreBeyondALinearClassifier) {
  const auto train = Open(Split::TRAIN);
  const DataPlan plan({1, train->size(), 1, 1, true});
  LinearClassifier classifier(*train);
  for (int sample = 0; sample < 3 * kGlyphsTrain; ++sample) {
    const float rate = 0.001F / (1 + static_cast<float>(sample) / kGlyphsTrain);
    classifier.Learn(plan.RecordOf(static_cast<std::uint64_t>(sample)), rate);
  }
  const double accuracy = classifier.AccuracyOn(*Open(Split::VALIDATION));
  EXPECT_LT(accuracy, 0.9);
  EXPECT_GT(accuracy, 0.3);
  RecordProperty("accuracy", std::to_string(accuracy));
}

}  // namespace
}  // namespace lockstep
