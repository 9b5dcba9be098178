// SPDX-License-Identifier: MIT
#include "sys/file_lock.h"

#include <fcntl.h>

#include <cerrno>

#include "sys/system_error.h"

namespace ka::sys {

bool lock_file(int fd) {
  // OFD, not classic POSIX locks: those vanish when any descriptor of the file is closed anywhere in the
  // process.
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(fd, F_OFD_SETLK, &lock) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  throw SystemError(errno, "fcntl", "F_OFD_SETLK");
}

}  // namespace ka::sys
