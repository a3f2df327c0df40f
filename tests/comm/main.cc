// The tests of comm; under mpirun, one rank of one of them.

#include <gmock/gmock.h>

#include <cstdlib>
#include <string_view>

#include "tests/comm/mpi_worker.h"

int main(int argc, char** argv) {
  if (argc > 2 && std::string_view(argv[1]) == "mpi-worker") {
    return lockstep::RunMpiWorker(argv[2], argc > 3 ? std::atoi(argv[3]) : 1);
  }
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
