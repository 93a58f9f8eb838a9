import { createHash } from 'node:crypto';
import { escapeHtml as e } from '../report/escape.js';
import { STYLE } from '../html/style.js';
import { VIEW_STYLE } from './style.js';

const CSS = `${STYLE}${VIEW_STYLE}`;
const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * The content security policy of a page of `shell`: this script and this style, nothing else runs; with a
 * script, this server may be asked.
 */
export function policyFor(script: string | null): string {
  const scripted = script === null ? [] : [`script-src ${hashOf(script)}`, "connect-src 'self'"];
  return [
    "default-src 'none'",
    ...scripted,
    `style-src ${hashOf(CSS)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** A whole page of the live server. @param head more of its head; @param script null: none */
export const shell = (
  name: string,
  main: string,
  { head = '', script }: { readonly head?: string; readonly script: string | null },
): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${head}<link rel="icon" href="data:,">
<title>${e(name)} · Tiltyard, live</title>
<style>${CSS}</style>
</head>
<body>
<main>
<p class="eyebrow">Tiltyard, live</p>
<h1>${e(name)}</h1>
${main}
</main>
${script === null ? '' : `<script>${script}</script>\n`}</body>
</html>
`;
