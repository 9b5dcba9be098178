// SPDX-License-Identifier: MIT
// Preloaded into a daemon through NODE_OPTIONS: keeps its JavaScript busy on command. The file named by KA_BLOCK holds
// "PID MILLISECONDS"; the process with that pid (as it sees itself) takes the order once.

import { readFileSync, unlinkSync } from 'node:fs';

const order = process.env.KA_BLOCK ?? '';

setInterval(() => {
  let words;
  try {
    words = readFileSync(order, 'utf8').split(' ').map(Number);
  } catch {
    return;
  }
  const [pid, milliseconds = 0] = words;
  if (pid !== process.pid) return;
  unlinkSync(order);
  const end = performance.now() + milliseconds;
  while (performance.now() < end); // nothing else runs on this thread meanwhile: that is the point
}, 20).unref();
