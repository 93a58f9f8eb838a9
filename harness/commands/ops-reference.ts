import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../environment.js';
import { TiltyardError } from '../errors.js';

/** A function of `ops`, as its declaration and docstring say it. */
export interface OpReference {
  readonly name: string;
  /** `(x: Tensor, lo: number, hi: number) => Tensor`. */
  readonly signature: string;
  readonly description: string;
}

/**
 * Every function that losses are written with, in the order of harness/engine/ops.ts.
 * @throws TiltyardError where this copy was not built
 */
export function opsReference(): OpReference[] {
  const path = join(packageRoot(), 'dist', 'harness', 'engine', 'ops.d.ts');
  if (!existsSync(path)) throw new TiltyardError('not-built', `${path}: is missing; run: npm run build`);
  return readDeclarations(readFileSync(path, 'utf8'));
}

/** @param text declarations as TypeScript writes them */
export function readDeclarations(text: string): OpReference[] {
  const docstring = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n/.source;
  const either = /(?:const (\w+): ([^;]+)|function (\w+)(\([^;]*\)): ([^;]+));/.source;
  const declaration = new RegExp(`${docstring}export declare ${either}`, 'g');
  return [...text.matchAll(declaration)].map(([, doc, constant, type, name, parameters, result]) => ({
    name: constant ?? name!,
    signature: (type ?? `${parameters} => ${result}`).replaceAll(/\s+/g, ' '),
    description: doc!
      .split('\n')
      .map((line) => line.replace(/^\s*\*?\s*/, '').trim())
      .filter(Boolean)
      .join(' '),
  }));
}

/** The page of the documentation; test/harness/commands holds docs/ops.md to it. */
export function opsPage(ops: readonly OpReference[]): string {
  const rows = ops.map(({ name, signature, description }) => {
    const call = signature.replace(/ => /, ': ').replace(/^\(/, `${name}(`);
    return `| \`${call.replaceAll('|', '\\|')}\` | ${description.replaceAll('|', '\\|')} |`;
  });
  return `# ops

What losses are written with: \`import { ops } from 'tiltyard'\`. Made from the docstrings of
[harness/engine/ops.ts](../harness/engine/ops.ts) by \`tiltyard list ops --markdown\`.

Shapes are static; tensors are float32 unless said. An *operand* is a tensor or a number. Axes count from 0,
and operands of two shapes are broadcast as in NumPy. A loss ends with \`ops.mean\`: it is one number.

| function | gives |
|---|---|
${rows.join('\n')}
`;
}
