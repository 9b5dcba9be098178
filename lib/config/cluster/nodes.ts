// SPDX-License-Identifier: MIT
// The nodes of a cluster as the rules see them: each file's configuration beside the blocks as written, which know the
// line of every setting.

import { type Ip, ipFamily } from '../../base/address.ts';
import type { Block, Setting } from '../keyword.ts';
import type { Config, Position, VrrpInstance } from '../model.ts';
import type { ClusterPlace } from './types.ts';

export interface Node {
  readonly name: string;
  readonly file: string;
  readonly config: Config;
  /** null: only places of whole blocks are known. */
  readonly tree: Block | null;
}

/** One instance of one node. */
export interface Member {
  readonly node: Node;
  readonly instance: VrrpInstance;
  /** Source address of its adverts, as far as the files tell. */
  readonly source: Ip | null;
}

export function isUnicast(i: VrrpInstance): boolean {
  return i.unicast_peer.length > 0;
}

/** The source address that the instance is given; null: the interface supplies it. */
export function writtenSource(i: VrrpInstance): Ip | null {
  return (isUnicast(i) ? i.unicast_src_ip : i.mcast_src_ip) ?? i.mcast_src_ip ?? i.unicast_src_ip;
}

/**
 * Where `path` was written in the instance of `m`: a keyword, or keywords of nested blocks, the last one optionally with
 * the name of an entry. As deep as it was written; the instance itself when nothing of it was.
 */
export function placeIn(m: Member, path: readonly string[], value: string, entry?: string): ClusterPlace {
  const blocks = (m.node.tree?.settings.vrrp_instance ?? []) as readonly Block[];
  const block = blocks.find((b) => b.name === m.instance.name);
  return placed(m.node, (block && written(block, path, entry)) ?? m.instance.position, value);
}

export function placed(node: Node, at: Position, value: string): ClusterPlace {
  return { node: node.name, file: at.file, line: at.line, column: at.column, value };
}

function written(block: Block, path: readonly string[], entry: string | undefined): Position {
  const [keyword = '', ...rest] = path;
  const found = block.settings[keyword] as Setting<unknown> | readonly (Setting<unknown> | Block)[] | undefined;
  if (found === undefined) return block.place;
  if ('place' in found) return found.place;
  const one = (entry === undefined ? undefined : found.find((x) => 'value' in x && nameOf(x.value) === entry)) ?? found[0];
  if (!one) return block.place;
  return 'settings' in one && rest.length > 0 ? written(one, rest, entry) : one.place;
}

/** How an entry is called: a word, the name of a tracked object, an address. */
function nameOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return null;
  const { name, ip } = value as { readonly name?: unknown; readonly ip?: unknown };
  return typeof name === 'string' ? name : typeof ip === 'string' ? ip : null;
}

/** Address text for a place: `10.0.0.1/24`, without the length when it is the default one. */
export function addressText(ip: Ip, length: number): string {
  return length === (ipFamily(ip) === 4 ? 32 : 128) ? ip : `${ip}/${length}`;
}
