#include "comm/communicators.h"
