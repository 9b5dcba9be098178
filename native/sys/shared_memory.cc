// SPDX-License-Identifier: MIT
#include "sys/shared_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include "sys/system_error.h"

namespace ka::sys {

UniqueFd create_shared_memory(const char* name, size_t bytes) {
  UniqueFd fd(checked(::memfd_create(name, MFD_CLOEXEC), "memfd_create"));
  checked(::ftruncate(fd.get(), static_cast<off_t>(bytes)), "ftruncate");
  return fd;
}

}  // namespace ka::sys
