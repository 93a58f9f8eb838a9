import { Script } from 'node:vm';
import { TiltyardError } from '../../../errors.js';
import { shown } from '../json-file.js';

/** Milliseconds that an expression may take for one text. */
const MOST = 5000;
const NAME = Symbol.for('tiltyard.timed');
const script = new Script(`globalThis[Symbol.for('tiltyard.timed')]()`);

/**
 * An expression that somebody wrote into a tokenizer.json: some take years for a short text, so that it is
 * ended from outside. That costs some 50 microseconds a text.
 */
export class TimedExpression extends RegExp {
  constructor(
    pattern: RegExp,
    private readonly at: string,
    private readonly most = MOST,
  ) {
    super(pattern.source, pattern.flags);
  }

  override [Symbol.match](text: string): RegExpMatchArray | null {
    return this.timed((plain) => text.match(plain));
  }

  override [Symbol.matchAll](text: string): RegExpStringIterator<RegExpExecArray> {
    const all = this.timed((plain) => [...text.matchAll(plain)]);
    return all[Symbol.iterator]() as unknown as RegExpStringIterator<RegExpExecArray>;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the language's own signature, which has several forms
  override [Symbol.replace](text: string, by: any): string {
    return this.timed((plain) => text.replace(plain, by as string));
  }

  /** @throws TiltyardError where it takes longer than it may */
  private timed<T>(find: (plain: RegExp) => T): T {
    const plain = new RegExp(this.source, this.flags);
    const global = globalThis as unknown as Record<symbol, unknown>;
    global[NAME] = () => find(plain);
    try {
      return script.runInThisContext({ timeout: this.most }) as T;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      const why = `the expression ${shown(this.source)} takes more than ${this.most / 1000} s for one text`;
      throw new TiltyardError('tokenizer-hangs', `${this.at}: ${why}; use another tokenizer`, {
        cause: error,
      });
    } finally {
      delete global[NAME];
    }
  }
}
