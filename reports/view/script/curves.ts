import { PALETTE } from '../../figures/key.js';

/** The tab of learning curves: a key to switch algorithms on and off, and the chart. */
export const CURVES = `
const COLOURS = ${PALETTE.length};
const DASHES = ['none', '7 4', '2 3', '9 3 2 3'];
const styleOf = (i) => ({
  color: 'var(--k' + (i % COLOURS) + ')',
  dash: DASHES[Math.floor(i / COLOURS) % DASHES.length],
});

const curvesTab = (choice) => {
  const names = Object.keys(curves).sort();
  const keys = at('keys');
  const focused = keys.contains(document.activeElement)
    ? [...keys.children].indexOf(document.activeElement)
    : -1;
  keys.replaceChildren(...names.map((name, i) => keyButton(choice.off, name, styleOf(i))));
  if (focused >= 0 && keys.children[focused]) keys.children[focused].focus();
  at('y').value = choice.y;
  at('x').value = choice.x;
  at('x').disabled = choice.y === 'loss';
  const lines = names
    .map((name, i) => ({ name, points: pointsOf(curves[name], choice), ...styleOf(i) }))
    .filter(({ name, points }) => !choice.off.includes(name) && points.length > 0);
  const axes = { x: HORIZONTAL[choice.x], y: VERTICAL[choice.y] };
  drawChart(at('chart'), lines, axes);
  at('reading').textContent = axes.y + ' against ' + axes.x + ': ' + (choice.y === 'loss'
    ? 'of training, mean over the seeds that have come so far; ' +
      'losses of different algorithms are not comparable.'
    : 'on validation prompts, mean over the seeds that have come so far.');
};

const pointsOf = (curve, { x, y }) =>
  curve.filter((point) => point[x] !== null && point[y] !== null).map((point) => [point[x], point[y]]);

const keyButton = (off, name, { color, dash }) => {
  const hidden = off.includes(name);
  const stroke = { stroke: color, 'stroke-width': 3, 'stroke-dasharray': dash };
  const mark = svg('svg', { viewBox: '0 0 20 8', 'aria-hidden': 'true' });
  mark.append(svg('line', { x1: 0, x2: 20, y1: 4, y2: 4, ...stroke }));
  const onclick = () => choose({ off: hidden ? off.filter((other) => other !== name) : off.concat(name) });
  return element('button', { type: 'button', 'aria-pressed': String(!hidden), onclick }, [mark, name]);
};
`;
