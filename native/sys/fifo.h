// SPDX-License-Identifier: MIT
// Named pipes: Node can open one, but not make one.
#pragma once

#include <sys/stat.h>

#include <string>

#include "sys/system_error.h"

namespace ka::sys {

/// Makes a FIFO; the file creation mask applies to the mode. Throws SystemError (EEXIST: there is something).
inline void make_fifo(const std::string& path, unsigned mode) {
  checked(::mkfifo(path.c_str(), static_cast<mode_t>(mode)), "mkfifo", path);
}

}  // namespace ka::sys
