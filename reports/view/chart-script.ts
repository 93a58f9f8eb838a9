import { PALETTE } from '../figures/key.js';

/**
 * The chart of the live page, as text that the page carries: `drawChart(place, lines, axes)`, lines
 * `{ name, color, dash, points: [x, y][] }`. Text from data goes in as text nodes only.
 */
export const CHART_SCRIPT = `
const COLOURS = ${PALETTE.length};
const SVG = 'http://www.w3.org/2000/svg';
const svg = (name, attributes, text) => {
  const node = document.createElementNS(SVG, name);
  for (const key of Object.keys(attributes)) node.setAttribute(key, attributes[key]);
  if (text !== undefined) node.textContent = text;
  return node;
};
const show = (x) => x === 0 ? '0' : Math.abs(x) >= 1e5 || Math.abs(x) < 1e-3 ? x.toExponential(1) : String(Number(x.toPrecision(3)));
const ticks = (lo, hi) => {
  const raw = (hi - lo) / 5;
  const power = Math.pow(10, Math.floor(Math.log10(raw)));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw);
  const out = [];
  for (let i = Math.ceil(lo / step - 1e-9); i * step <= hi + step * 1e-9; i++) out.push(i * step);
  return out;
};
const range = (values) => {
  let lo = Infinity;
  let hi = -Infinity;
  for (const v of values) { lo = Math.min(lo, v); hi = Math.max(hi, v); }
  if (lo === hi) { const pad = Math.abs(lo) * 0.1 || 1; return [lo - pad, hi + pad]; }
  return [lo, hi];
};
const drawChart = (place, lines, axes) => {
  const points = lines.flatMap((l) => l.points);
  if (points.length === 0) { place.textContent = 'Nothing to draw yet.'; return; }
  const W = Math.max(330, Math.min(860, place.clientWidth || 860));
  const H = Math.round(Math.max(260, W * 0.45));
  const [left, right, top, bottom] = [56, 14, 12, 46];
  const [x0, x1] = range(points.map((p) => p[0]));
  const [low, high] = range(points.map((p) => p[1]));
  const [y0, y1] = [low - (high - low) * 0.04, high + (high - low) * 0.04];
  const X = (x) => left + (x - x0) / (x1 - x0) * (W - left - right);
  const Y = (y) => H - bottom - (y - y0) / (y1 - y0) * (H - top - bottom);
  const root = svg('svg', { viewBox: '0 0 ' + W + ' ' + H, role: 'img', 'aria-label': axes.y + ' against ' + axes.x + ', ' + lines.length + ' lines' });
  for (const t of ticks(y0, y1)) {
    root.append(svg('line', { class: 'grid', x1: left, x2: W - right, y1: Y(t), y2: Y(t) }));
    root.append(svg('text', { x: left - 6, y: Y(t) + 4, 'text-anchor': 'end' }, show(t)));
  }
  for (const t of ticks(x0, x1)) root.append(svg('text', { x: X(t), y: H - bottom + 18, 'text-anchor': 'middle' }, show(t)));
  root.append(svg('text', { x: (left + W - right) / 2, y: H - 6, 'text-anchor': 'middle' }, axes.x));
  for (const line of lines) {
    const group = svg('g', {});
    group.append(svg('title', {}, line.name));
    group.append(svg('polyline', { points: line.points.map((p) => X(p[0]) + ',' + Y(p[1])).join(' '), fill: 'none', stroke: line.color, 'stroke-width': 2, 'stroke-dasharray': line.dash, 'stroke-linejoin': 'round' }));
    if (points.length <= 600) for (const p of line.points) {
      const dot = svg('circle', { cx: X(p[0]), cy: Y(p[1]), r: 3, fill: line.color });
      dot.append(svg('title', {}, line.name + ': ' + axes.y + ' ' + show(p[1]) + ' at ' + axes.x + ' ' + show(p[0])));
      group.append(dot);
    }
    root.append(group);
  }
  place.replaceChildren(root);
};
`;
