/** The last state that the server sent, how it comes in, and what is drawn from it. */
export const STATE = `
const FAILED = ['failed', 'diverged', 'timed-out'];
const DONE = ['completed', 'budget-spent'];
const OPEN = ['planned', 'running', 'interrupted'];
let runs = new Map();
let curves = {};

// As often as the screen is drawn, however often something changes.
let waiting = false;
const draw = () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    render();
  });
};

const render = () => {
  const choice = chosen();
  progress();
  for (const tab of Object.keys(TABS)) {
    const button = at('tab-' + tab);
    at(tab).hidden = tab !== choice.tab;
    button.setAttribute('aria-selected', String(tab === choice.tab));
    button.tabIndex = tab === choice.tab ? 0 : -1;
  }
  at('tab-failures').textContent = TABS.failures + ' (' + countIn(FAILED) + ')';
  if (choice.tab === 'curves') curvesTab(choice);
  if (choice.tab === 'runs') runsTab(choice);
  if (choice.tab === 'failures') failuresTab();
  openRun(choice);
};

const countIn = (states) => [...runs.values()].filter((run) => states.includes(run.state)).length;

const progress = () => {
  const kinds = [['completed', DONE], ['failed', FAILED], ['running', ['running']]];
  const parts = kinds.map(([name, states]) => [name, countIn(states)]);
  at('bar').replaceChildren(...parts.map(([name, count]) => {
    const part = element('span', { class: name });
    part.style.width = (100 * count) / Math.max(1, runs.size) + '%';
    return part;
  }));
  const counts = parts.map(([name, count]) => count + ' ' + name).join(', ');
  const text = runs.size + ' runs: ' + counts + ', ' + countIn(['planned', 'interrupted']) + ' to come';
  if (at('counts').textContent !== text) at('counts').textContent = text;
  at('bar').setAttribute('aria-label', text);
};

const take = (update) => {
  for (const run of update.runs) runs.set(run.id, run);
  Object.assign(curves, update.curves);
  const goingOn = countIn(OPEN) > 0;
  at('link').textContent = goingOn ? 'live' : 'all runs have ended';
  if (!goingOn) at('report').hidden = false;
  draw();
};

const listen = () => {
  const events = new EventSource('api/events');
  events.addEventListener('state', (event) => {
    const state = JSON.parse(event.data);
    runs = new Map();
    curves = {};
    at('description').textContent = state.description;
    at('report').hidden = !state.report;
    take(state);
  });
  events.addEventListener('change', (event) => take(JSON.parse(event.data)));
  events.addEventListener('error', () => {
    at('link').textContent = 'not connected: is tiltyard view still running?';
  });
};
`;
