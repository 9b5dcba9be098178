// SPDX-License-Identifier: MIT
// The play: what the lab does to the cluster, step by step, and how each step is judged.

import { type Micros, micros, milliseconds, toSeconds } from '../base/time.ts';
import type { Cluster } from './cluster.ts';
import { monotonic } from './daemon.ts';
import type { LabEvent, StepResult } from './events.ts';
import type { Plan } from './plan.ts';
import { activeAmong, downInterval, measureTakeover, type NodeState, priorityOf } from './promise.ts';

interface Step {
  readonly title: (node: string) => string;
  /** The deed itself, in the node's column of the time line. */
  readonly deed: string;
  /** What happens to the node, and what that does to its state; `node` is the one that was chosen for this step. */
  readonly act: (cluster: Cluster, node: string) => Promise<void>;
  readonly change: Partial<NodeState>;
  /** active: the Active Router of the moment; victim: the node of the step before. */
  readonly who: 'active' | 'victim';
  /** Longest time until the change itself is noticed: the interval of a script. */
  readonly delay?: (plan: Plan, node: string) => Micros;
  readonly needsScript?: true;
}

const scriptDelay = (plan: Plan, node: string): Micros =>
  micros(Math.max(0, ...(plan.nodes.find((n) => n.name === node)?.processes ?? []).map((p) => p.delay)) + 1e6);

const steps: readonly Step[] = [
  {
    title: (node) => `${node}: script fails`,
    deed: 'its process ends',
    act: (cluster, node) => cluster.setHealthy(node, false),
    change: { healthy: false },
    who: 'active',
    delay: scriptDelay,
    needsScript: true,
  },
  {
    title: (node) => `${node}: script recovers`,
    deed: 'its process is back',
    act: (cluster, node) => cluster.setHealthy(node, true),
    change: { healthy: true },
    who: 'victim',
    delay: scriptDelay,
    needsScript: true,
  },
  {
    title: (node) => `${node}: graceful stop`,
    deed: 'SIGTERM',
    act: (cluster, node) => cluster.stop(node),
    change: { running: false },
    who: 'active',
  },
  { title: (node) => `${node}: returns`, deed: 'starts', act: start, change: { running: true }, who: 'victim' },
  {
    title: (node) => `${node}: kill -9`,
    deed: 'SIGKILL, address left behind',
    act: (cluster, node) => cluster.kill(node),
    change: { running: false },
    who: 'active',
  },
  { title: (node) => `${node}: returns to its remains`, deed: 'starts', act: start, change: { running: true }, who: 'victim' },
  {
    title: (node) => `${node}: cable pulled`,
    deed: 'cable out',
    act: (cluster, node) => cluster.cable(node, false),
    change: { cable: false },
    who: 'active',
  },
  {
    title: (node) => `${node}: cable back`,
    deed: 'cable in',
    act: (cluster, node) => cluster.cable(node, true),
    change: { cable: true },
    who: 'victim',
  },
];

/** By so much a takeover may be late, or early, against the formula before the lab calls the promise broken. */
const lateness = milliseconds(100);
const earliness = milliseconds(10);

/** Plays everything; results come through the cluster's events as well. Throws when aborted. */
export async function playScenario(cluster: Cluster, plan: Plan): Promise<StepResult[]> {
  const results: StepResult[] = [];
  const states = new Map<string, NodeState>(plan.nodes.map((node) => [node.name, initialState(node)]));
  const all = () => [...states.values()];
  let number = 1;

  const judgeStep = async (title: string, act: () => Promise<void>, current: string | null, delay: Micros): Promise<string | null> => {
    const expected = activeAmong(all(), current);
    const since = monotonic();
    cluster.tell({ kind: 'step', at: since, number, title, expected: expected?.name ?? 'nobody' });
    await act();
    const result = await judge(cluster, plan, { number, title, since, before: current, expected, delay });
    cluster.tell({ kind: 'result', at: monotonic(), result });
    results.push(result);
    number++;
    return expected?.name ?? null;
  };

  // The better one first: started together, they would race for the few milliseconds between their timers.
  const better = activeAmong(
    all().map((n) => ({ ...n, running: true })),
    null,
  )?.name;
  let active: string | null = null;
  for (const node of all().sort((x, y) => Number(y.name === better) - Number(x.name === better))) {
    states.set(node.name, { ...node, running: true });
    const title = active === null ? `${node.name} starts alone` : `${node.name} starts beside it`;
    const act = async () => {
      await cluster.setHealthy(node.name, true);
      cluster.start(node.name);
    };
    active = await judgeStep(title, act, active, milliseconds(1000));
  }
  let victim = active;
  for (const step of steps) {
    const node = step.who === 'active' ? active : victim;
    if (node === null) continue;
    if (step.needsScript && !plan.nodes.find((n) => n.name === node)?.processes.length) continue;
    victim = node;
    const state = states.get(node);
    if (state) states.set(node, { ...state, ...step.change });
    const deed = () => {
      cluster.tell({ kind: 'act', at: monotonic(), node, text: step.deed });
      return step.act(cluster, node);
    };
    active = await judgeStep(step.title(node), deed, active, step.delay?.(plan, node) ?? milliseconds(0));
  }
  return results;
}

interface Judged {
  readonly number: number;
  readonly title: string;
  readonly since: Micros;
  readonly before: string | null;
  readonly expected: NodeState | null;
  readonly delay: Micros;
}

async function judge(cluster: Cluster, plan: Plan, step: Judged): Promise<StepResult> {
  const { since, before, expected } = step;
  const { timing } = plan;
  const due = expected === null ? 0 : downInterval(priorityOf(expected) ?? 1, timing);
  const wait = (due + step.delay) / 1000 + 3000;
  const isTakeover = expected !== null && expected.name !== before;
  if (isTakeover) await cluster.until((events) => events.findLast((e) => e.at > since && isAdvertOf(e, expected.name)), wait);
  // Nothing may happen that should not: look on for as long as another takeover would take. After a takeover long enough, too,
  // for the next one to come more than a second after the repeated announcements: a Linux client ignores an announcement
  // within a second of another (neigh/*/locktime), and would look for the address in the wrong place for no fault of VRRP's.
  const settled = monotonic();
  const quiet = (isTakeover ? 2.6 * timing.interval : due + 1.5 * timing.interval) + cluster.settling;
  await cluster.until((_, now) => (now > settled + quiet ? true : undefined), quiet / 1000 + 5000);

  const seen = cluster.events.filter((e) => e.at > since);
  const after = seen.findLast((e) => e.kind === 'advert' && e.priority > 0);
  const holder = after?.kind === 'advert' ? after.node : 'nobody';
  const broken: string[] = [];
  if (holder !== (expected?.name ?? 'nobody')) broken.push(`${holder} is Active, not ${expected?.name ?? 'nobody'}`);
  const takenOver = seen.find((e) => expected !== null && isAdvertOf(e, expected.name))?.at ?? settled;
  const rivals = new Set(seen.flatMap((e) => (isAdvertOf(e, null) && e.at > takenOver + lateness ? [e.node] : [])));
  if (rivals.size > 1) broken.push(`${[...rivals].join(' and ')} are Active at the same time`);
  if (seen.some((e) => e.kind === 'advert' && !e.checksumOk)) broken.push('an advert has a bad checksum');
  const base = plan.nodes.find((n) => n.name === expected?.name)?.instance.priority ?? 100;
  const takeover = isTakeover ? measureTakeover(cluster.events, expected.name, since, base, timing) : null;
  if (takeover) {
    const late = takeover.measured - takeover.expected;
    if (late > lateness || late < -(takeover.fromLog ? lateness : earliness))
      broken.push(`took over ${toSeconds(micros(late)).toFixed(3)} s off the formula`);
  } else if (isTakeover) broken.push(`${expected.name} did not take over`);
  const answer = seen.findLast((e) => e.kind === 'answer');
  if (expected && answer?.kind !== 'answer') broken.push('the client gets no answer');
  else if (expected && answer?.kind === 'answer') {
    if (answer.node !== expected.name) broken.push(`the client is answered by ${answer.node}`);
    if (monotonic() - answer.at > 500_000) broken.push('the client gets no answer any more');
  }
  const outages = seen.filter((e) => e.kind === 'reached');
  const silence = seen.findLast((e) => e.kind === 'reached' || e.kind === 'unreachable');
  const lasting = silence?.kind === 'unreachable' ? monotonic() - silence.since : 0;
  return {
    number: step.number,
    title: step.title,
    before: before ?? 'nobody',
    after: holder,
    formula: takeover?.formula ?? null,
    expected: takeover?.expected ?? null,
    measured: takeover?.measured ?? null,
    approximate: takeover?.fromLog ?? false,
    outage: micros(Math.max(lasting, ...outages.map((e) => e.outage))),
    lostPings: outages.reduce((sum, e) => sum + e.lost, 0),
    broken,
  };
}

/** An advert of a router that claims to be Active; of any node when `node` is null. */
function isAdvertOf(event: LabEvent, node: string | null): event is Extract<LabEvent, { kind: 'advert' }> {
  return event.kind === 'advert' && event.priority > 0 && (node === null || event.node === node);
}

function initialState(node: Plan['nodes'][number]): NodeState {
  return {
    name: node.name,
    address: node.address,
    basePriority: node.instance.priority,
    nopreempt: node.instance.nopreempt,
    running: false,
    cable: true,
    healthy: true,
    weights: node.processes.map((p) => p.weight),
  };
}

async function start(cluster: Cluster, node: string): Promise<void> {
  cluster.start(node);
}
