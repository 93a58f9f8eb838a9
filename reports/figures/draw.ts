import { csvLine } from '../report/escape.js';
import { type LegendEntry, PALETTE } from './key.js';
import { GRID, INK, svgOf } from './svg.js';

export type Row = Readonly<Record<string, string | number | boolean | null>>;
export type Spec = Readonly<Record<string, unknown>>;

/** What to draw: panels (Vega-Lite views without data of their own) over shared data sets. */
export interface Plan {
  readonly id: string;
  readonly title: string;
  /** One sentence on how to read it. */
  readonly reading: string;
  /** What was left out, if anything. */
  readonly note?: string;
  /** Rows by name; a field `tag` (figures/key.ts) says whose mark it is and what is read out on it. */
  readonly data: Readonly<Record<string, readonly Row[]>>;
  readonly panels: readonly { readonly title?: string; readonly spec: Spec }[];
  readonly width: number;
  readonly height: number;
  /** Width of a second drawing, for narrow screens. */
  readonly narrow?: number;
  readonly narrowHeight?: number;
  /** What its colours stand for; on the page it stands above the drawing. */
  readonly legend: readonly LegendEntry[];
}

export interface DrawnFigure {
  readonly id: string;
  readonly title: string;
  readonly reading: string;
  readonly note: string;
  readonly legend: readonly LegendEntry[];
  readonly panels: readonly {
    readonly title: string | null;
    readonly svg: string;
    readonly narrow: string | null;
  }[];
  /** Its data. */
  readonly csv: string;
  /** Its Vega-Lite specification, data included, in colours of its own. */
  readonly spec: string;
}

const config = {
  background: 'transparent',
  font: 'system-ui, sans-serif',
  view: { stroke: null },
  axis: {
    labelColor: INK,
    titleColor: INK,
    domainColor: GRID,
    tickColor: GRID,
    gridColor: GRID,
    gridOpacity: 0.6,
    labelFontSize: 12,
    titleFontSize: 12.5,
    titleFontWeight: 500,
    labelLimit: 230,
    titlePadding: 6,
    tickCount: 5,
  },
  range: { category: [...PALETTE] },
} as const;
const legend = {
  labelColor: INK,
  titleColor: INK,
  labelFontSize: 12.5,
  orient: 'top',
  title: null,
  symbolStrokeWidth: 2.5,
  labelLimit: 260,
  columns: 5,
  columnPadding: 14,
} as const;
const LAYOUT = { $schema: 'https://vega.github.io/schema/vega-lite/v6.json', background: 'white' } as const;

export async function draw(plan: Plan): Promise<DrawnFigure> {
  const {
    id,
    title,
    reading,
    note = '',
    legend: entries,
    width,
    height,
    narrow,
    narrowHeight = height,
  } = plan;
  const datasets = Object.fromEntries(
    Object.entries(plan.data).map(([name, rows]) => [name, rows.map(rounded)]),
  );
  const hidden = { ...config, legend: { ...legend, disable: true } };
  const at = (spec: Spec, wide: number, high: number): Promise<string> =>
    svgOf({ width: wide, height: high, ...spec, datasets, config: hidden }, title);
  const panels = await Promise.all(
    plan.panels.map(async (panel) => ({
      title: panel.title ?? null,
      svg: await at(panel.spec, width, height),
      narrow: narrow === undefined ? null : await at(panel.spec, narrow, narrowHeight),
    })),
  );
  const views = plan.panels.map((panel) => ({
    width,
    height,
    ...panel.spec,
    ...(panel.title === undefined ? {} : { title: panel.title }),
  }));
  const standalone = {
    ...LAYOUT,
    title,
    description: reading,
    datasets,
    ...(views.length === 1 ? views[0] : { concat: views, columns: 3 }),
    config: { ...config, legend },
  };
  return {
    id,
    title,
    reading,
    note,
    legend: entries,
    panels,
    csv: csvOf(datasets),
    spec: elsewhere(standalone),
  };
}

/** A Vega-Lite specification with its data as a figure. */
export async function drawSpec(id: string, title: string, reading: string, spec: Spec): Promise<DrawnFigure> {
  const whole = { width: 430, height: 270, ...spec, config: { ...config, legend } };
  return {
    id,
    title,
    reading,
    note: '',
    legend: [],
    panels: [{ title: null, svg: await svgOf(whole, title), narrow: null }],
    csv: csvOf(inlineData(spec)),
    spec: elsewhere({ ...LAYOUT, title, description: reading, ...whole }),
  };
}

const rounded = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([k, v]) => [k, typeof v === 'number' ? Number(v.toPrecision(5)) : v]),
  );

/** The specification for other pages: plain colours, and instead of our read-outs each mark's data. */
const elsewhere = ({ config: own, ...spec }: Spec): string =>
  JSON.stringify(
    { ...spec, config: { ...(own as object), mark: { tooltip: { content: 'data' } } } },
    (name, value: unknown) => {
      if (name === 'tag' || (name === 'description' && typeof value === 'object')) return undefined;
      return typeof value === 'string' ? (PLAIN_COLOURS.get(value) ?? value) : value;
    },
  );

const PLAIN_COLOURS: ReadonlyMap<string, string> = new Map([
  [INK, '#333333'],
  [GRID, '#cccccc'],
]);

/**
 * One table: every column of any data set; where there is more than one, the first column says which a row is
 * of.
 */
function csvOf(datasets: Readonly<Record<string, readonly Row[]>>): string {
  const filled = Object.entries(datasets).filter(([, rows]) => rows.length > 0);
  const rows = filled.flatMap(([data, some]) =>
    some.map((row): Row => (filled.length > 1 ? { data, ...row } : row)),
  );
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
    (c) => c !== 'tag' && c !== 'line',
  );
  return [columns, ...rows.map((row) => columns.map((c) => row[c] ?? ''))]
    .map((line) => `${csvLine(line.map((x) => (typeof x === 'boolean' ? String(x) : x)))}\r\n`)
    .join('');
}

/** Every `data: { values }` inside a specification, what layers share once. */
function inlineData(
  spec: unknown,
  found: Record<string, readonly Row[]> = {},
): Record<string, readonly Row[]> {
  if (typeof spec !== 'object' || spec === null) return found;
  const values = (spec as { data?: { values?: readonly Row[] } }).data?.values;
  const known = (): boolean =>
    Object.values(found).some((rows) => JSON.stringify(rows) === JSON.stringify(values));
  if (Array.isArray(values) && values.every((v) => typeof v === 'object') && !known())
    found[String(Object.keys(found).length)] = values as readonly Row[];
  for (const [name, inner] of Object.entries(spec)) if (name !== 'data') inlineData(inner, found);
  return found;
}
