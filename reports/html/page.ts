import { createHash } from 'node:crypto';
import { escapeHtml as e } from '../report/escape.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';

const ALLOWED = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}'`;

/** One HTML file around a report's sections: its own script and no other, no network, light and dark. */
export const page = (name: string, main: string, style = ''): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${ALLOWED}">
<title>${e(name)} · Tiltyard</title>
<style>${STYLE}${style}</style>
</head>
<body>
<main>
${main}</main>
<script>${SCRIPT}</script>
</body>
</html>
`;

/** A table wider than the page scrolls by itself. */
export const scroll = (inner: string): string => `<div class="scroll" tabindex="0" role="region" aria-label="table">${inner}</div>`;
