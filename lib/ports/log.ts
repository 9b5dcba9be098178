// SPDX-License-Identifier: MIT
// The log as the rest of the program takes it; base/log.ts has its meaning, kernel/log.ts the places lines go to.

export type { Log, LogSink, Severity } from '../base/log.ts';
