/**
 * The page's one script: state in the address, sortable tables, read-outs. It adds; without it every section,
 * every figure and the turning on and off of families (checkboxes and style) are there. Plain text, so that
 * its hash can stand in the page's Content-Security-Policy. It contains no markup and takes nothing from data
 * but text content.
 */
export const SCRIPT = `
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const boxes = all('input[data-name]');
  const tables = all('table').filter((table) => table.tHead && table.tBodies[0].rows.length > 1);
  tables.forEach((table, i) => { table.id ||= 'table-' + i; });

  // State: hide=<family> for each hidden one, sort=<table>.<column>.<up|down>.
  const sorted = new Map();
  const remember = () => {
    const state = new URLSearchParams();
    for (const box of boxes) if (!box.checked) state.append('hide', box.dataset.name);
    for (const [id, order] of sorted)
      state.append('sort', id + '.' + order.column + '.' + (order.up ? 'up' : 'down'));
    history.replaceState(null, '', String(state) !== '' ? '#' + state : location.pathname + location.search);
  };
  const restore = () => {
    const state = new URLSearchParams(location.hash.slice(1));
    const hidden = new Set(state.getAll('hide'));
    for (const box of boxes) box.checked = !hidden.has(box.dataset.name);
    for (const wanted of state.getAll('sort')) {
      const [id, column, way] = wanted.split('.');
      const table = tables.find((t) => t.id === id);
      if (table?.tHead.rows[0].cells[column]?.querySelector('button'))
        sort(table, Number(column), way === 'up');
    }
  };
  for (const box of boxes) box.addEventListener('change', remember);

  const worth = (row, column) => row.cells[column]?.dataset.v ?? row.cells[column]?.textContent.trim() ?? '';
  const sort = (table, column, up) => {
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => ({ row, key: worth(row, column) }));
    rows.sort((a, b) => {
      const [x, y] = [parseFloat(a.key), parseFloat(b.key)];
      const order = Number.isNaN(x) || Number.isNaN(y)
        ? Number.isNaN(x) - Number.isNaN(y) || a.key.localeCompare(b.key, 'en', { numeric: true })
        : x - y;
      // What has no number stays last.
      return up ? order : Number.isNaN(x) === Number.isNaN(y) ? -order : order;
    });
    body.append(...rows.map(({ row }) => row));
    for (const cell of table.tHead.rows[0].cells) cell.removeAttribute('aria-sort');
    table.tHead.rows[0].cells[column].setAttribute('aria-sort', up ? 'ascending' : 'descending');
    sorted.set(table.id, { column, up });
  };
  for (const table of tables) {
    [...table.tHead.rows[0].cells].forEach((cell, column) => {
      if (cell.textContent.trim() === '') return;
      const button = document.createElement('button');
      button.append(...cell.childNodes);
      cell.append(button);
      button.addEventListener('click', () => {
        const order = cell.getAttribute('aria-sort');
        sort(table, column, order ? order === 'descending' : column === 0);
        remember();
      });
    });
  }

  // Read-outs: the marks' own titles, shown at once and reachable with the arrow keys.
  const readout = document.createElement('div');
  readout.className = 'readout';
  readout.setAttribute('role', 'status');
  readout.hidden = true;
  document.body.append(readout);
  const said = new Map();
  const say = (mark, x, y) => {
    readout.hidden = mark === undefined;
    if (mark === undefined) return;
    readout.textContent = said.get(mark);
    readout.style.left = Math.max(8, Math.min(x + 14, innerWidth - readout.offsetWidth - 8)) + 'px';
    readout.style.top = Math.max(8, y - readout.offsetHeight - 12) + 'px';
  };
  const middle = (mark) => {
    const box = mark.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  for (const svg of all('figure svg')) {
    const marks = all('title', svg).map((title) => {
      const mark = title.parentNode;
      said.set(mark, title.textContent);
      title.remove();
      return mark;
    });
    const points = marks.filter((mark) => mark.nodeName === 'circle');
    if (marks.length === 0) continue;
    svg.tabIndex = 0;
    let at = -1;
    const visible = (mark) => getComputedStyle(mark).visibility !== 'hidden';
    svg.addEventListener('pointermove', ({ target, clientX: x, clientY: y }) => {
      const distances = points.filter(visible).map((mark) => {
        const [mx, my] = middle(mark);
        return { mark, far: Math.hypot(mx - x, my - y) };
      });
      const near = distances.sort((a, b) => a.far - b.far)[0];
      say(near && near.far < 14 ? near.mark : said.has(target) ? target : undefined, x, y);
    });
    svg.addEventListener('keydown', (event) => {
      const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const shown = (points.length > 0 ? points : marks).filter(visible);
      if (event.key === 'Escape') say();
      if (move === undefined || shown.length === 0) return;
      event.preventDefault();
      at = (at + move + shown.length) % shown.length;
      say(shown[at], ...middle(shown[at]));
    });
    for (const leave of ['pointerleave', 'blur']) svg.addEventListener(leave, () => say());
  }

  addEventListener('hashchange', restore);
  restore();
})();
`;
