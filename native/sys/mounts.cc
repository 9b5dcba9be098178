// SPDX-License-Identifier: MIT
#include "sys/mounts.h"

#include <sched.h>
#include <sys/mount.h>

#include "sys/system_error.h"

namespace ka::sys {

void isolate_mounts() {
  checked(::unshare(CLONE_NEWNS), "unshare", "CLONE_NEWNS");
  checked(::mount("", "/", nullptr, MS_REC | MS_SLAVE, nullptr), "mount", "/");
}

void bind_mount(const std::string& source, const std::string& target) {
  checked(::mount(source.c_str(), target.c_str(), nullptr, MS_BIND, nullptr), "mount", target);
}

void unmount(const std::string& target) { checked(::umount2(target.c_str(), MNT_DETACH), "umount", target); }

}  // namespace ka::sys
