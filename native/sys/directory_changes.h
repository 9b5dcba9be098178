// SPDX-License-Identifier: MIT
// Changes of the files in some directories, by inotify(7): one descriptor for all of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "sys/unique_fd.h"

namespace ka::sys {

class DirectoryChanges {
 public:
  enum class Change {
    /// A file with this name was written and closed, moved here or away, or deleted.
    file,
    /// The directory itself went; its watch is over.
    gone,
    /// The kernel dropped changes, of any directory: `watch` is −1.
    lost,
  };
  using Visit = std::function<void(int watch, Change change, std::string_view name)>;

  /// Throws SystemError (EMFILE: the user's limit of instances).
  DirectoryChanges();

  int descriptor() const { return fd_.get(); }
  /// Watches a directory; the same directory gives the same number. Throws SystemError (ENOENT, ENOTDIR, ENOSPC …).
  int add(const std::string& directory);
  /// Unknown and finished watches are ignored.
  void remove(int watch);
  /// Everything that is waiting. Throws SystemError.
  void read(const Visit& visit);

 private:
  UniqueFd fd_;
};

}  // namespace ka::sys
