import { createHash } from 'node:crypto';
import { escapeHtml } from '../report/escape.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';

/** What a browser may do for the page: its own style, images in it, and this one script. */
const ALLOWED = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  `script-src 'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}'`,
].join('; ');

/** One HTML file around a report's sections: its own script and no other, no network, light and dark. */
export const page = (name: string, main: string, style = ''): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${ALLOWED}">
<title>${escapeHtml(name)} · Tiltyard</title>
<style>${STYLE}${style}</style>
</head>
<body>
<main>
${main}</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
