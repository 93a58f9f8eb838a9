/**
 * The two distributions that intervals need. Accuracy about 1e-12 (checked against SciPy in
 * test/harness/stats), far below anything a bootstrap resolves.
 */

/** Phi(z) of the standard normal, by the incomplete gamma function's series and continued fraction. */
export function normalCdf(z: number): number {
  const x = (z * z) / 2;
  const tail = x < 1.5 ? 0.5 - gammaHalfSeries(x) / 2 : gammaHalfFraction(x) / 2;
  return z < 0 ? tail : 1 - tail;
}

/** Inverse of `normalCdf`. @param p in (0, 1) */
export function normalQuantile(p: number): number {
  return invert(normalCdf, p, 40);
}

/** Distribution function of Student's t. @param df > 0 */
export function studentCdf(t: number, df: number): number {
  const tail = incompleteBeta(df / (df + t * t), df / 2, 0.5) / 2;
  return t < 0 ? tail : 1 - tail;
}

/** Inverse of `studentCdf`. @param p in (0, 1) @param df > 0 */
export function studentQuantile(p: number, df: number): number {
  return invert((t) => studentCdf(t, df), p, 1e6);
}

/** P(1/2, x): the lower regularised incomplete gamma function, series form. */
function gammaHalfSeries(x: number): number {
  if (x === 0) return 0;
  let term = 2;
  let sum = 2;
  for (let k = 1.5; term > sum * 1e-17; k++) sum += term *= x / k;
  return sum * Math.exp(-x) * Math.sqrt(x / Math.PI);
}

/** Q(1/2, x) by Lentz's continued fraction. */
function gammaHalfFraction(x: number): number {
  let b = x + 0.5;
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i < 500; i++) {
    const a = -i * (i - 0.5);
    b += 2;
    d = 1 / (a * d + b);
    c = b + a / c;
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return h * Math.exp(-x) * Math.sqrt(x / Math.PI);
}

/** I_x(a, b), Lentz's continued fraction (Numerical Recipes 6.4). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m < 1000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return h;
}

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  let sum = 0.9999999999998099;
  LANCZOS.forEach((c, i) => (sum += c / (x + i)));
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Bisection to the last bit on a symmetric distribution. */
function invert(cdf: (x: number) => number, p: number, limit: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`quantile: p must lie in (0, 1), got ${p}`);
  if (p > 0.5) return -invert(cdf, 1 - p, limit);
  if (p === 0.5) return 0;
  let [lo, hi] = [-limit, 0];
  for (let i = 0; i < 200; i++) {
    const mid = (lo + hi) / 2;
    if (mid === lo || mid === hi) break;
    if (cdf(mid) < p) lo = mid;
    else hi = mid;
  }
  return (lo + hi) / 2;
}
