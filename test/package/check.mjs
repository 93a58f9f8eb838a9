/**
 * The package as a stranger gets it: packed, installed in an empty folder, used from the command line and
 * from strict TypeScript. Run by .ci/run; by hand: `node test/package/check.mjs`. Needs the npm registry,
 * like `npm ci`.
 *
 * The examples of README.md and CONTRIBUTING.md and everything in test/package/consumer are compiled there
 * with the package's own types. Every plugin among them is held to the conformance suite, every experiment
 * is run.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hour } from './hour.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'tiltyard-package-'));
// What the README says where NuGet cannot be reached.
process.env['ONNXRUNTIME_NODE_INSTALL'] ??= 'skip';
const options = { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28 };
const call = (command, args, cwd = dir) => execFileSync(command, args, { ...options, cwd });
const tiltyard = (...args) => call('npx', ['--no-install', 'tiltyard', ...args]);

let [passed, failed] = [0, 0];
function check(what, run) {
  try {
    run();
    passed++;
    process.stdout.write(`ok   package: ${what}\n`);
  } catch (error) {
    failed++;
    process.stdout.write(`FAIL package: ${what}\n${error.stdout ?? ''}${error.stderr ?? error.stack}\n`);
  }
}
function wants(text, ...parts) {
  for (const part of parts) if (!text.includes(part)) throw new Error(`'${part}' is missing from:\n${text}`);
}
/** The nth block of a language in a page, as a file beside the consumer's. */
function example(page, language, nth, file) {
  const blocks = [...readFileSync(join(root, page), 'utf8').matchAll(/```(\w+)\n([\s\S]*?)```/g)];
  writeFileSync(join(dir, file), blocks.filter((block) => block[1] === language)[nth][2]);
}

check('is packed, with what it needs and nothing of the tests', () => {
  const [{ filename, files }] = JSON.parse(call('npm', ['pack', '--json', '--pack-destination', dir], root));
  const paths = files.map(({ path }) => path);
  wants(paths.join('\n'), 'datasets/experiments/smoke.yaml', 'dist/harness/cli.js', 'plugins/dpo/README.md');
  const stray = paths.filter((path) => /(^|\/)test\/|\.test\.|tsbuildinfo|readme-plugin/.test(path));
  if (stray.length > 0) throw new Error(`the package holds ${stray.join(', ')}`);
  const sources = paths.filter((path) => /^dist\/.*\.js$/.test(path)).map((path) => path.slice(5, -3));
  const stale = sources.filter((path) => !existsSync(join(root, `${path}.ts`)));
  if (stale.length > 0) throw new Error(`the package holds what has no source: ${stale.join(', ')}`);
  writeFileSync(
    join(dir, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
  );
  call('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', join(dir, filename)]);
});
if (failed > 0) finish();
check('lists the built-in experiments', () => {
  wants(tiltyard('list', 'experiments'), 'reviews:', 'smoke:', 'claims:');
});
check('runs smoke to a report', () => wants(tiltyard('run', 'smoke', '--out', 'smoke'), 'report.html'));
check('prints its schemas whole', () => {
  for (const name of ['report', 'experiment']) JSON.parse(tiltyard('schema', name));
});
check('type-checks in strict TypeScript, examples of the documentation included', () => {
  cpSync(join(root, 'test', 'package', 'consumer'), dir, { recursive: true });
  example('README.md', 'js', 0, 'simpo-plugin.ts');
  example('CONTRIBUTING.md', 'ts', 0, 'cpo-plugin.ts');
  example('CONTRIBUTING.md', 'ts', 1, 'greetings.ts');
  example('CONTRIBUTING.md', 'yaml', 0, 'greetings.yaml');
  call(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', dir]);
});
for (const file of readdirSync(dir).filter((name) => name.endsWith('-plugin.ts'))) {
  check(`${file} passes the conformance suite`, () => {
    wants(tiltyard('check-plugin', `./${file.replace(/\.ts$/, '.js')}`), 'conforms');
  });
}
for (const file of readdirSync(dir).filter((name) => name.endsWith('.yaml'))) {
  check(`${file} runs to a report`, () =>
    wants(tiltyard('run', file, '--out', `out-${file}`), 'report.html'),
  );
}

await hour(join(dir, 'node_modules', '.bin', 'tiltyard'), async (what, run) => {
  const trouble = await Promise.resolve()
    .then(run)
    .catch((error) => error);
  check(`a new user: ${what}`, () => {
    if (trouble !== undefined) throw trouble;
  });
});

finish();

function finish() {
  rmSync(dir, { recursive: true, force: true });
  process.stdout.write(`package: ${passed} passed, ${failed} failed\n`);
  process.exit(failed === 0 ? 0 : 1);
}
