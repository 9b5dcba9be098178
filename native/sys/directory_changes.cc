// SPDX-License-Identifier: MIT
#include "sys/directory_changes.h"

#include <sys/inotify.h>

#include <array>
#include <cstring>

#include "sys/system_error.h"

namespace ka::sys {

namespace {

// CLOSE_WRITE and not MODIFY: between truncation and the first byte a file reads as empty.
constexpr uint32_t kChanges = IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
constexpr uint32_t kEnds = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;

}  // namespace

DirectoryChanges::DirectoryChanges() : fd_(checked(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC), "inotify_init1")) {}

int DirectoryChanges::add(const std::string& directory) {
  constexpr uint32_t own = IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;
  return checked(::inotify_add_watch(fd_.get(), directory.c_str(), kChanges | own), "inotify_add_watch",
                 directory);
}

void DirectoryChanges::remove(int watch) { (void)::inotify_rm_watch(fd_.get(), watch); }

void DirectoryChanges::read(const Visit& visit) {
  alignas(inotify_event) std::array<char, 16'384> buffer;
  for (;;) {
    const ssize_t size = ::read(fd_.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    checked(static_cast<int>(size), "read", "inotify");
    const auto total = static_cast<size_t>(size);
    for (size_t at = 0; at + sizeof(inotify_event) <= total;) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const size_t next = at + sizeof event + event.len;
      if (next > total) return;
      const char* name = buffer.data() + at + sizeof event;
      if ((event.mask & IN_Q_OVERFLOW) != 0) {
        visit(-1, Change::lost, {});
      } else if ((event.mask & kEnds) != 0) {
        visit(event.wd, Change::gone, {});
      } else if (event.len > 0) {
        visit(event.wd, Change::file, std::string_view(name, ::strnlen(name, event.len)));
      }
      at = next;
    }
  }
}

}  // namespace ka::sys
