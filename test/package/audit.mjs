import { spawn } from 'node:child_process';

/** Milliseconds for which a registry is waited for. */
const PATIENCE = 60_000;
const GRAVE = ['high', 'critical'];

/**
 * Known holes of what a checkout's users install, by `npm audit`: a line each. Null where the registry
 * answers no audit, or not in time, which is no failure of the checkout.
 * @param flags of npm, in addition
 */
export async function audit(root, ...flags) {
  const wanted = ['audit', '--omit', 'dev', '--audit-level', 'high', '--json'];
  const waits = ['--fetch-retries', '0', '--fetch-timeout', String(PATIENCE)];
  const child = spawn('npm', [...wanted, ...waits, ...flags], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 2 * PATIENCE,
  });
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    told += text;
  });
  await new Promise((resolve) => child.once('close', resolve));
  const { vulnerabilities } = parsed(told);
  if (vulnerabilities === undefined) return null;
  return Object.values(vulnerabilities)
    .filter(({ severity }) => GRAVE.includes(severity))
    .map(({ name, severity }) => `${name}: ${severity}`);
}

function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
