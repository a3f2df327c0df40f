#include "launcher/verbs/data_inspect.h"

#include "core/errors.h"

namespace lockstep {

ExitCode RunDataInspect(const DataInspectOptions&, Console&) { throw Unsupported("not yet"); }

}  // namespace lockstep
