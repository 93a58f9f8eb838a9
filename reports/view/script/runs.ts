/** The tabs of runs and of failures. */
export const RUNS = `
const ROWS = 300;

const amount = (x) => (x === null ? element('td', { class: 'none' }, '–') : element('td', {}, show(x)));

const runsTab = (choice) => {
  const words = choice.filter.toLowerCase().split(' ').filter((word) => word !== '');
  const matching = [...runs.values()].filter((run) => {
    const text = [run.label, 's' + run.seed, run.state, run.role, run.id].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
  if (document.activeElement !== at('filter')) at('filter').value = choice.filter;
  at('shown').textContent = matching.length > ROWS
    ? 'the first ' + ROWS + ' of ' + matching.length
    : matching.length + ' of ' + runs.size;
  const rows = at('rows');
  const focused = rows.contains(document.activeElement) ? document.activeElement.dataset.id : null;
  rows.replaceChildren(...matching.slice(0, ROWS).map((run) => runRow(run, run.id === choice.run)));
  if (focused === null) return;
  for (const button of rows.querySelectorAll('button')) if (button.dataset.id === focused) button.focus();
};

const runRow = (run, isOpen) => {
  const button = element('button', {
    type: 'button',
    'data-id': run.id,
    'aria-expanded': String(isOpen),
    onclick: () => choose({ run: isOpen ? null : run.id }),
  }, run.label);
  return element('tr', isOpen ? { class: 'current' } : {}, [
    element('th', { scope: 'row' }, button),
    element('td', {}, run.seed),
    element('td', { class: 'state-' + run.state }, run.state + (run.problem === null ? '' : ' (damaged)')),
    element('td', {}, run.step),
    amount(run.loss),
    amount(run.gold),
    amount(run.proxy),
    amount(run.kl),
  ]);
};

const isFailure = (run) => FAILED.includes(run.state) || run.problem !== null;

const failuresTab = () => {
  const failed = [...runs.values()].filter(isFailure).slice(0, ROWS);
  const boxes = failed.map((run) =>
    element('div', { class: 'sample' }, [
      element('h3', {}, run.id + ': ' + run.state + ' at step ' + run.step),
      element('p', {}, run.problem || run.cause || 'stopped at its time budget'),
    ]),
  );
  at('causes').replaceChildren(...(boxes.length === 0 ? [element('p', {}, 'None so far.')] : boxes));
};
`;
