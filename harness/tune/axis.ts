import type { ParamsSchema } from '../contracts/params.js';

/** Values of one parameter, each a constant factor from the next. */
export interface Axis {
  readonly parameter: string;
  /** The value `index` steps from the middle, larger for larger indices; null where the schema has none. */
  at(index: number): number | null;
}

/** Digits that a proposed number keeps. */
const DIGITS = 3;

/**
 * The values `middle * factor^i` that a parameter may take, rounded to three digits, or to whole numbers
 * where it is one.
 * @param middle above 0
 * @param factor above 1
 */
export function geometricAxis(
  parameter: string,
  schema: ParamsSchema['properties'][string],
  middle: number,
  factor: number,
): Axis {
  const whole = schema['type'] === 'integer';
  const rounded = (index: number): number => {
    const value = middle * factor ** index;
    return whole ? Math.round(value) : Number(value.toPrecision(DIGITS));
  };
  return {
    parameter,
    at: (index) => {
      const value = rounded(index);
      // Small whole numbers round to the value nearer the middle, which is there already.
      const known = index !== 0 && value === rounded(index - Math.sign(index));
      return !known && value > 0 && allowed(value, schema) ? value : null;
    },
  };
}

function allowed(value: number, schema: ParamsSchema['properties'][string]): boolean {
  const bound = (keyword: string, fallback: number): number => (schema[keyword] as number) ?? fallback;
  return (
    value >= bound('minimum', Number.NEGATIVE_INFINITY) &&
    value <= bound('maximum', Number.POSITIVE_INFINITY) &&
    value > bound('exclusiveMinimum', Number.NEGATIVE_INFINITY) &&
    value < bound('exclusiveMaximum', Number.POSITIVE_INFINITY)
  );
}

/**
 * The indices of `count` neighbouring values, as near the middle as bounds allow; fewer where the schema has
 * no more.
 */
export function central(axis: Axis, count: number): number[] {
  const found = [0];
  for (const open = new Set([1, -1]); open.size > 0 && found.length < count; ) {
    for (const side of open) {
      const next = side > 0 ? Math.max(...found) + 1 : Math.min(...found) - 1;
      if (axis.at(next) === null) open.delete(side);
      else if (found.length < count) found.push(next);
    }
  }
  return found.sort((a, b) => a - b);
}
