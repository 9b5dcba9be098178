// SPDX-License-Identifier: MIT
// `ka-ts lab`: a two-node cluster and a client in network namespaces of this machine, played through failures and judged.

import { parseArgs } from 'node:util';
import { micros } from '../base/time.ts';
import { builtinConfigurations } from './builtin.ts';
import { type Cluster, createCluster, type NodeSpec } from './cluster.ts';
import { isInstalled, monotonic, ownCommand } from './daemon.ts';
import type { LabEvent, StepResult } from './events.ts';
import { lvsLab } from './lvs-command.ts';
import { sweepDeadRuns } from './network.ts';
import { createPaint, type Paint } from './paint.ts';
import { type Plan, planCluster } from './plan.ts';
import { readConfiguration } from './read-configuration.ts';
import { playScenario } from './scenario.ts';
import { summaryTable } from './summary.ts';
import { createTimeLine } from './timeline.ts';

const usage = `Usage: ka-ts lab [-f FILE1 -f FILE2] [--daemon 'COMMAND'] [--daemon1 …] [--daemon2 …] [--keep] [--json]
       ka-ts lab --lvs [--daemon 'COMMAND'] [--json]

Builds two routers and a client in network namespaces of this machine, starts the real
daemons on them, lets them fail and return, and measures every takeover on the wire and as
the client sees it. Nothing of this machine's own network is touched. Needs root.

  -f, --use-file FILE   configuration of the first node, given again: of the second;
                        without: a built-in pair of proxies with one address
      --daemon COMMAND  what both nodes run, with keepalived's options ('keepalived');
                        --daemon1, --daemon2 for one of them; default: this ka-ts
      --keep            play nothing after the start: leave the cluster running and say how
                        to look at it, until Ctrl-C
      --lvs             a load balancer instead: a director, two real servers that die and
                        return, and a client; in user-mode Linux where this kernel has no IPVS
      --json            one JSON object a line on standard output instead of the time line:
                        "at" in seconds since the start, all other times in microseconds
  -h, --help            this text

Exit status: 0 every step did what VRRP promises; 1 one did not; 2 the lab could not run.
`;

const everything = micros(Number.MAX_SAFE_INTEGER);

interface Options {
  readonly files: readonly string[];
  readonly commands: readonly [readonly string[], readonly string[]];
  readonly keep: boolean;
  readonly json: boolean;
  readonly lvs: boolean;
}

/** Runs the lab; resolves with the exit status. `argv` without the word `lab`. */
export async function labCommand(argv: string[]): Promise<number> {
  let options: Options | null;
  try {
    options = parseOptions(argv);
  } catch (error) {
    return complain(error);
  }
  if (options === null) {
    process.stdout.write(usage);
    return 0;
  }
  const abort = new AbortController();
  const interrupt = () => abort.abort();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);
  try {
    return await play(options, abort.signal);
  } catch (error) {
    if (abort.signal.aborted) {
      process.stderr.write('ka-ts lab: interrupted; everything is taken down\n');
      return 130;
    }
    return complain(error);
  } finally {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, interrupt);
  }
}

function parseOptions(argv: string[]): Options | null {
  const { values } = parseArgs({
    args: argv,
    options: {
      'use-file': { type: 'string', short: 'f', multiple: true, default: [] },
      daemon: { type: 'string' },
      daemon1: { type: 'string' },
      daemon2: { type: 'string' },
      keep: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      lvs: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const files = values['use-file'];
  if (files.length !== 0 && files.length !== 2)
    throw new Error(`two configuration files are needed, one for each node (-f … -f …), not ${files.length}`);
  const command = (own: string | undefined) => (own ?? values.daemon)?.split(/\s+/).filter(Boolean) ?? ownCommand();
  if (values.lvs && (files.length > 0 || values.keep || values.daemon1 || values.daemon2))
    throw new Error('--lvs plays a configuration of its own and goes with --daemon and --json alone');
  return { lvs: values.lvs, files, commands: [command(values.daemon1), command(values.daemon2)], keep: values.keep, json: values.json };
}

async function play(options: Options, signal: AbortSignal): Promise<number> {
  if (process.geteuid?.() !== 0) throw new Error('network namespaces and raw sockets need root: run this as root');
  for (const program of ['ip', 'bridge', 'unshare', 'nsenter', 'setpriv', 'ping', ...options.commands.map(([first = '']) => first)])
    if (!isInstalled(program))
      throw new Error(`${program} is not installed; "sh test/support/install-system.sh lab" installs what the lab needs`);
  if (options.lvs) return lvsLab({ command: options.commands[0], json: options.json }, signal);
  const sources = options.files.length === 0 ? builtinConfigurations.map((text) => ({ text })) : options.files.map((file) => ({ file }));
  const [first, second] = sources.map((source, i): NodeSpec => ({ command: options.commands[i] ?? [], configuration: source }));
  if (!first || !second) throw new Error('two configurations are needed');
  const plan = planCluster(readConfiguration(first.configuration), readConfiguration(second.configuration));

  const swept = await sweepDeadRuns();
  const began = monotonic();
  const paint = createPaint(!options.json && process.stdout.isTTY && process.env.NO_COLOR === undefined);
  const timeLine = createTimeLine(
    plan.nodes.map((n) => n.name),
    began,
    paint,
  );
  const print = (lines: readonly string[]) => {
    if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
  };
  const onEvent = options.json
    ? (event: LabEvent) => print([JSON.stringify({ ...event, at: micros(event.at - began) / 1e6 })])
    : timeLine.take;
  if (!options.json) print(introduction(plan, options, swept, paint));

  const cluster = await createCluster(plan, [first, second], onEvent, signal);
  const show = setInterval(() => print(timeLine.lines(monotonic())), 50);
  try {
    if (options.keep) return await keepRunning(cluster, plan, options.json, print, signal);
    const results = await playScenario(cluster, plan);
    if (!options.json) print([...timeLine.lines(everything), '', ...conclusion(results, cluster, paint)]);
    return results.every((r) => r.broken.length === 0) ? 0 : 1;
  } finally {
    clearInterval(show);
    await cluster.close();
  }
}

function introduction(plan: Plan, options: Options, swept: readonly string[], paint: Paint): string[] {
  const lines = plan.nodes.map((node, i) => {
    const program = options.commands[i]?.map((word) => word.split('/').at(-1)).join(' ');
    const priority = `priority ${node.instance.priority}${node.processes.map((p) => `, ${p.weight >= 0 ? '+' : ''}${p.weight} while ${p.name} runs`).join('')}`;
    return `  ${paint.bold(node.name)}     ${node.address} on ${node.ifname}, ${priority}; runs ${program}`;
  });
  for (const node of plan.nodes)
    if (node.foreignScripts.length > 0)
      lines.push(paint.yellow(`  ${node.name}: the lab cannot steer ${node.foreignScripts.join(', ')}; it runs as it is`));
  const listed = plan.nodes.map((n) =>
    n.instance.virtual_ipaddress
      .map((a) => a.ip)
      .sort()
      .join(', '),
  );
  if (listed[0] !== listed[1]) lines.push(paint.yellow(`  the two do not have the same virtual addresses: ${listed.join(' and ')}`));
  if (swept.length > 0) lines.push(paint.dim(`  swept what runs that died had left: ${swept.join(', ')}`));
  return [
    `A virtual IP that moves: ${paint.bold(plan.vip)}, VRRPv${plan.timing.version}, VRID ${plan.vrid}, an advert every ${plan.timing.interval / 1e6} s`,
    ...lines,
    `  ${paint.bold('client')}  ${plan.client.address}, pings ${plan.vip} 50 times a second and sees every frame`,
  ];
}

function conclusion(results: readonly StepResult[], cluster: Cluster, paint: Paint): string[] {
  const failed = results.filter((r) => r.broken.length > 0).length;
  const drops = cluster.drops();
  return [
    ...summaryTable(results, paint),
    '',
    failed === 0
      ? paint.green(`Every one of ${results.length} steps did what VRRP promises.`)
      : paint.red(`${failed} of ${results.length} steps did not do what VRRP promises.`),
    ...(drops > 0 ? [paint.yellow(`The tap lost ${drops} frames: the machine is too busy to trust these figures.`)] : []),
  ];
}

async function keepRunning(
  cluster: Cluster,
  plan: Plan,
  json: boolean,
  print: (lines: readonly string[]) => void,
  signal: AbortSignal,
): Promise<number> {
  for (const node of plan.nodes) {
    await cluster.setHealthy(node.name, true);
    cluster.start(node.name);
  }
  const [one] = plan.nodes;
  const shells = [...plan.nodes.map((n) => n.name), 'client'].map((name) => [...cluster.network.host(name).command([]), 'bash'].join(' '));
  const watch = `ip netns exec ${cluster.network.host('client').netns} tcpdump -ni ${plan.client.ifname}`;
  const addresses = `ip -n ${cluster.network.host(one.name).netns} address show ${one.ifname}`;
  if (json) print([JSON.stringify({ kind: 'running', shells, watch, addresses, directory: cluster.directory })]);
  else
    print([
      '',
      'The cluster runs until Ctrl-C. From another terminal:',
      ...shells.map((shell, i) => `  ${shell}    # a shell on ${plan.nodes[i]?.name ?? 'the client'}`),
      `  ${addresses}    # the addresses of ${one.name}`,
      `  ${watch}    # all traffic`,
      `  configurations and pid files: ${cluster.directory}`,
      '',
    ]);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  return 0;
}

function complain(error: unknown): number {
  process.stderr.write(`ka-ts lab: ${error instanceof Error ? error.message : String(error)}\n`);
  return 2;
}
