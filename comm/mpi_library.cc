#include <mpi.h>

#include <string>

#include "comm/communicators.h"

namespace lockstep {

std::string MpiLibrary() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = {};
  int length = 0;
  MPI_Get_library_version(text, &length);
  const std::string version(text, static_cast<std::size_t>(length));
  // Open MPI adds package, identifier and date behind commas.
  return version.substr(0, version.find(','));
}

}  // namespace lockstep
