// SPDX-License-Identifier: MIT
// Memory that processes share by its descriptor.
#pragma once

#include <cstddef>

#include "sys/unique_fd.h"

namespace ka::sys {

/// Zeroed, closed on exec. Throws SystemError.
UniqueFd create_shared_memory(const char* name, size_t bytes);

}  // namespace ka::sys
