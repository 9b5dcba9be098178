// SPDX-License-Identifier: MIT
// Follows the daemon by server-sent events. Text from the daemon becomes text nodes and never markup.

const $ = (id) => document.getElementById(id);
const h = (tag, attributes, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) if (value !== null && value !== false) element.setAttribute(name, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ''));
  return element;
};

/** So many and more are shown one line each. */
const dense = 25;
const lanesShown = 10;
/** Milliseconds without a word after which nothing is live any more. */
const silence = 3500;

let model = null;
let last = 0;
let lost = null;
/** Clock of the daemon minus ours, ms. */
let offset = 0;
let newestEvent = null;
const open = new Set();

// ---- theme -------------------------------------------------------------------------------------------------------------

const themes = ['system', 'light', 'dark'];
let theme = 'system';
try {
  theme = themes.includes(localStorage.getItem('theme')) ? localStorage.getItem('theme') : 'system';
} catch {}
const applyTheme = () => {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  $('theme').textContent = `Theme: ${theme}`;
};
$('theme').addEventListener('click', () => {
  theme = themes[(themes.indexOf(theme) + 1) % themes.length];
  try {
    localStorage.setItem('theme', theme);
  } catch {}
  applyTheme();
});
applyTheme();

// ---- words ---------------------------------------------------------------------------------------------------------------

const clock = (at) => new Date(at * 1000).toLocaleTimeString([], { hour12: false });
const day = (at) => new Date(at * 1000).toLocaleDateString([], { month: 'short', day: 'numeric' });
const when = (at) => (Date.now() + offset - at * 1000 > 20 * 3600e3 ? `${day(at)} ${clock(at)}` : clock(at));
const span = (seconds) => {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
};
const sinceText = (at) => `for ${span((Date.now() + offset) / 1000 - at)}`;
const since = (at) => (at === null ? null : h('span', { 'data-since': at }, sinceText(at)));
const state = (word) => h('span', { class: 'state' }, h('span', { class: 'sign', 'aria-hidden': 'true' }), word);

// ---- pieces ------------------------------------------------------------------------------------------------------------

/** Puts children in place by key, and makes anew only what has changed: focus and open details stay. */
function patch(parent, items, make) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let before = parent.firstChild;
  for (const [key, item] of items) {
    const text = JSON.stringify(item);
    let element = old.get(key);
    old.delete(key);
    if (element === undefined || element.made !== text) {
      const fresh = make(item);
      fresh.dataset.key = key;
      fresh.made = text;
      const focus = element?.contains(document.activeElement) ? document.activeElement.tagName : null;
      if (element !== undefined) {
        if (before === element) before = fresh;
        element.replaceWith(fresh);
        if (focus !== null) fresh.querySelector(focus.toLowerCase())?.focus();
      }
      element = fresh;
    }
    if (element === before) before = before.nextSibling;
    else parent.insertBefore(element, before);
  }
  for (const element of old.values()) element.remove();
}

function figures(m) {
  const of = (tone) => m.instances.filter((i) => i.tone === tone).length;
  const servers = m.pools.flatMap((p) => p.servers);
  const rows = [];
  if (m.instances.length > 0) {
    rows.push(['active', of('active'), 'MASTER here']);
    rows.push(['backup', of('backup'), 'BACKUP']);
    rows.push(['fault', of('fault'), 'in FAULT']);
    if (of('unknown') > 0) rows.push(['unknown', of('unknown'), 'not known']);
  }
  if (servers.length > 0) {
    const up = servers.filter((s) => s.tone === 'good').length;
    rows.push([up === servers.length ? 'good' : 'bad', `${up}/${servers.length}`, 'servers up']);
  }
  if (m.sessions.length > 0) {
    const up = m.sessions.filter((s) => s.tone === 'good').length;
    rows.push([up === m.sessions.length ? 'good' : 'bad', `${up}/${m.sessions.length}`, 'BFD sessions up']);
  }
  patch(
    $('figures'),
    rows.map((row) => [row[2], row]),
    ([tone, number, text]) =>
      h('div', { class: `figure ${tone}${number === 0 ? ' zero' : ''}` }, h('b', {}, String(number)), h('span', {}, text)),
  );
}

function priorityLine({ priority: p }) {
  const parts = p.parts.map((part) => {
    const text = part.faults
      ? `${part.name} down`
      : part.adds === 0 && part.state === 'up'
        ? `${part.name} up`
        : `${part.adds < 0 ? '−' : '+'}${Math.abs(part.adds)} ${part.name}`;
    return h('span', { class: `part${part.state === 'down' ? ' down' : ''}` }, text);
  });
  return h(
    'p',
    { class: 'sum' },
    h('span', { class: 'part' }, 'priority'),
    h('b', {}, String(p.effective)),
    h('span', { class: 'part' }, `= ${p.base}`),
    parts,
  );
}

function instanceBody(i) {
  return h(
    'div',
    { class: 'body' },
    h('p', { class: 'small' }, since(i.since), i.since === null ? '' : ' · ', i.place, i.group === null ? '' : ` · group ${i.group}`),
    i.lastKnown === null ? null : h('p', { class: 'small' }, `last known: ${i.lastKnown}`),
    i.faults.length > 0 ? h('p', { class: 'faultlist' }, i.faults.join(' · ')) : null,
    i.troubles.map((t) => h('p', { class: 'trouble' }, h('b', {}, t.kind), ' ', since(t.since), `: ${t.text}`)),
    h(
      'div',
      { class: 'vips' },
      i.addresses.map((a) =>
        h(
          'span',
          { class: `vip${a.held ? ' held' : ''}`, title: a.held ? 'on this machine' : 'not on this machine' },
          a.text,
          a.held ? h('span', { class: 'hidden' }, ' held here') : '',
        ),
      ),
    ),
    priorityLine(i),
    i.active === null ? null : h('p', { class: 'small' }, `Active is ${i.active}`),
    i.cause ? h('p', { class: 'small cause' }, `why: ${i.cause}`) : null,
  );
}

function instanceCard(i) {
  const many = i.dense;
  const key = `instance ${i.name}`;
  if (!many)
    return h('article', { class: `card ${i.tone}` }, h('div', { class: 'top' }, h('h3', {}, i.name), state(i.state)), instanceBody(i));
  const details = h(
    'details',
    open.has(key) ? { open: '' } : {},
    h('summary', {}, h('span', { class: 'name', title: i.name }, i.name), state(i.state)),
  );
  const fill = () => {
    if (details.open && details.children.length === 1) details.append(instanceBody(i));
  };
  details.addEventListener('toggle', () => {
    if (details.open) open.add(key);
    else open.delete(key);
    fill();
  });
  fill();
  return h('article', { class: `card ${i.tone}` }, details);
}

function poolCard(p) {
  return h(
    'article',
    { class: `card ${p.tone}` },
    h('div', { class: 'top' }, h('h3', {}, p.name), state(p.state)),
    h('p', { class: 'small' }, p.text),
    h(
      'div',
      { class: 'servers' },
      p.servers.map((s) =>
        h(
          'div',
          { class: `server ${s.tone}` },
          h('span', { class: 'name' }, s.name),
          h(
            'span',
            { class: 'history', role: 'img', 'aria-label': historyWords(s.history) },
            s.history.map((e) => h('i', { class: e.up ? '' : 'down', title: `${e.up ? 'up' : 'down'} ${when(e.at)}` })),
          ),
          h('span', { class: 'word' }, h('span', { class: 'sign', 'aria-hidden': 'true' }), s.state),
          h('span', { class: 'small' }, s.text, s.since === null ? '' : ' · ', since(s.since)),
        ),
      ),
    ),
  );
}

function historyWords(history) {
  return history.length === 0
    ? 'no changes'
    : `${history.length} changes, the last one ${history.at(-1).up ? 'up' : 'down'} at ${when(history.at(-1).at)}`;
}

const toneOf = (word) => ({ MASTER: 'active', BACKUP: 'backup', FAULT: 'fault' })[word] ?? 'unknown';

/** A lane for each router that moved lately: what it was, when. */
function lanes(m) {
  const moves = m.events.filter((e) => e.lane !== null);
  const names = [...new Set(moves.map((e) => e.lane.name))].slice(0, lanesShown);
  $('lanes-section').hidden = names.length === 0;
  if (names.length === 0) return;
  const end = (Date.now() + offset) / 1000;
  const begin = Math.min(end - 600, Math.max(end - 86400, Math.min(...moves.map((e) => e.at)) - 60));
  const x = (at) => (1000 * (Math.max(begin, at) - begin)) / (end - begin);
  const rows = names.map((name) => {
    const own = moves.filter((e) => e.lane.name === name).sort((a, b) => a.id - b.id);
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', '0 0 1000 10');
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('aria-hidden', 'true');
    const bar = (from, to, word) => {
      const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
      for (const [key, value] of Object.entries({ x: x(from), y: 0, width: Math.max(2, x(to) - x(from)), height: 10, class: toneOf(word) }))
        rect.setAttribute(key, value);
      svg.append(rect);
    };
    if (own[0] !== undefined) bar(begin, own[0].at, own[0].lane.from);
    for (const [n, e] of own.entries()) bar(e.at, own[n + 1]?.at ?? end, e.lane.to);
    return h(
      'div',
      { class: 'lane' },
      h('p', {}, `${name}: ${own.length} transition${own.length === 1 ? '' : 's'}, now ${own.at(-1).lane.to}`),
      svg,
    );
  });
  $('lanes').replaceChildren(...rows, h('div', { class: 'axis' }, h('span', {}, when(begin)), h('span', {}, 'now')));
}

function announce(m) {
  const fresh = newestEvent === null ? [] : m.events.filter((e) => e.id > newestEvent);
  newestEvent = Math.max(newestEvent ?? 0, ...m.events.map((e) => e.id), 0);
  if (fresh.length > 0)
    $('announce').textContent = fresh
      .slice(0, 3)
      .map((e) => `${e.title.replace('→', 'to')}${e.detail === '' ? '' : `: ${e.detail}`}`)
      .join('. ');
}

function render() {
  const m = model;
  document.body.classList.remove('waiting');
  document.title = `${m.verdict.tone === 'good' ? '' : '⚠ '}${m.host} · ka-ts`;
  $('host').textContent = m.host;
  $('sub').textContent = `ka-ts ${m.version} · the cluster as this node sees it`;
  $('verdict').className = `verdict ${m.verdict.tone}`;
  if ($('verdict-text').textContent !== m.verdict.text) $('verdict-text').textContent = m.verdict.text;
  figures(m);
  const many = m.instances.length >= dense;
  $('filter-box').hidden = !many;
  const wanted = many ? $('filter').value.trim().toLowerCase() : '';
  const shown = m.instances.filter(
    (i) => wanted === '' || JSON.stringify([i.name, i.state, i.place, i.addresses]).toLowerCase().includes(wanted),
  );
  $('cards').className = many ? 'cards dense' : 'cards';
  if (shown.length === 0)
    $('cards').replaceChildren(
      h('p', { class: 'empty' }, m.instances.length === 0 ? 'No virtual router is configured here.' : 'None of them matches.'),
    );
  else {
    if ($('cards').firstElementChild?.dataset.key === undefined) $('cards').replaceChildren();
    patch(
      $('cards'),
      shown.map((i) => [i.name, { ...i, dense: many }]),
      instanceCard,
    );
  }
  $('pools-section').hidden = m.pools.length === 0;
  patch(
    $('pools'),
    m.pools.map((p) => [`${p.name} ${p.text.split(' ')[0]}`, p]),
    poolCard,
  );
  lanes(m);
  if (m.events.length === 0) $('events').replaceChildren(h('li', {}, h('span', {}, 'Nothing since the daemon was started.')));
  else {
    if ($('events').firstElementChild?.dataset.key === undefined) $('events').replaceChildren();
    patch(
      $('events'),
      m.events.map((e) => [String(e.id), e]),
      (e) =>
        h(
          'li',
          { class: e.tone },
          h('time', { datetime: new Date(e.at * 1000).toISOString() }, when(e.at)),
          h('div', {}, h('b', {}, e.title), e.detail === '' ? null : h('span', {}, e.detail)),
        ),
    );
  }
  const more = [
    [
      'Processes',
      m.processes
        .map((p) => `${p.role} ${p.stale ? 'does not answer' : p.state}${p.restarts > 0 ? `, ${p.restarts} restarts` : ''}`)
        .join('; '),
    ],
    ['Configuration', m.configuration.file],
    ['In force since', m.configuration.loadedAt === null ? 'not yet' : when(m.configuration.loadedAt)],
    ...(m.configuration.refusal === null ? [] : [['Last reload refused', m.configuration.refusal]]),
    ...m.groups.map((g) => [`Group ${g.name}`, `${g.state}: ${g.members.join(', ')}`]),
    ...m.sessions.map((s) => [`BFD ${s.name}`, `${s.state} (${s.neighbour})`]),
  ];
  $('more').replaceChildren(...more.flatMap(([term, text]) => [h('dt', {}, term), h('dd', {}, text)]));
  announce(m);
}

/** How fresh all this is, shown plainly. */
function freshness() {
  const quiet = Date.now() - last > silence;
  const live = last > 0 && !quiet && lost === null && !(model?.stale ?? false);
  document.body.classList.toggle('old', model !== null && !live);
  $('link').classList.toggle('live', live);
  const text =
    last === 0
      ? 'Connecting …'
      : quiet
        ? `No connection to the status page since ${clock((last + offset) / 1000)}: everything below is from before`
        : lost !== null
          ? `The daemon does not answer${lost.since === null ? '' : `; everything below is from ${when(lost.since)}`}`
          : model?.stale
            ? 'A process does not answer: states read UNKNOWN'
            : '';
  $('link-text').textContent = live ? `live · ${clock((Date.now() + offset) / 1000)}` : last === 0 ? 'connecting' : 'not live';
  if ($('banner').textContent !== text) $('banner').textContent = text;
  $('banner').hidden = text === '' || (last === 0 && model === null);
  for (const element of document.querySelectorAll('[data-since]')) {
    const words = sinceText(Number(element.dataset.since));
    if (live && element.textContent !== words) element.textContent = words;
  }
}

// ---- the stream --------------------------------------------------------------------------------------------------------

const heard = () => {
  last = Date.now();
};
const stream = new EventSource('/events');
stream.addEventListener('model', (event) => {
  heard();
  lost = null;
  model = JSON.parse(event.data);
  render();
  freshness();
});
stream.addEventListener('beat', (event) => {
  heard();
  lost = null;
  const { at } = JSON.parse(event.data);
  if (at > 0) offset = at * 1000 - Date.now();
  freshness();
});
stream.addEventListener('lost', (event) => {
  heard();
  lost = JSON.parse(event.data);
  freshness();
});
$('filter').addEventListener('input', () => model !== null && render());
setInterval(freshness, 1000);
setInterval(() => model !== null && lost === null && lanes(model), 30_000);
