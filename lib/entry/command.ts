// SPDX-License-Identifier: MIT
// Everything but the daemon: sub-commands, which keepalived does not have, and those of its options that answer and end.
// Modules are imported by command, so that each process runs only what it needs.

/** A word where keepalived has only options. They answer with the exit status. */
const commands: Record<string, (argv: string[]) => Promise<number>> = {
  // No names of Object's own: `ka-ts constructor` is no command.
  __proto__: null as never,
  lab: async (argv) => (await import('../lab/command.ts')).labCommand(argv),
  check: async (argv) => (await import('../cli/check.ts')).checkCommand(argv),
  fmt: async (argv) => (await import('../cli/fmt.ts')).fmtCommand(argv),
  plan: async (argv) => (await import('../cli/plan.ts')).planCommand(argv),
  replay: async (argv) => (await import('../cli/replay.ts')).replayCommand(argv),
  scan: async (argv) => (await import('../cli/scan.ts')).scanCommand(argv),
  status: async (argv) => (await import('../cli/status.ts')).statusCommand(argv),
  metrics: async (argv) => (await import('../cli/metrics.ts')).metricsCommand(argv),
  doctor: async (argv) => (await import('../doctor/shell/command.ts')).doctorCommand(argv),
  watch: async (argv) => (await import('../cli/watch.ts')).watchCommand(argv),
  top: async (argv) => (await import('../cli/top.ts')).topCommand(argv),
  migrate: async (argv) => (await import('../cli/migrate.ts')).migrateCommand(argv),
  explain: async (argv) => (await import('../cli/explain.ts')).explainCommand(argv),
};

for (const word of ['failover', 'maintenance', 'takeover', 'priority', 'server', 'reload', 'operations', 'apply', 'confirm', 'revert'])
  commands[word] = async (argv) => (await import('../cli/operate.ts')).operateCommand([word, ...argv]);

/** `argv` without interpreter and program. Sets the exit status; true: it asks for the daemon, which has an entry of its own. */
export async function main(argv: string[]): Promise<boolean> {
  const [word = '', ...rest] = argv;
  const command = commands[word];
  const status = command ? await command(rest) : await runAsKeepalived(argv);
  if (status === null && calledAs('keepalived')) return true;
  process.exitCode = status ?? (await import('../cli/run.ts')).refuseWord(word, Object.keys(commands));
  return false;
}

async function runAsKeepalived(argv: string[]): Promise<number | null> {
  const { runCommandLine, runGenhash } = await import('../cli/run.ts');
  return calledAs('genhash') ? runGenhash(argv) : runCommandLine(argv);
}

function calledAs(name: string): boolean {
  return (process.argv[1] ?? '').split('/').at(-1) === name;
}
