// SPDX-License-Identifier: MIT
// Whole-file write locks for pid files: open file description locks, which live as long as the descriptor.
#pragma once

namespace ka::sys {

/// Takes an exclusive lock without waiting. false when another open file description holds one; throws
/// SystemError else.
bool lock_file(int fd);

}  // namespace ka::sys
