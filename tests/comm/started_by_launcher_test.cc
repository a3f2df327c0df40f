#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <string>

#include "comm/communicators.h"
#include "core/errors.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// Runs each test without the variables of a launcher and puts them back.
class StartedByLauncherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "SLURM_NTASKS",
                             "SLURM_PROCID", "SLURM_STEP_NUM_TASKS"}) {
      const char* value = std::getenv(name);
      saved_[name] = value == nullptr ? std::nullopt : std::optional<std::string>(value);
      unsetenv(name);
    }
  }
  void TearDown() override {
    for (const auto& [name, value] : saved_) {
      if (value) {
        setenv(name.c_str(), value->c_str(), 1);
      } else {
        unsetenv(name.c_str());
      }
    }
  }

 private:
  std::map<std::string, std::optional<std::string>> saved_;
};

TEST_F(StartedByLauncherTest, APlainProcessIsOne) { EXPECT_FALSE(StartedByLauncher()); }

TEST_F(StartedByLauncherTest, MpirunAndPmiAreLaunchers) {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"}) {
    setenv(name, "1", 1);
    EXPECT_TRUE(StartedByLauncher()) << name;
    unsetenv(name);
  }
}

TEST_F(StartedByLauncherTest, ABatchScriptIsOneProcess) {
  setenv("SLURM_NTASKS", "4", 1);
  setenv("SLURM_PROCID", "0", 1);
  EXPECT_FALSE(StartedByLauncher());
}

TEST_F(StartedByLauncherTest, ASlurmStepOfSeveralTasksNeedsPmi) {
  setenv("SLURM_NTASKS", "4", 1);
  setenv("SLURM_PROCID", "2", 1);
  setenv("SLURM_STEP_NUM_TASKS", "4", 1);
  EXPECT_THAT([] { StartedByLauncher(); },
              ThrowsMessage<EnvironmentError>(HasSubstr("srun --mpi=pmix")));
  setenv("PMIX_RANK", "2", 1);
  EXPECT_TRUE(StartedByLauncher());
}

TEST_F(StartedByLauncherTest, ASlurmStepOfOneTaskIsOneProcess) {
  setenv("SLURM_PROCID", "0", 1);
  setenv("SLURM_STEP_NUM_TASKS", "1", 1);
  EXPECT_FALSE(StartedByLauncher());
}

}  // namespace
}  // namespace lockstep
