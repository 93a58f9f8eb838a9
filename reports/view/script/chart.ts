/**
 * `drawChart(place, lines, axes)`; lines `{ name, color, dash, points: [x, y][] }`, axes `{ x, y }` named.
 */
export const CHART = `
const ticks = (lo, hi) => {
  const least = (hi - lo) / 5;
  const power = Math.pow(10, Math.floor(Math.log10(least)));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= least);
  const places = [];
  for (let i = Math.ceil(lo / step - 1e-9); i * step <= hi + step * 1e-9; i++) places.push(i * step);
  return places;
};

const range = (values) => {
  let lo = Infinity;
  let hi = -Infinity;
  for (const value of values) {
    lo = Math.min(lo, value);
    hi = Math.max(hi, value);
  }
  if (lo < hi) return [lo, hi];
  const pad = Math.abs(lo) * 0.1 || 1;
  return [lo - pad, hi + pad];
};

const drawChart = (place, lines, axes) => {
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) {
    place.textContent = 'Nothing to draw yet.';
    return;
  }
  const width = Math.max(330, Math.min(860, place.clientWidth || 860));
  const height = Math.round(Math.max(260, width * 0.45));
  const [left, right, top, bottom] = [56, width - 14, 12, height - 46];
  const [x0, x1] = range(points.map(([x]) => x));
  const [low, high] = range(points.map(([, y]) => y));
  const [y0, y1] = [low - (high - low) * 0.04, high + (high - low) * 0.04];
  const across = (x) => left + ((x - x0) / (x1 - x0)) * (right - left);
  const down = (y) => bottom - ((y - y0) / (y1 - y0)) * (bottom - top);
  const root = svg('svg', {
    viewBox: '0 0 ' + width + ' ' + height,
    role: 'img',
    'aria-label': axes.y + ' against ' + axes.x + ', ' + lines.length + ' lines',
  });
  for (const y of ticks(y0, y1)) {
    root.append(svg('line', { class: 'grid', x1: left, x2: right, y1: down(y), y2: down(y) }));
    root.append(svg('text', { x: left - 6, y: down(y) + 4, 'text-anchor': 'end' }, show(y)));
  }
  for (const x of ticks(x0, x1)) {
    root.append(svg('text', { x: across(x), y: bottom + 18, 'text-anchor': 'middle' }, show(x)));
  }
  root.append(svg('text', { x: (left + right) / 2, y: height - 6, 'text-anchor': 'middle' }, axes.x));
  for (const line of lines) root.append(drawnLine(line, axes, across, down, points.length <= 600));
  place.replaceChildren(root);
};

const drawnLine = (line, axes, across, down, withDots) => {
  const group = svg('g', {});
  group.append(svg('title', {}, line.name));
  group.append(
    svg('polyline', {
      points: line.points.map(([x, y]) => across(x) + ',' + down(y)).join(' '),
      fill: 'none',
      stroke: line.color,
      'stroke-width': 2,
      'stroke-dasharray': line.dash,
      'stroke-linejoin': 'round',
    }),
  );
  for (const [x, y] of withDots ? line.points : []) {
    const dot = svg('circle', { cx: across(x), cy: down(y), r: 3, fill: line.color });
    const where = axes.y + ' ' + show(y) + ' at ' + axes.x + ' ' + show(x);
    dot.append(svg('title', {}, line.name + ': ' + where));
    group.append(dot);
  }
  return group;
};
`;
