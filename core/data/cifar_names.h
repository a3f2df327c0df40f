#pragma once

// Under which names the binary files of CIFAR are published, and where they are in a folder.

#include <filesystem>
#include <vector>

#include "configs/config.pb.h"

namespace lockstep {

/// The files of a split of a data set with format CIFAR10 or CIFAR100, in the order of their
/// records: the override of the split where it names a file; else the published names, plain or
/// with `.gz`, in the folder that the override names, or data.path, or in the folder of the published
/// archive (cifar-10-batches-bin, cifar-100-binary) within it:
///   CIFAR10   TRAIN data_batch_1.bin to data_batch_5.bin   VALIDATION test_batch.bin
///   CIFAR100  TRAIN train.bin                              VALIDATION test.bin
/// The last batches of CIFAR10 may be left out, so that a part of the set needs no renaming. Throws
/// as DatasetFolder does; InputMissing where the first file is not there or a batch is missing
/// between others.
std::vector<std::filesystem::path> FindCifarFiles(const DataConfig& data, Split::Type split);

}  // namespace lockstep
