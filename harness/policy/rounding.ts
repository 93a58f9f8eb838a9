/* Few distinct sizes, so few graphs. */

/** The least power of two that is n and `least` at least. */
export const powerOfTwo = (n: number, least: number): number => Math.max(least, 2 ** Math.ceil(Math.log2(n)));
/** The least multiple of `step` that is n at least. */
export const multipleOf = (step: number, n: number): number => step * Math.ceil(n / step);
