/**
 * The package as a stranger gets it: packed, installed in an empty folder, used from the command line and
 * from strict TypeScript. Run by .ci/run; by hand: `node test/package/check.mjs`. Needs the npm registry,
 * like `npm ci`.
 *
 * The examples of README.md and CONTRIBUTING.md and everything in test/package/consumer are compiled there
 * with the package's own types. Every plugin among them is held to the conformance suite, every experiment
 * is run.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hour } from './hour.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'tiltyard-package-'));
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
/**
 * Whether a licence, or one of those to choose from, asks of whoever uses the package a notice at most.
 * MPL-2.0 and OFL-1.1 ask that their own files, where somebody changes them, stay open; nobody does here.
 */
function isFree(expression) {
  const notice = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Unlicense', 'CC0-1.0'];
  const known = [...notice, 'MPL-2.0', 'OFL-1.1'];
  return expression
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((one) => one.split(' AND ').every((licence) => known.includes(licence)));
}
/** The nth block of a language in a page, as a file beside the consumer's. */
function example(page, language, nth, file) {
  const blocks = [...readFileSync(join(root, page), 'utf8').matchAll(/```(\w+)\n([\s\S]*?)```/g)];
  writeFileSync(join(dir, file), blocks.filter((block) => block[1] === language)[nth][2]);
}

check('licences of all that is installed are such that anybody may use it', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const refused = Object.entries(packages).filter(
    ([path, { license = 'none' }]) => path !== '' && !isFree(license),
  );
  const list = refused.map(([path, { license }]) => `${path}: ${license ?? 'none'}`);
  if (list.length > 0) throw new Error(`neither free nor known: ${list.join(', ')}`);
});
check('no known hole of what it depends on (npm audit)', () => {
  try {
    call('npm', ['audit', '--omit', 'dev', '--audit-level', 'high', '--json'], root);
  } catch (error) {
    const { vulnerabilities } = JSON.parse(error.stdout || '{}');
    if (vulnerabilities !== undefined) throw error;
    process.stdout.write('     (this registry answers no audit: skipped)\n');
  }
});
check('a checkout says what it can do, and npm says nothing', () => {
  const { stdout, stderr, status } = spawnSync('npm', ['run', 'tiltyard', '--', '--help'], {
    ...options,
    cwd: root,
  });
  if (status !== 0) throw new Error(`exit ${status}: ${stderr}`);
  wants(stdout, 'Commands:', 'verify-store');
  if (stderr !== '') throw new Error(`standard error: ${stderr}`);
});
check('a dist of which half is gone is built whole, and what has no source goes', () => {
  const path = (file) => join(root, 'dist', file);
  const lost = ['harness/cli.js', 'harness/index.d.ts', 'reports/build.js'];
  for (const file of lost) rmSync(path(file));
  writeFileSync(path('harness/stale.js'), 'stale');
  call('npm', ['run', 'build', '--silent'], root);
  const wrong = [
    ...lost.filter((file) => !existsSync(path(file))),
    ...['harness/stale.js'].filter((file) => existsSync(path(file))),
  ];
  if (wrong.length > 0) throw new Error(`lost or stale: ${wrong.join(', ')}`);
});
check('is packed, with what it needs and nothing of the tests', () => {
  const [{ filename, files }] = JSON.parse(call('npm', ['pack', '--json', '--pack-destination', dir], root));
  const paths = files.map(({ path }) => path);
  wants(paths.join('\n'), 'datasets/experiments/smoke.yaml', 'dist/harness/cli.js', 'plugins/dpo/README.md');
  const stray = paths.filter((path) => /(^|\/)test\/|\.test\.|tsbuildinfo|\.map$|(?<!\.d)\.ts$/.test(path));
  if (stray.length > 0) throw new Error(`the package holds ${stray.join(', ')}`);
  const sources = paths.filter((path) => /^dist\/.*\.js$/.test(path)).map((path) => path.slice(5, -3));
  const stale = sources.filter((path) => !existsSync(join(root, `${path}.ts`)));
  if (stale.length > 0) throw new Error(`the package holds what has no source: ${stale.join(', ')}`);
  writeFileSync(
    join(dir, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
  );
  // As README has it: then nothing but the registry is asked, and no package runs a script.
  const quietly = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'];
  call('npm', ['install', ...quietly, join(dir, filename)]);
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

check('slim removes what this machine cannot use, and smoke gives the same bytes', () => {
  const size = () => Number(call('du', ['-sk', 'node_modules']).split('\t')[0]) / 1024;
  const before = size();
  wants(tiltyard('slim', '--dry-run'), 'libraries for other systems', 'source maps', 'would be freed');
  if (Math.abs(size() - before) > 1) throw new Error('a dry run removed something');
  wants(tiltyard('slim'), 'freed; onnxruntime still loads');
  const after = size();
  if (after > 250) throw new Error(`${Math.round(after)} MiB are left of ${Math.round(before)}`);
  process.stdout.write(`     (${Math.round(before)} MiB before, ${Math.round(after)} after)\n`);
  tiltyard('run', 'smoke', '--out', 'slim');
  call(process.execPath, [join(root, 'test', 'same-results.mjs'), 'smoke', 'slim']);
  wants(tiltyard('slim'), '0.0 MB freed');
});

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
