#include "onednn_ops/onednn_backend.h"
