// SPDX-License-Identifier: MIT
// Mocha reporter: the readable tree on standard output; the counts, the repeated tests and the failures as JSON in the file named by
// `output`.
// A repeated test is shown where it happens, with what its failed attempt said: a second attempt is never silent.
const { writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const repeated = [];
    const failed = [];
    runner.on('fail', (test, error) => failed.push({ title: test.fullTitle(), said: String(error?.stack ?? error) }));
    runner.on('retry', (test, error) => {
      const lines = String(error?.message ?? error)
        .split('\n')
        .filter((line) => line.trim() !== '');
      const said = lines[0] ?? '';
      repeated.push({ title: test.fullTitle(), said });
      console.log(`    again: ${test.title}: ${said}`);
      // What differs, or what a program said at its end, where the message is its output.
      const different = lines.filter((line) => /^[+-] /.test(line));
      const shown = different.length > 0 ? different.slice(0, 20) : lines.slice(1).slice(-4);
      for (const line of shown) console.log(`           ${line.slice(0, 300)}`);
    });
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(options.reporterOptions.output, JSON.stringify({ passes, failures, pending, repeated, failed }));
    });
  }
};
