import { TiltyardError, unknownName } from '../errors.js';
import * as functions from './ops.js';

/**
 * The functions that losses are written with, by name: each has its docstring in harness/engine/ops.ts, and
 * `tiltyard list ops` shows all. A name that there is not is refused with those nearest to it, where
 * JavaScript would say that undefined is no function.
 */
export const ops: typeof functions = new Proxy<typeof functions>(
  { ...functions },
  {
    get(all, name) {
      if (name in all) return all[name as keyof typeof functions];
      if (typeof name !== 'string' || INQUIRIES.includes(name)) return undefined;
      throw unknownOp(name, Object.keys(all));
    },
  },
);

/** What JavaScript itself asks of any object: whether it is a promise, how it is printed. */
const INQUIRIES: readonly string[] = ['then', 'toJSON', 'constructor', 'default', '__esModule'];

/** As in PyTorch and NumPy -> as here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  clamp: 'clip',
  where: 'greater, which gives 1 and 0 to multiply by',
  detach: 'stopGradient',
  cat: 'concat',
  chunk: 'halves',
  pow: 'square, or exp of a multiple of log',
  log_softmax: 'tokenLogps of a policy, or log of softmax',
  logsumexp: 'log of sum of exp, or softplus for two',
  view: 'reshape',
  mm: 'matmul',
  sort: 'sortDescending',
  gt: 'greater',
  ge: 'greaterEqual',
};

function unknownOp(name: string, known: readonly string[]): TiltyardError {
  const elsewhere = Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined;
  const error = unknownName('ops', 'function', name, [...known].sort());
  const hint = /; did you mean '(\w+)'\?/.exec(error.message)?.[0] ?? '';
  const instead = elsewhere === undefined ? hint : `; here it is ${elsewhere}`;
  const message = `ops: unknown function '${name}'${instead}${instead.endsWith('?') ? '' : ';'}`;
  return new TiltyardError('unknown-op', `${message} tiltyard list ops shows all`, { exitCode: 1 });
}
