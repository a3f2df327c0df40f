#pragma once

// From the config to a data set.

#include <memory>

#include "configs/config.pb.h"
#include "core/data/dataset.h"

namespace lockstep {

/// Opens a split of `data` for a model of `classes` classes. IDX names in the folder `data.path`,
/// plain before `.gz`:
///   TRAIN       train-images-idx3-ubyte, train-labels-idx1-ubyte   or data.train_path
///   VALIDATION  t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte     or data.validation_path
/// An override names the images, relative to data.path; the labels' name has "labels-idx1" for
/// "images-idx3". Names of CIFAR: core/data/cifar_names.h. Throws ConfigError, InputMissing (what was
/// looked for, and what to do), DataError, IoError.
std::unique_ptr<Dataset> OpenDataset(const DataConfig& data, Split::Type split, int classes);

}  // namespace lockstep
