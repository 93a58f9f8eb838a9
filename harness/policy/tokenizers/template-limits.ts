import { Interpreter } from '@huggingface/jinja';

/** What one rendering may do, hundreds of times what templates of published models do with long dialogues. */
const MOST = { steps: 2_000_000, letters: 2 ** 28, items: 2 ** 24 };

/** What the rendering at work has left; null where none is. */
let left: { steps: number; letters: number; items: number } | null = null;

/** What the library's types, which name files without their endings, do not say here. */
interface Evaluating {
  evaluate(statement: unknown, environment: unknown): { readonly value: unknown };
}

const interpreters = (Interpreter as { readonly prototype: Evaluating }).prototype;
const { evaluate } = interpreters;
// Templates make their interpreters themselves, so it is the method of all of them that counts.
interpreters.evaluate = function (statement, environment) {
  const value = evaluate.call(this, statement, environment);
  spend('steps', 1);
  if (typeof value.value === 'string') spend('letters', value.value.length);
  else if (Array.isArray(value.value)) spend('items', value.value.length);
  return value;
};

/** @throws Error where the template goes on beyond measure, or makes texts or lists beyond measure */
export function withinLimits(render: () => string): string {
  left = { ...MOST };
  try {
    return render();
  } finally {
    left = null;
  }
}

function spend(what: keyof typeof MOST, n: number): void {
  if (left !== null) left[what] -= n;
  if (left === null ? n > MOST[what] : left[what] < 0)
    throw new Error(`it takes more than ${MOST[what]} ${what}: does it end?`);
}

/** Python's `range`, which the library would make in full, however long. */
export function range(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  if (![from, to, step].every(Number.isSafeInteger) || step === 0)
    throw new Error('range wants whole numbers');
  const length = Math.max(0, Math.ceil((to - from) / step));
  spend('items', length);
  return Array.from({ length }, (_, i) => from + i * step);
}
