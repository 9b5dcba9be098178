// What this process is: a child of a running daemon, a sub-command, or what keepalived's options ask for. Modules are
// imported by role, so that each process loads only what its role needs.

import type { RoleDefinition } from './process/child.ts';
import { roleVariable } from './process/messages.ts';

export { compileAhead } from './process/compile-ahead.ts';

/** Sub-commands, which keepalived does not have: a word where it has only options. They answer with the exit status. */
const commands: Readonly<Record<string, (argv: string[]) => Promise<number>>> = {
  lab: async (argv) => (await import('./lab/command.ts')).labCommand(argv),
  check: async (argv) => (await import('./cli/check.ts')).checkCommand(argv),
  fmt: async (argv) => (await import('./cli/fmt.ts')).fmtCommand(argv),
  plan: async (argv) => (await import('./cli/plan.ts')).planCommand(argv),
  explain: async (argv) => (await import('./cli/explain.ts')).explainCommand(argv),
};

/** `argv` without interpreter and program. Sets the exit status, or leaves a daemon running. */
export async function main(argv: string[]): Promise<void> {
  if (process.env[roleVariable] !== undefined) return runRole();
  const command = commands[argv[0] ?? ''];
  const status = command ? await command(argv.slice(1)) : await runAsKeepalived(argv);
  if (status !== null) process.exitCode = status;
}

async function runAsKeepalived(argv: string[]): Promise<number | null> {
  const { runCommandLine, runGenhash } = await import('./cli/run.ts');
  return process.argv[1]?.endsWith('/genhash') ? runGenhash(argv) : runCommandLine(argv);
}

async function runRole(): Promise<void> {
  const [{ runChild }, role, { loadNative }] = await Promise.all([
    import('./process/child.ts'),
    roleDefinition(),
    import('./native/load.ts'),
  ]);
  runChild(role, loadNative());
}

async function roleDefinition(): Promise<RoleDefinition> {
  if (process.env[roleVariable] === 'checkers') return (await import('./process/checker-child.ts')).checkerRole;
  if (process.env[roleVariable] === 'bfd') return (await import('./process/bfd-child.ts')).bfdRole;
  return (await import('./process/vrrp-child.ts')).vrrpRole;
}
