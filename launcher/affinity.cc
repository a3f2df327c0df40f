#include "launcher/affinity.h"

#include <fmt/format.h>
#include <sched.h>

namespace lockstep {

std::string AffinityMask() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof(mask), &mask) != 0) return "";
  std::string text;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (!CPU_ISSET(core, &mask)) continue;
    const int first = core;
    while (core + 1 < CPU_SETSIZE && CPU_ISSET(core + 1, &mask)) ++core;
    if (!text.empty()) text += ',';
    text += first == core ? fmt::format("{}", first) : fmt::format("{}-{}", first, core);
  }
  return text;
}

}  // namespace lockstep
