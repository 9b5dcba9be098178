// SPDX-License-Identifier: MIT
// manuals.mjs MAN SHARE: man pages (gzip) below MAN and shell completions below SHARE, both from what the program says of itself:
// its --help, that of its commands, and the keyword reference. Nothing is written twice.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** What `ka-ts WORDS` prints. */
function said(...words) {
  const { stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin/ka-ts'), ...words], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  return stdout || stderr;
}

const help = said('--help');
const [optionsPart, commandsPart = ''] = help.split('\nCommands:\n');
/** `{ name, synopsis, summary, help }` of each command, in the order of --help. */
const commands = [...commandsPart.matchAll(/^ {2}ka-ts (\w+)(.*?) {2,}(\S.*)$/gm)].map(([, name, more, summary]) => ({
  name,
  synopsis: `ka-ts ${name}${more}`,
  summary,
  help: said(name, '--help'),
}));
/** `--word` and `-w` of a help text, with whether a value follows. */
const optionsOf = (text) =>
  [...text.matchAll(/^ {2,6}(?:(-\w), )?(--[\w-]+)((?: <\w+>| \[\w+\]| [A-Z'][\w.']*)?)/gm)].map(([, short, long, value]) => ({
    short,
    long,
    value: value.trim() !== '',
  }));

const asRoff = (text) =>
  text
    .replaceAll('\\', '\\e')
    .replace(/^([.'])/gm, '\\&$1')
    .replaceAll('-', '\\-');
const page = (name, section, summary, body) => `.TH ${name.toUpperCase()} ${section} "" "ka\\-ts ${version}" "ka\\-ts"
.SH NAME
${asRoff(name)} \\- ${asRoff(summary)}
${body}
.SH SEE ALSO
${['ka-ts(8)', 'ka-ts.conf(5)']
  .filter((other) => !other.startsWith(`${name}(`))
  .map((other) => `.BR ${asRoff(other.replace('(', ' ('))}`)
  .join(' ,\n')}
`;
const verbatim = (text) => `.nf\n${asRoff(text.trimEnd())}\n.fi`;

function commandPage({ name, summary, help: text }) {
  const [usage = '', ...rest] = text.split('\n\n');
  const body = `.SH SYNOPSIS\n${verbatim(usage.replace(/^(?:Usage: | {7})/gm, ''))}\n.SH DESCRIPTION\n${verbatim(rest.join('\n\n'))}`;
  return page(`ka-ts-${name}`, 1, summary, body);
}

function daemonPage() {
  const list = commands.map(({ name, summary }) => `.TP\n.B ka\\-ts ${name}\n${asRoff(summary)}; see ka\\-ts\\-${name}(1)`).join('\n');
  return page(
    'ka-ts',
    8,
    'virtual routers (VRRP) and load balancing (LVS)',
    `.SH SYNOPSIS
.B ka\\-ts
[OPTION...]
.br
.B ka\\-ts
COMMAND [OPTION...]
.SH DESCRIPTION
Virtual IP addresses that move between machines in milliseconds, and IPVS with health\\-checked servers. A drop\\-in replacement for
keepalived: the same configuration, command line, signals, packets and log lines. Called as
.BR keepalived " or " genhash
it is that program.
.SH OPTIONS
${verbatim(
  optionsPart
    .split('\n')
    .slice(1)
    .join('\n')
    .replace(/^Options:\n/m, ''),
)}
.SH COMMANDS
${list}
.SH SIGNALS
.TP
.B HUP
reload; where the program was replaced on disk, become the new one
.TP
.B TERM
hand over and stop; a second one does not wait for a successor
.TP
.B USR1, USR2
write keepalived.data; write keepalived.stats
.SH FILES
.TP
.I /etc/keepalived/keepalived.conf
configuration, see ka\\-ts.conf(5)
.TP
.I /run/keepalived.pid
pid file; the control socket lies beside it`,
  );
}

/** The generated reference: headings and tables of Markdown as headings and paragraphs. */
function configurationPage() {
  const text = readFileSync(join(root, 'docs/reference/keywords.md'), 'utf8');
  const out = [];
  for (const line of text.slice(text.indexOf('\n## ')).split('\n')) {
    const heading = /^(#+) (.*)$/.exec(line);
    const cells = /^\| (.*) \|$/.exec(line)?.[1].split(/(?<!\\) \| /);
    const plain = (cell) =>
      asRoff(
        cell
          .replace(/[`*~]|<[^>]*>/g, '')
          .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
          .replaceAll('\\|', '|'),
      );
    if (heading) out.push(heading[1].length === 2 ? `.SH "${plain(heading[2])}"` : `.SS "${plain(heading[2])}"`);
    else if (cells && !/^[-: |]*$/.test(line) && cells[0] !== 'Keyword')
      out.push(`.TP\n.B ${plain(cells[0])}\n${cells.slice(1).filter(Boolean).map(plain).join('; ')}`);
  }
  return page('ka-ts.conf', 5, 'the configuration of ka-ts and keepalived', out.join('\n'));
}

function bash() {
  const cases = commands
    .map(
      ({ name, help: text }) =>
        `    ${name}) words="${optionsOf(text)
          .map((o) => o.long)
          .join(' ')}" ;;`,
    )
    .join('\n');
  return `# bash completion of ka-ts
_ka_ts() {
  local current=\${COMP_WORDS[COMP_CWORD]} words
  case \${COMP_WORDS[1]} in
${cases}
    *) words="${optionsOf(optionsPart)
      .map((o) => o.long)
      .join(' ')}"
      [ "$COMP_CWORD" -eq 1 ] && words="$words ${commands.map((c) => c.name).join(' ')}" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  case $current in -*) ;; *) [ "$COMP_CWORD" -gt 1 ] && COMPREPLY+=($(compgen -f -- "$current")) ;; esac
}
complete -o filenames -F _ka_ts ka-ts
`;
}

function zsh() {
  const quote = (text) => text.replaceAll("'", "'\\''").replaceAll(':', '\\:');
  return `#compdef ka-ts
local -a commands
commands=(
${commands.map(({ name, summary }) => `  '${name}:${quote(summary)}'`).join('\n')}
)
if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
  _describe command commands
  return
fi
case $words[2] in
${commands
  .map(
    ({ name, help: text }) =>
      `  ${name}) compadd -- ${optionsOf(text)
        .map((o) => o.long)
        .join(' ')} ;;`,
  )
  .join('\n')}
  *) compadd -- ${optionsOf(optionsPart)
    .map((o) => o.long)
    .join(' ')} ;;
esac
_files
`;
}

function fish() {
  const quote = (text) => text.replaceAll("'", "\\'");
  const top = optionsOf(optionsPart).map(
    ({ short, long, value }) =>
      `complete -c ka-ts -n __fish_use_subcommand -l ${long.slice(2)}${short ? ` -s ${short.slice(1)}` : ''}${value ? ' -r' : ''}`,
  );
  const names = commands.map(({ name, summary }) => `complete -c ka-ts -n __fish_use_subcommand -a ${name} -d '${quote(summary)}'`);
  const rest = commands.flatMap(({ name, help: text }) =>
    optionsOf(text).map(
      ({ long, value }) => `complete -c ka-ts -n '__fish_seen_subcommand_from ${name}' -l ${long.slice(2)}${value ? ' -r' : ''}`,
    ),
  );
  return `# fish completion of ka-ts\n${[...top, ...names, ...rest].join('\n')}\n`;
}

const [, , man, share] = process.argv;
if (!man || !share) throw new Error('usage: manuals.mjs MAN SHARE');
const put = (file, content) => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
};
put(join(man, 'man8/ka-ts.8.gz'), gzipSync(daemonPage(), { level: 9 }));
put(join(man, 'man5/ka-ts.conf.5.gz'), gzipSync(configurationPage(), { level: 9 }));
for (const command of commands) put(join(man, `man1/ka-ts-${command.name}.1.gz`), gzipSync(commandPage(command), { level: 9 }));
put(join(share, 'bash-completion/completions/ka-ts'), bash());
put(join(share, 'zsh/vendor-completions/_ka-ts'), zsh());
put(join(share, 'fish/vendor_completions.d/ka-ts.fish'), fish());
