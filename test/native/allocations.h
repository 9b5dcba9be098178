// SPDX-License-Identifier: MIT
// Counts what each thread takes from the heap: the engine thread takes nothing.
#pragma once

#include <cstdint>

/// Allocations with operator new so far on threads called ka-engine.
uint64_t allocations_of_engine();
