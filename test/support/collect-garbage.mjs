// SPDX-License-Identifier: MIT
// Preloaded into a daemon through NODE_OPTIONS: makes garbage and has V8 collect all of it, ten times a second.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
let kept = [];

setInterval(() => {
  kept = Array.from({ length: 100_000 }, (_, i) => ({ i, before: kept[i]?.i }));
  collect();
}, 100).unref();
