// SPDX-License-Identifier: MIT
// The shell commands that the documentation tells people to type: those of fenced and of indented blocks, and those in the text.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

export interface DocumentedCommand {
  readonly text: string;
  /** `docs/operations/plan.md:3`, the first place. */
  readonly where: string;
}

/** Decisions tell what was, conformance what is tested, and some of the reference is made from tables: none asks to type anything. */
function pages(): string[] {
  const below = (folder: string) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .sort()
      .map((name) => `${folder}/${name}`);
  const generated = ['keywords', 'errors', 'causes', 'licences'].map((name) => `docs/reference/${name}.md`);
  return ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...below('docs'), ...below('docs/operations'), ...below('docs/reference')].filter(
    (path) => !generated.includes(path),
  );
}

/** How a line begins that is a command: with a variable for it, or with one of these programs. */
const beginning =
  /^(?:[A-Z][A-Z_]*=\S+ )*(?:ka-ts|keepalived|genhash|npm|npx|node|sh|systemctl|systemd-run|kill|killall|ssh|scp|curl|wget|apt|apt-get|dpkg|rpm|dnf|docker|podman|git|nft|iptables|ip|sysctl|journalctl|useradd|modprobe|cp|mv|ln|install|chmod|cat|echo|sudo|\.ci\/run|bash)(?: |$)/;

export function isCommand(line: string): boolean {
  return beginning.test(line);
}

/** Of one Markdown text: with the number of its line. */
export function commandsIn(markdown: string): { readonly text: string; readonly line: number }[] {
  const found: { text: string; line: number }[] = [];
  let fence: string | null = null;
  /** A block in another language, or `text` for what a program prints. */
  let isShell = true;
  let paragraph: { text: string; line: number } | null = null;
  const endParagraph = () => {
    if (!paragraph) return;
    const { text, line } = paragraph;
    paragraph = null;
    for (const match of text.matchAll(/(?<!`)`([^`]+)`(?!`)/g)) {
      const [span, inner = ''] = match;
      const before = text.slice(0, match.index).split('\n').length - 1;
      const plain = inner.replaceAll('\\|', '|').replace(/\s*\n\s*/g, ' ');
      // A word alone is a name: `keepalived`, `kill -9` of the text are no instructions.
      if (isCommand(plain) && plain.includes(' ') && span !== '') found.push({ text: plain, line: line + before });
    }
  };
  for (const [index, raw] of markdown.split('\n').entries()) {
    const [, opening, language = ''] = /^\s*(```+|~~~+)(\S*)/.exec(raw) ?? [];
    if (opening) {
      endParagraph();
      fence = fence === null ? opening : raw.trim() === fence ? null : fence;
      isShell = ['', 'sh', 'shell', 'console'].includes(language);
      continue;
    }
    const indented = /^ {4,}\S/.test(raw) && paragraph === null;
    if (fence !== null && !isShell) continue;
    if (fence !== null || indented) {
      const text = raw.trim().replace(/\s+#.*$/, '');
      if (isCommand(text)) found.push({ text, line: index + 1 });
      // A second way to do it, in a comment: `# or: kill -HUP …`.
      const other = /#\s+or: (.*)$/.exec(raw)?.[1]?.trim();
      if (other && isCommand(other)) found.push({ text: other, line: index + 1 });
      continue;
    }
    if (raw.trim() === '') endParagraph();
    else if (paragraph) paragraph.text += `\n${raw}`;
    else paragraph = { text: raw, line: index + 1 };
  }
  endParagraph();
  return found;
}

/** Each once, with its first place. */
export function documentedCommands(): readonly DocumentedCommand[] {
  const all = new Map<string, DocumentedCommand>();
  for (const page of pages())
    for (const { text, line } of commandsIn(readFileSync(join(root, page), 'utf8')))
      if (!all.has(text)) all.set(text, { text, where: `${page}:${line}` });
  return [...all.values()];
}
