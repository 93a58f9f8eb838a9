/** What every trainer reports beside the loss: true of any algorithm, and seldom what one wants to watch. */
const BOOKKEEPING: readonly string[] = ['grad_norm', 'learning_rate', 'num_tokens'];
const SHOWN = 4;

/** The first few metrics in the order in which they were reported, bookkeeping last: `loss 0.693 · ...`. */
export function shownMetrics(metrics: Readonly<Record<string, number>>): string {
  const names = Object.keys(metrics);
  const own = names.filter((name) => !BOOKKEEPING.includes(name));
  const bookkeeping = names.filter((name) => BOOKKEEPING.includes(name));
  return [...own, ...bookkeeping]
    .slice(0, SHOWN)
    .map((name) => `${name} ${metrics[name]!.toPrecision(3)}`)
    .join(' · ');
}
