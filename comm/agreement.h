#pragma once

// The former place of AgreeOnErrors.

#include "core/agreement.h"
