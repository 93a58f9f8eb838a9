import { clean } from '../report/escape.js';
import type { Report } from '../report/model.js';

/**
 * Okabe & Ito's colour-blind-safe palette, without its yellow (too faint on white) and black (invisible on
 * dark). The page shows them through its variables --k0, --k1, ... (brighter on dark).
 */
export const PALETTE = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#7F7F7F'] as const;
export const colourOf = (index: number): string => PALETTE[index % PALETTE.length]!;

/** What a colour stands for; `family` is the index of a family, null for what cannot be turned off. */
export interface LegendEntry {
  readonly name: string;
  /** Index into the palette. */
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
}

export function keyOf(report: Report): Key {
  const familyOf = new Map([
    ...report.algorithms.map((a) => [a.name, a.family] as const),
    ...report.families.flatMap((f) => f.variants.map((v) => [v, f.name] as const)),
  ]);
  const families = [
    ...new Set([
      ...report.algorithms.map((a) => familyOf.get(a.name)!),
      ...report.families.map((f) => f.name),
    ]),
  ];
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
  };
}

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
/** The families among a figure's rows. */
export const legendOf = (key: Key, rows: readonly { readonly [field: string]: unknown }[]): LegendEntry[] =>
  key.families.flatMap((family, i) =>
    rows.some((r) => r['family'] === clean(family))
      ? [{ name: clean(family), colour: i % PALETTE.length, family: i }]
      : [],
  );
