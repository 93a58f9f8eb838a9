import * as nodeModule from 'node:module';

/** Of Node 22.15 and later: in this thread, where `register` starts another. */
interface InThread {
  registerHooks?(hooks: { resolve: Resolve }): void;
}
type Context = Readonly<Record<string, unknown>>;
type Resolve = (
  specifier: string,
  context: Context,
  next: (specifier: string, context: Context) => unknown,
) => unknown;

const OWN = /^tiltyard($|\/)/;
let done = false;

/**
 * Makes `import ... from 'tiltyard'` mean this very copy, in whatever folder the importing file lies: an
 * extension of two lines needs no installation beside it, and never gets the tensors of another copy.
 * Call it before the first import of what is not built in.
 */
export function resolveOwnPackage(): void {
  if (done) return;
  done = true;
  const parentURL = import.meta.url; // a package reaches its own exports by its name
  const { registerHooks } = nodeModule as InThread;
  if (registerHooks !== undefined) {
    const resolve: Resolve = (specifier, context, next) =>
      next(specifier, OWN.test(specifier) ? { ...context, parentURL } : context);
    registerHooks({ resolve });
    return;
  }
  const source = `const own = { parentURL: ${JSON.stringify(parentURL)} };
    export const resolve = (specifier, context, next) =>
      next(specifier, ${OWN}.test(specifier) ? { ...context, ...own } : context);`;
  try {
    nodeModule.register(`data:text/javascript,${encodeURIComponent(source)}`);
  } catch {
    // A process that may start no thread finds the package as Node does, and says so where it is missing.
  }
}
