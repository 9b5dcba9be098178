// Preloaded into a daemon under test: every KA_COLLECT_EVERY milliseconds V8 collects all it can, and what is left is written as a line
// of JSON to KA_COLLECT_FOLDER/ROLE.PID: a leak, without V8's appetite.

const { appendFileSync } = require('node:fs');
const { join } = require('node:path');
const v8 = require('node:v8');
const { runInNewContext } = require('node:vm');

const { KA_COLLECT_FOLDER: folder, KA_COLLECT_EVERY: every, KA_TS_ROLE: role = 'parent' } = process.env;
if (folder !== undefined) {
  v8.setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  const look = () => {
    gc();
    const { rss, heapUsed } = process.memoryUsage();
    const young = v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.physical_space_size;
    appendFileSync(join(folder, `${role}.${process.pid}`), `${JSON.stringify({ at: process.uptime(), rss, heap: heapUsed, young })}\n`);
  };
  setInterval(look, Number(every)).unref();
}
