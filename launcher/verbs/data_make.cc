#include "launcher/verbs/data_make.h"

#include "core/errors.h"

namespace lockstep {

ExitCode RunDataMakeGlyphs(const DataMakeOptions&, Console&) { throw Unsupported("not yet"); }

}  // namespace lockstep
