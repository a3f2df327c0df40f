#include "launcher/launched_rank.h"

#include <cstdlib>
#include <initializer_list>

namespace lockstep {

int LaunchedRank() {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"}) {
    if (const char* text = std::getenv(name)) return std::atoi(text);
  }
  return 0;
}

}  // namespace lockstep
