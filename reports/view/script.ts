/**
 * The live page's script, as text that the page carries. It keeps the last state that the server sent, what the reader chose
 * in the address (`#tab=..&y=..&x=..&off=..&run=..&filter=..`), and draws the one from the other. Text from data is set as text, never as markup.
 */
export const VIEW_SCRIPT = `
const at = (id) => document.getElementById(id);
const el = (name, attributes, children) => {
  const node = document.createElement(name);
  for (const key of Object.keys(attributes || {})) {
    if (key === 'onclick') node.addEventListener('click', attributes[key]);
    else node.setAttribute(key, attributes[key]);
  }
  for (const child of [].concat(children === undefined ? [] : children)) node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  return node;
};
const TABS = { curves: 'Curves', runs: 'Runs', failures: 'Failures' };
const Y = { gold: 'gold reward', proxy: 'proxy reward', kl: 'KL, nats', loss: 'loss' };
const X = { step: 'step', kl: 'KL, nats', flops: 'FLOPs' };
const ROWS = 300;
const FAILED = ['failed', 'diverged', 'timed-out'];
const DONE = ['completed', 'budget-spent'];
let runs = new Map();
let curves = {};
let opened = { id: null, data: null };

const chosen = () => {
  const p = new URLSearchParams(location.hash.slice(1));
  const pick = (key, known, otherwise) => Object.hasOwn(known, p.get(key)) ? p.get(key) : otherwise;
  const y = pick('y', Y, 'gold');
  return { tab: pick('tab', TABS, 'curves'), y, x: y === 'loss' ? 'step' : pick('x', X, 'step'), off: p.getAll('off'), run: p.get('run'), filter: p.get('filter') || '' };
};
const choose = (change) => {
  const next = Object.assign(chosen(), change);
  const p = new URLSearchParams();
  for (const key of ['tab', 'y', 'x']) p.set(key, next[key]);
  for (const name of next.off) p.append('off', name);
  if (next.run !== null) p.set('run', next.run);
  if (next.filter !== '') p.set('filter', next.filter);
  history.replaceState(null, '', '#' + p);
  draw();
};

let waiting = false;
const draw = () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; render(); });
};
const render = () => {
  const state = chosen();
  progress();
  for (const tab of Object.keys(TABS)) {
    at(tab).hidden = tab !== state.tab;
    at('tab-' + tab).setAttribute('aria-selected', String(tab === state.tab));
    at('tab-' + tab).tabIndex = tab === state.tab ? 0 : -1;
  }
  at('tab-failures').textContent = TABS.failures + ' (' + [...runs.values()].filter((r) => FAILED.includes(r.state)).length + ')';
  if (state.tab === 'curves') chart(state);
  if (state.tab === 'runs') table(state);
  if (state.tab === 'failures') failures();
  openRun(state);
};

const progress = () => {
  const all = [...runs.values()];
  const count = (states) => all.filter((r) => states.includes(r.state)).length;
  const parts = [['completed', count(DONE)], ['failed', count(FAILED)], ['running', count(['running'])]];
  at('bar').replaceChildren(...parts.map(([name, n]) => { const part = el('span', { class: name }); part.style.width = (100 * n / Math.max(1, all.length)) + '%'; return part; }));
  const text = all.length + ' runs: ' + parts.map(([name, n]) => n + ' ' + name).join(', ') + ', ' + count(['planned', 'interrupted']) + ' to come';
  if (at('counts').textContent !== text) at('counts').textContent = text;
  at('bar').setAttribute('aria-label', text);
};

const DASHES = ['none', '7 4', '2 3', '9 3 2 3'];
const chart = (state) => {
  const names = Object.keys(curves).sort();
  const style = (i) => ({ color: 'var(--k' + (i % COLOURS) + ')', dash: DASHES[Math.floor(i / COLOURS) % DASHES.length] });
  const keys = at('keys');
  const focused = keys.contains(document.activeElement) ? [...keys.children].indexOf(document.activeElement) : -1;
  keys.replaceChildren(...names.map((name, i) => {
    const off = state.off.includes(name);
    const mark = svg('svg', { viewBox: '0 0 20 8', 'aria-hidden': 'true' });
    mark.append(svg('line', { x1: 0, x2: 20, y1: 4, y2: 4, stroke: style(i).color, 'stroke-width': 3, 'stroke-dasharray': style(i).dash }));
    return el('button', { type: 'button', 'aria-pressed': String(!off), onclick: () => choose({ off: off ? state.off.filter((n) => n !== name) : state.off.concat(name) }) }, [mark, name]);
  }));
  if (focused >= 0 && keys.children[focused]) keys.children[focused].focus();
  at('y').value = state.y;
  at('x').value = state.x;
  at('x').disabled = state.y === 'loss';
  drawChart(at('chart'), names.flatMap((name, i) => state.off.includes(name) ? [] : [Object.assign({ name, points: curves[name].filter((p) => p[state.x] !== null && p[state.y] !== null).map((p) => [p[state.x], p[state.y]]) }, style(i))]).filter((l) => l.points.length > 0), { x: X[state.x], y: Y[state.y] });
  at('reading').textContent = Y[state.y] + ' against ' + X[state.x] + (state.y === 'loss' ? ': of training, mean over the seeds that have come so far; losses of different algorithms are not comparable.' : ': on validation prompts, mean over the seeds that have come so far.');
};

const amount = (x) => el('td', x === null ? { class: 'none' } : {}, x === null ? '–' : show(x));
const table = (state) => {
  const words = state.filter.toLowerCase().split(' ').filter((w) => w !== '');
  const matching = [...runs.values()].filter((r) => { const text = (r.label + ' s' + r.seed + ' ' + r.state + ' ' + r.role + ' ' + r.id).toLowerCase(); return words.every((w) => text.includes(w)); });
  if (document.activeElement !== at('filter')) at('filter').value = state.filter;
  at('shown').textContent = matching.length > ROWS ? 'the first ' + ROWS + ' of ' + matching.length : matching.length + ' of ' + runs.size;
  const focused = at('rows').contains(document.activeElement) ? document.activeElement.dataset.id : null;
  at('rows').replaceChildren(...matching.slice(0, ROWS).map((r) => {
    const button = el('button', { type: 'button', 'data-id': r.id, onclick: () => choose({ run: r.id === state.run ? null : r.id }) }, r.label);
    button.setAttribute('aria-expanded', String(r.id === state.run));
    return el('tr', r.id === state.run ? { class: 'current' } : {}, [el('th', { scope: 'row' }, button), el('td', {}, r.seed), el('td', { class: 'state-' + r.state }, r.state), el('td', {}, r.step), amount(r.loss), amount(r.gold), amount(r.proxy), amount(r.kl)]);
  }));
  if (focused !== null) for (const b of at('rows').querySelectorAll('button')) if (b.dataset.id === focused) b.focus();
};

const failures = () => {
  const found = [...runs.values()].filter((r) => FAILED.includes(r.state));
  at('causes').replaceChildren(...(found.length === 0 ? [el('p', {}, 'None so far.')] : found.slice(0, ROWS).map((r) => el('div', { class: 'sample' }, [el('h3', {}, r.id + ': ' + r.state + ' at step ' + r.step), el('p', {}, r.cause || 'stopped at its time budget')]))));
};

const openRun = (state) => {
  const place = at('open');
  const run = state.run === null ? undefined : runs.get(state.run);
  place.hidden = run === undefined || state.tab !== 'runs';
  if (run === undefined) { opened = { id: null, data: null }; return; }
  const version = run.id + ' ' + run.state;
  if (opened.id === version) return;
  opened = { id: version, data: null };
  place.replaceChildren(el('p', {}, 'Reading ' + run.id + ' …'));
  fetch('api/run/' + encodeURIComponent(run.id)).then((r) => r.json()).then((data) => {
    if (opened.id !== version) return;
    const params = data.spec.algorithm === null ? {} : data.spec.algorithm.params;
    place.replaceChildren(
      el('h2', {}, run.id),
      el('p', { class: 'meta' }, run.state + (run.algorithm === null ? '' : ', ' + run.algorithm) + ', seed ' + run.seed),
      el('div', { class: 'params' }, Object.keys(params).map((key) => el('code', {}, key + ' ' + JSON.stringify(params[key])))),
      el('p', { class: 'hint' }, data.nSamples === 0 ? 'No samples: they are drawn on test prompts when the run ends.' : 'Samples on test prompts' + (data.samples.length < data.nSamples ? ', the first ' + data.samples.length + ' of ' + data.nSamples : '') + '. Log-ratios are log π − log π of the start, nats: blue tokens became more likely, orange ones less.'),
      el('div', {}, data.samples.map((s, i) => sampleBox(run.id, s, i))));
  }).catch(() => { if (opened.id === version) place.replaceChildren(el('p', {}, 'This run could not be read.')); });
};

const sampleBox = (id, s, i) => {
  const place = el('div', { class: 'tokens' }, s.completion);
  const facts = [s.gold === null ? null : 'gold ' + show(s.gold), s.proxy === null ? null : 'proxy ' + show(s.proxy), s.tokens + ' tokens', s.logp === null || s.refLogp === null ? null : 'log-ratio ' + show(s.logp - s.refLogp)].filter((f) => f !== null);
  const button = el('button', { type: 'button', onclick: () => { button.disabled = true; ratios(id, i, place, () => button.remove()); } }, 'token log-ratios');
  return el('article', { class: 'sample' }, [el('p', { class: 'hint' }, s.prompt), place, el('p', { class: 'hint' }, [facts.join(' · ') + ' ', button])]);
};

const ratios = (id, i, place, done) => {
  fetch('api/run/' + encodeURIComponent(id) + '/sample/' + i).then((r) => r.json()).then((data) => {
    done();
    if (data.tokens === undefined) { place.after(el('p', { class: 'hint' }, data.reason)); return; }
    const signed = (x) => (x > 0 ? '+' : '') + x.toFixed(3);
    place.replaceChildren(...data.tokens.flatMap((t, n) => {
      const span = el('span', { title: 'log π ' + t.logp.toFixed(3) + ', start ' + t.refLogp.toFixed(3) + ', ratio ' + signed(t.ratio) }, t.token);
      span.style.backgroundColor = 'rgba(var(' + (t.ratio > 0 ? '--more' : '--fewer') + '),' + Math.min(0.7, Math.abs(t.ratio) / 2).toFixed(3) + ')';
      return n === 0 ? [span] : [' ', span];
    }));
    const head = ['token', 'log π', 'start', 'log-ratio'];
    const table = el('table', {}, [el('thead', {}, el('tr', {}, head.map((h) => el('th', {}, h)))), el('tbody', {}, data.tokens.map((t) => el('tr', {}, [el('th', { scope: 'row' }, t.token), el('td', {}, t.logp.toFixed(3)), el('td', {}, t.refLogp.toFixed(3)), el('td', {}, signed(t.ratio))])))]);
    place.after(el('details', {}, [el('summary', {}, 'as a table'), el('div', { class: 'scroll', tabindex: '0' }, table)]));
  }).catch(() => { done(); place.after(el('p', { class: 'hint' }, 'The log-ratios could not be read.')); });
};

for (const tab of Object.keys(TABS)) at('tabs').append(el('button', { type: 'button', role: 'tab', id: 'tab-' + tab, 'aria-controls': tab, onclick: () => choose({ tab }) }, TABS[tab]));
at('tabs').addEventListener('keydown', (event) => {
  const move = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (move === 0) return;
  const names = Object.keys(TABS);
  const next = names[(names.indexOf(chosen().tab) + move + names.length) % names.length];
  choose({ tab: next });
  at('tab-' + next).focus();
});
for (const [id, known] of [['y', Y], ['x', X]]) {
  at(id).append(...Object.keys(known).map((key) => el('option', { value: key }, known[key])));
  at(id).addEventListener('change', () => choose({ [id]: at(id).value }));
}
at('all').addEventListener('click', () => choose({ off: [] }));
at('none').addEventListener('click', () => choose({ off: Object.keys(curves) }));
at('filter').addEventListener('input', () => choose({ filter: at('filter').value }));
addEventListener('hashchange', draw);
addEventListener('resize', draw);

const events = new EventSource('api/events');
const take = (update) => {
  for (const run of update.runs) runs.set(run.id, run);
  Object.assign(curves, update.curves);
  const open = [...runs.values()].some((r) => ['planned', 'running', 'interrupted'].includes(r.state));
  at('link').textContent = open ? 'live' : 'all runs have ended';
  if (!open) at('report').hidden = false;
  draw();
};
events.addEventListener('state', (event) => {
  const state = JSON.parse(event.data);
  runs = new Map();
  curves = {};
  at('description').textContent = state.description;
  at('report').hidden = !state.report;
  take(state);
});
events.addEventListener('change', (event) => take(JSON.parse(event.data)));
events.addEventListener('error', () => { at('link').textContent = 'not connected: is tiltyard view still running?'; });
`;
