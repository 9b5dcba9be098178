// Rules for virtual servers: what keepalived says when it completes and repairs them
// (reference/lvs-and-checkers.md section 3). They move to a builder when IPVS gets behaviour.

import { type BuildContext, repaired } from './build-context.ts';
import type { ScriptBuilder } from './build-scripts.ts';
import { type Block, blocksOf, listsOf, placeOf, valueIn } from './keyword.ts';
import { fileCheck, miscCheck } from './keywords/checkers.ts';
import type { root } from './keywords/index.ts';
import { realServer, virtualServer } from './keywords/virtual-server.ts';

type Tree = Block<typeof root>;
type Service = Block<typeof virtualServer>;
type Server = Block<typeof realServer>;

interface View {
  readonly block: Service;
  readonly kind: 'address' | 'fwmark' | 'group';
  /** `[10.0.0.1]:tcp:80`, `FWM 3` or the group's name, as keepalived prints it. */
  readonly text: string;
  readonly port: number;
  readonly protocol: string;
  readonly servers: readonly Server[];
}

type Rule = (service: View, context: BuildContext) => void;

export const serviceRules: Readonly<Record<string, Rule>> = {
  'no-protocol': noProtocol,
  'no-scheduler': noScheduler,
  'no-forwarding': noForwarding,
  'port-zero': portZero,
  'ports-differ': portsDiffer,
  'quorum-too-big': quorumTooBig,
};

export function checkServers(tree: Tree, scripts: ScriptBuilder, context: BuildContext): void {
  const files = new Set(blocksOf(tree, 'track_file').flatMap((b) => (b.settings.file ? [b.name] : [])));
  for (const group of listsOf(tree, 'virtual_server_group')) {
    if (group.entries.length === 0)
      repaired(context, group.place, 'server-group-empty', `virtual server group ${group.name} has no entries - removing`, {
        scope: 'child',
      });
  }
  for (const block of blocksOf(tree, 'virtual_server')) {
    const service = viewOf(block);
    for (const server of service.servers) checkCheckers(server, files, scripts, context);
    checkScripts(block, ['quorum_up', 'quorum_down'], scripts);
    if (service.servers.length === 0) {
      repaired(context, block.place, 'service-empty', `Virtual server ${service.text} has no real servers - ignoring`, { scope: 'child' });
      continue;
    }
    for (const rule of Object.values(serviceRules)) rule(service, context);
  }
}

function viewOf(block: Service): View {
  const [first = '', second = ''] = block.name.split(' ');
  const kind = first === 'fwmark' || first === 'group' ? first : 'address';
  const protocol = valueIn(virtualServer, block, 'protocol')?.toLowerCase() ?? 'none';
  const text = kind === 'fwmark' ? `FWM ${second}` : kind === 'group' ? second : `[${first}]:${protocol}:${second}`;
  return { block, kind, text, port: kind === 'address' ? Number(second) : 0, protocol, servers: blocksOf(block, 'real_server') };
}

function noProtocol(service: View, context: BuildContext): void {
  if (service.kind !== 'address' || service.block.settings.protocol) return;
  repaired(context, service.block.place, 'protocol-default', `Virtual server ${service.text}: no protocol set - defaulting to UDP`);
}

function noScheduler(service: View, context: BuildContext): void {
  if (service.block.settings.lvs_sched) return;
  repaired(context, service.block.place, 'scheduler-default', `Virtual server ${service.text}: no scheduler set, setting default 'wlc'`);
}

function noForwarding(service: View, context: BuildContext): void {
  if (service.block.settings.lvs_method || service.servers.every((s) => s.settings.lvs_method)) return;
  repaired(
    context,
    service.block.place,
    'forwarding-default',
    `Virtual server ${service.text}: no forwarding method set, setting default NAT`,
  );
}

function portZero(service: View, context: BuildContext): void {
  if (service.kind !== 'address' || service.port !== 0 || service.block.settings.persistence_timeout) return;
  repaired(
    context,
    service.block.place,
    'port-zero',
    `Virtual server ${service.text}: zero port only valid for persistent services - setting`,
  );
}

/** DR and TUN cannot change the port; a mark has none. */
function portsDiffer(service: View, context: BuildContext): void {
  const usual = valueIn(virtualServer, service.block, 'lvs_method')?.method ?? 'NAT';
  const warn = (place: Server['place'], message: string) =>
    repaired(context, place, 'ports-differ', `WARNING - ${message}`, { severity: 'warning' });
  for (const server of service.servers) {
    const method = valueIn(realServer, server, 'lvs_method')?.method ?? usual;
    if (method === 'NAT') continue;
    const [ip = '', port = '0'] = server.name.split(' ');
    if (port === '0') continue;
    const name = `[${ip}]:${service.protocol}:${port}`;
    if (service.kind === 'fwmark')
      warn(server.place, `fwmark virtual server ${service.text}, real server ${name} has port specified - clearing`);
    else if (service.kind === 'address' && Number(port) !== service.port) {
      warn(server.place, `virtual server ${service.text} and real server ${name} ports don't match - resetting`);
    }
  }
  const sorry = valueIn(virtualServer, service.block, 'sorry_server');
  const sorryMethod = valueIn(virtualServer, service.block, 'sorry_server_lvs_method')?.method ?? usual;
  if (!sorry?.port || sorryMethod === 'NAT') return;
  const place = placeOf(service.block, 'sorry_server');
  if (service.kind === 'fwmark') warn(place, `virtual server ${service.text}, sorry server has port specified - clearing`);
  else if (service.kind === 'address' && sorry.port !== service.port)
    warn(place, `virtual server ${service.text} and sorry server ports don't match - resetting`);
}

function quorumTooBig(service: View, context: BuildContext): void {
  const usual = valueIn(virtualServer, service.block, 'weight');
  const total = service.servers.reduce((sum, s) => sum + (valueIn(realServer, s, 'weight') ?? usual), 0);
  const quorum = valueIn(virtualServer, service.block, 'quorum');
  if (quorum > total) {
    repaired(
      context,
      placeOf(service.block, 'quorum'),
      'quorum-reduced',
      `Warning - quorum ${quorum} for ${service.text} exceeds total weight of real servers ${total}, reducing quorum to ${total}`,
      { severity: 'warning' },
    );
  }
  const reduced = Math.min(quorum, total);
  const hysteresis = valueIn(virtualServer, service.block, 'hysteresis');
  if (hysteresis > 0 && hysteresis >= reduced) {
    const text = `Virtual server ${service.text}: hysteresis ${hysteresis} must be less than quorum ${reduced} - setting hysteresis to ${Math.max(0, reduced - 1)}`;
    repaired(context, placeOf(service.block, 'hysteresis'), 'hysteresis-reduced', text, { severity: 'warning' });
  }
}

function checkCheckers(server: Server, files: ReadonlySet<string>, scripts: ScriptBuilder, context: BuildContext): void {
  checkScripts(server, ['notify_up', 'notify_down'], scripts);
  for (const check of blocksOf(server, 'MISC_CHECK')) checkMisc(check, scripts, context);
  for (const check of blocksOf(server, 'FILE_CHECK')) {
    const name = valueIn(fileCheck, check, 'track_file');
    if (name !== undefined && files.has(name)) continue;
    if (name !== undefined)
      repaired(context, placeOf(check, 'track_file'), 'track-undefined', `track_file ${name} not found`, { scope: 'child', word: name });
    repaired(context, check.place, 'file-check-empty', 'FILE_CHECK has no track_file specified - ignoring', { scope: 'child' });
  }
}

function checkMisc(check: Block<typeof miscCheck>, scripts: ScriptBuilder, context: BuildContext): void {
  const command = valueIn(miscCheck, check, 'misc_path');
  if (!command) {
    repaired(context, check.place, 'misc-check-empty', 'MISC_CHECK has no misc_path specified - ignoring', {
      scope: 'child',
      expected: 'misc_path COMMAND',
    });
    return;
  }
  const user = valueIn(miscCheck, check, 'user') ?? null;
  const text = user
    ? `Failed to set uid/gid for misc checker script '${command.text}' - removing`
    : `Unable to set default user for misc script '${command.text}' - removing`;
  scripts.script({ ...command, user }, placeOf(check, 'misc_path'), text);
}

function checkScripts<B extends Service | Server>(block: B, keys: readonly (keyof B['settings'] & string)[], scripts: ScriptBuilder): void {
  for (const key of keys) {
    const setting = (block.settings as Record<string, unknown>)[key] as
      | { value: Parameters<ScriptBuilder['script']>[0]; place: Server['place'] }
      | undefined;
    if (setting) scripts.script(setting.value, setting.place);
  }
}
