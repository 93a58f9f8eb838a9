import type { AlgorithmRow } from '../report/algorithms.js';
import type { FrontierRow } from '../report/answer.js';
import { clean } from '../report/escape.js';
import type { Report } from '../report/model.js';

/**
 * Okabe & Ito's colour-blind-safe palette, without its yellow (too faint on white) and black (invisible on
 * dark), and two more for experiments with many families. The page shows them through its variables --k0,
 * --k1, ... (brighter on dark).
 */
export const PALETTE = [
  '#0072B2',
  '#D55E00',
  '#009E73',
  '#CC79A7',
  '#E69F00',
  '#56B4E9',
  '#7F7F7F',
  '#8C564B',
  '#8E9A00',
] as const;
/** Of what learns from given pairs, from its own samples, and at use: none of them a family's colour. */
export const UNION_COLOURS = ['#3D3DA8', '#B3124A', '#4F5B62'] as const;
const PARADIGMS = ['pairs', 'own-samples', 'nothing'] as const;
export const colourOf = (index: number): string => PALETTE[index % PALETTE.length]!;

/** What a colour stands for; `family` is the index of a family, null for what cannot be turned off. */
export interface LegendEntry {
  readonly name: string;
  /** Index into the palette; those of unions follow it. */
  readonly colour: number;
  readonly family: number | null;
}

/** Drawn at most: more curves than this cannot be told apart, and a page of 2,000 runs stays small. */
export const MAX_CURVES = 24;
export const MAX_POINTS = 40;

/**
 * Who is drawn in which colour, the same in every figure: one colour per family, one dash per configuration
 * within it.
 */
export interface Key {
  readonly families: readonly string[];
  /** Configurations that are drawn, each family's in turn up to MAX_CURVES. */
  readonly drawn: ReadonlySet<string>;
  /** Said under figures that leave configurations out; empty where none is. */
  readonly leftOut: string;
  /** Index of a family, or of the family of a configuration; -1 where it is neither (the start). */
  family(name: string): number;
  /** Place of a configuration among its family's. */
  line(name: string): number;
  /** The union of the paradigm of a union, a family or a configuration; null where there is none. */
  union(name: string): string | null;
  /** The unions in the order of the report, with their colours. */
  readonly unions: readonly { readonly name: string; readonly colour: number }[];
}

export function keyOf(report: Report): Key {
  const [unions, rows] = [ofKind(report, 'union'), ofKind(report, 'family')];
  // Where a family's runs came from several devices, each device has a row of its own.
  const rowOf = (a: AlgorithmRow): string =>
    rows.find(({ name }) => name === `${a.family} (${a.device})`)?.name ?? a.family;
  const familyOf = new Map(report.algorithms.map((a) => [a.name, rowOf(a)] as const));
  const families = [...new Set([...familyOf.values(), ...rows.map(({ name }) => name)])];
  const paradigmOf = new Map(report.frontiers.map(({ name, paradigm }) => [name, paradigm]));
  const members = families.map((family) =>
    report.algorithms.map((a) => a.name).filter((name) => familyOf.get(name) === family),
  );
  const rounds = Math.max(0, ...members.map((m) => m.length));
  const inTurn = Array.from({ length: rounds }, (_, i) => members.flatMap((m) => m.slice(i, i + 1))).flat();
  return {
    families,
    drawn: new Set(inTurn.slice(0, MAX_CURVES)),
    leftOut:
      inTurn.length > MAX_CURVES
        ? `${MAX_CURVES} of ${inTurn.length} configurations are drawn, each family’s in turn.`
        : '',
    family: (name) => families.indexOf(familyOf.get(name) ?? name),
    line: (name) => Math.max(0, members[families.indexOf(familyOf.get(name) ?? name)]?.indexOf(name) ?? 0),
    union: (name) => {
      const paradigm = paradigmOf.get(familyOf.get(name) ?? name) ?? null;
      return unions.find((u) => u.paradigm === paradigm && paradigm !== null)?.name ?? null;
    },
    unions: unions.map(({ name, paradigm }) => ({
      name,
      colour: PALETTE.length + Math.max(0, PARADIGMS.indexOf(paradigm as 'pairs')),
    })),
  };
}

const ofKind = ({ frontiers }: Report, kind: 'union' | 'family'): readonly FrontierRow[] =>
  frontiers.filter((row) => row.kind === kind);

/** What a mark is, for the page: the families it belongs to, and what is read out on it. */
export const tag = (key: Key, names: readonly string[], text: string): string =>
  `${[...new Set(names.map((n) => key.family(n)))].join(' ')}|${clean(text)}`;

/** At most so many points of a curve, evenly, its ends among them. */
export function thin<T>(points: readonly T[], most = MAX_POINTS): readonly T[] {
  if (points.length <= most) return points;
  return Array.from({ length: most }, (_, i) => points[Math.round((i * (points.length - 1)) / (most - 1))]!);
}
export const thinned = (most = MAX_POINTS): string => `Curves are thinned to ${most} points.`;

/**
 * Colour by the field `family`; its legend is in the specification for readers elsewhere, on the page it is
 * HTML.
 */
export const colour = (key: Key): object => ({
  field: 'family',
  type: 'nominal',
  title: null,
  sort: null,
  scale: { domain: key.families.map(clean), range: key.families.map((_, i) => colourOf(i)) },
});
/** Colour by the field `union`. */
export const unionColour = ({ unions }: Key): object => ({
  field: 'union',
  type: 'nominal',
  title: null,
  sort: null,
  scale: {
    domain: unions.map(({ name }) => clean(name)),
    range: unions.map((union) => UNION_COLOURS[union.colour - PALETTE.length]),
  },
});
/** Dash by the field `line`. */
export const dash = {
  field: 'line',
  type: 'ordinal',
  legend: null,
  scale: {
    domain: [0, 1, 2, 3],
    range: [
      [1, 0],
      [7, 3],
      [2, 2],
      [9, 3, 2, 3],
    ],
  },
} as const;
/** Fields that every row of a configuration or family carries. */
export const identity = (key: Key, name: string): { name: string; family: string; line: number } => ({
  name: clean(name),
  family: clean(key.families[key.family(name)] ?? name),
  line: key.line(name) % 4,
});
/** The unions among a figure's rows; they are not turned on and off. */
export const unionLegend = (
  key: Key,
  rows: readonly { readonly [field: string]: unknown }[],
): LegendEntry[] =>
  key.unions.flatMap(({ name, colour: index }) =>
    rows.some((r) => r['union'] === clean(name)) ? [{ name: clean(name), colour: index, family: null }] : [],
  );
/** The families among a figure's rows. */
export const legendOf = (key: Key, rows: readonly { readonly [field: string]: unknown }[]): LegendEntry[] =>
  key.families.flatMap((family, i) =>
    rows.some((r) => r['family'] === clean(family))
      ? [{ name: clean(family), colour: i % PALETTE.length, family: i }]
      : [],
  );
