/** Fills the page's tabs and menus and listens to them. */
export const CONTROLS = `
const fillTabs = () => {
  const tabs = at('tabs');
  for (const tab of Object.keys(TABS)) {
    const attributes = { type: 'button', role: 'tab', id: 'tab-' + tab, 'aria-controls': tab };
    tabs.append(element('button', { ...attributes, onclick: () => choose({ tab }) }, TABS[tab]));
  }
  tabs.addEventListener('keydown', (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (move === undefined) return;
    const names = Object.keys(TABS);
    const next = names[(names.indexOf(chosen().tab) + move + names.length) % names.length];
    choose({ tab: next });
    at('tab-' + next).focus();
  });
};

const fillMenu = (id, known) => {
  at(id).append(...Object.keys(known).map((key) => element('option', { value: key }, known[key])));
  at(id).addEventListener('change', () => choose({ [id]: at(id).value }));
};

fillTabs();
fillMenu('y', VERTICAL);
fillMenu('x', HORIZONTAL);
at('all').addEventListener('click', () => choose({ off: [] }));
at('none').addEventListener('click', () => choose({ off: Object.keys(curves) }));
at('filter').addEventListener('input', () => choose({ filter: at('filter').value }));
addEventListener('hashchange', draw);
addEventListener('resize', draw);
listen();
`;
