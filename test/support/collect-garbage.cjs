// SPDX-License-Identifier: MIT
// Preloaded into a daemon under test: every KA_COLLECT_EVERY milliseconds V8 collects all it can, and what is left is written as a line
// of JSON to KA_COLLECT_FOLDER/ROLE.PID: a leak, without V8's appetite. V8 compiles nothing for speed: for hours it finds one more
// function worth it, and keeps what it made of it.

const { appendFileSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const v8 = require('node:v8');
const { runInNewContext } = require('node:vm');

const { KA_COLLECT_FOLDER: folder, KA_COLLECT_EVERY: every, KA_TS_ROLE: role = 'parent' } = process.env;
if (folder !== undefined) {
  for (const flag of ['--expose-gc', '--no-opt', '--no-sparkplug', '--no-flush-bytecode']) v8.setFlagsFromString(flag);
  const gc = runInNewContext('gc');
  const look = () => {
    gc();
    const { heapUsed } = process.memoryUsage();
    // Without the text of programs, which is shared and comes and goes.
    const rss = 1024 * Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
    const young = v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.physical_space_size;
    appendFileSync(join(folder, `${role}.${process.pid}`), `${JSON.stringify({ at: process.uptime(), rss, heap: heapUsed, young })}\n`);
  };
  setInterval(look, Number(every)).unref();
}
