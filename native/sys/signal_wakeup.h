// SPDX-License-Identifier: MIT
// Signals that reach an event loop: the handler writes to an eventfd, the loop polls it.
#pragma once

namespace ka::sys {

/// From here on `signal` makes the descriptor that is returned readable, on whichever thread it arrives. Several
/// signals before a look count as one. Throws SystemError (EINVAL: no such signal, EBUSY: listened to already).
/// The descriptor belongs to this module and is never closed: a handler on another thread may be about to write.
int begin_signal_wakeups(int signal);

/// True when the signal came since the last look.
bool take_signal_wakeup(int signal);

/// The signal is outlived again without effect. Any number of times.
void end_signal_wakeups(int signal);

}  // namespace ka::sys
