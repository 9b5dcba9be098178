// SPDX-License-Identifier: MIT
#include "sys/system_error.h"

#include <cstring>

#include "check.h"

// The C library's own table is the judge of ours.
TEST("errno names are those of the C library") {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 32)
  for (int error = 1; error < 200; ++error) {
    const char* name = ::strerrorname_np(error);
    CHECK(ka::sys::errno_name(error) == (name ? name : "E" + std::to_string(error)));
  }
#endif
  CHECK(ka::sys::errno_name(2) == "ENOENT");
  CHECK(ka::sys::errno_name(4711) == "E4711");
}
