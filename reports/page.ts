import { escapeHtml as e } from './format.js';
import { STYLE } from './style.js';

/** One HTML file around a report's sections: no script, no network, light and dark. */
export const page = (name: string, main: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${e(name)} · Tiltyard</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${main}</main>
</body>
</html>
`;

/** A table wider than the page scrolls by itself. */
export const scroll = (inner: string): string => `<div class="scroll" tabindex="0" role="region" aria-label="table">${inner}</div>`;
