/** One comparison with a golden value. */
export interface Check {
  readonly name: string;
  /** Largest error, in the unit of `tolerance`; 0 or 1 for what is equal or not. */
  readonly error: number;
  readonly tolerance: number;
  readonly passed: boolean;
  /** What failed, where it could not even be computed. */
  readonly detail?: string;
}

/** A check by largest absolute difference; different lengths fail. */
export function absolute(
  name: string,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  tolerance: number,
): Check {
  return judged(name, got, want, tolerance, (x, y) => Math.abs(x - y));
}

/** A check by largest relative difference. */
export function relative(
  name: string,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  tolerance: number,
): Check {
  return judged(name, got, want, tolerance, (x, y) => Math.abs(x - y) / Math.max(1e-6, Math.abs(y)));
}

/** Exactly the same token ids or text. */
export function same(name: string, got: unknown, want: unknown): Check {
  const equal = JSON.stringify(got) === JSON.stringify(want);
  return {
    name,
    error: equal ? 0 : 1,
    tolerance: 0,
    passed: equal,
    ...(equal ? {} : { detail: `got ${short(got)}, wanted ${short(want)}` }),
  };
}

export function failed(name: string, error: unknown): Check {
  return {
    name,
    error: Number.POSITIVE_INFINITY,
    tolerance: 0,
    passed: false,
    detail: error instanceof Error ? error.message : String(error),
  };
}

function judged(
  name: string,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  tolerance: number,
  distance: (x: number, y: number) => number,
): Check {
  let error = got.length === want.length && want.length > 0 ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < want.length && Number.isFinite(error); i++) {
    const d = distance(got[i]!, want[i]!);
    error = Number.isNaN(d) ? Number.POSITIVE_INFINITY : Math.max(error, d);
  }
  return { name, error, tolerance, passed: error <= tolerance };
}

const short = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};
