import { setTimeout as sleep } from 'node:timers/promises';

/** Runs of which pages are asked for. */
const MOST_RUNS = 12;

/**
 * Asks a served folder for all that its page would ask for.
 * @param printed what the command has printed so far; null once it has ended
 * @returns what was answered otherwise than with a page, or a plain refusal
 */
export async function visit(printed: () => string | null): Promise<string[]> {
  const url = await address(printed);
  if (url === null) return [];
  const faults: string[] = [];
  const ask = async (path: string): Promise<string> => {
    const response = await fetch(new URL(path, url));
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    const text = isStream ? await beginning(response) : await response.text();
    const isSaid = response.status < 500 || (/^[^\n]+$/.test(text) && !/could not be read/.test(text));
    if (!isSaid) faults.push(`${path}: ${response.status} ${text.slice(0, 300)}`);
    return response.ok ? text : 'null';
  };
  for (const path of ['.', 'api/events', 'report', 'report.json', 'report.csv', 'report.md', 'none'])
    await ask(path);
  const state = JSON.parse(await ask('api/state')) as { runs?: readonly { id: string }[] } | null;
  for (const { id } of (state?.runs ?? []).slice(0, MOST_RUNS)) {
    const run = `api/run/${encodeURIComponent(id)}`;
    for (const path of [run, `${run}/sample/0`, `${run}/sample/7`]) await ask(path);
  }
  return faults;
}

/** Where it listens; null where it ended before it did. */
async function address(printed: () => string | null): Promise<string | null> {
  for (;;) {
    const text = printed();
    if (text === null) return null;
    const [url] = /http:\S+/.exec(text) ?? [];
    if (url !== undefined) return url;
    await sleep(5);
  }
}

/** The first piece of a stream that does not end. */
async function beginning(response: Response): Promise<string> {
  const reader = response.body!.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return Buffer.from(value ?? []).toString();
}
