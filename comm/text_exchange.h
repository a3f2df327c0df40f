#pragma once

// The former place of BroadcastText.

#include "core/text_exchange.h"
